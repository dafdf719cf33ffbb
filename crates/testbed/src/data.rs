//! Data of the kind that production holds, generated with a fixed seed.
//!
//! Every document is a pure function of the seed and its number: the same seed gives the same
//! bytes on every machine, and document 700,000 can be made without the ones before it. A few per
//! cent of the quotes have one of the ugly [`Shape`]s that years of code and tools left behind.

mod chance;
mod collections;
mod draft;
mod events;
mod ids;
mod indexes;
mod load;
mod options;
mod quote;
mod shape;
mod typical;
mod ugly;
mod validator;
mod words;
pub mod writer;

pub use load::{Loaded, load, load_with};
pub use options::{Options, Validator};
pub use quote::{quote, quote_at, ugly_quote};
pub use shape::Shape;
