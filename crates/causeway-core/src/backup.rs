//! A backup: a folder that `mongorestore` accepts as it stands, and a manifest that says what must
//! be in it, byte for byte.

pub mod file_names;
pub mod manifest;
pub mod tally;

pub use manifest::{Manifest, Moment};
pub use tally::Tally;
