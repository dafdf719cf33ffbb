//! Quotes as documents, which the old application and the new can both read.

mod create;
mod entries;
mod linked_package;
mod update;

pub use create::create;
pub use update::update;
