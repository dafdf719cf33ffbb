//! Index definitions: recognised by what they are, not by what they are called.

mod classify;
mod compare;
mod definition;

pub use classify::{IndexFinding, classify};
pub use compare::differences;
pub use definition::{IndexDefinition, NotAnIndex};
