//! The `quotes` program.

fn main() {}
