//! Who may do what.

mod principal;

pub use principal::{Person, Principal, Role};
