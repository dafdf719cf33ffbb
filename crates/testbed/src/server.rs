//! Real `mongod` processes as replica sets that cannot outlive the test process.

mod initiate;
mod replica_set;
mod shared;

pub use replica_set::{Auth, ReplicaSet, ReplicaSetOptions};
pub use shared::{shared, shared_blocking};
