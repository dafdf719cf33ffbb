//! What the core promises to those who use it, in one binary.

mod documents;

mod digests;
mod elements;
mod index;
mod journals;
mod migration_files;
mod outcomes;
mod packing;
mod splicing;
mod validator;
mod verdicts;
