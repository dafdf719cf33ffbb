//! The step kinds: for each, in one place, how it is done, undone and seen to be done.

pub mod forwards;

pub mod backwards;

pub mod engine;
pub mod pending;
pub mod sweep;

pub mod add_field;
pub mod computed;
pub mod keep_set;
pub mod moved_field;
pub mod put_back;
pub mod reapply;
pub mod take_away;

pub(crate) mod coll_mod;
pub mod index;
pub mod validator;
