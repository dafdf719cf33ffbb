//! What the core promises to those who use it, in one binary.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod documents;

mod digests;
mod elements;
mod index;
mod journals;
mod migration_files;
mod outcomes;
mod packing;
mod runbooks;
mod splicing;
mod validator;
mod verdicts;
