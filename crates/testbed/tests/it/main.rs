//! The testbed against itself: everything here starts a real `mongod`.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod data;
mod end_with_process;
mod fail_point;
mod private;
mod proxy;
mod replica_set;
mod test_database;
mod writer;
