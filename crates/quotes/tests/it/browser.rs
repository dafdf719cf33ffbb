//! The pages in a real browser, as people use them.

mod window;

mod accessible;
mod editing;
mod kept;
mod keyboard;
mod operations;
mod phone;
mod plain;
mod writing;
