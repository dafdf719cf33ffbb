//! Real `mongod` processes as replica sets that cannot outlive the test process.

mod initiate;
mod member;
mod port;
mod process;
mod replica_set;
mod scratch;
mod shared;

pub(crate) use port::free_port;
pub use replica_set::{Auth, ReplicaSet, ReplicaSetOptions};
pub use shared::{shared, shared_blocking};
