//! Index definitions: recognised by what they are, not by what they are called.

mod classify;
mod collation;
mod compare;
mod definition;
mod filter;
mod options;

pub use classify::{IndexFinding, classify};
pub use compare::differences;
pub use definition::{IndexDefinition, NotAnIndex};
