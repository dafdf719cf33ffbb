//! What is written: together or not at all, once, by somebody.

mod once;
