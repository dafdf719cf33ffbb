//! What the core promises to those who use it, in one binary.

mod index;
mod migration_files;
mod validator;
