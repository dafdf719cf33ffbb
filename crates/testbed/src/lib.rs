//! For tests and demos only: a real `mongod`, data like production's, and the means to break things.
//!
//! Nothing here is a mock. [`ReplicaSet`] starts the server that production runs, [`Proxy`] and
//! [`FailPoint`] make it fail the ways production fails, and [`data`] fills it with what years of a
//! Node application leave behind.

pub mod browser;
pub mod data;
mod fail_point;
mod http_endpoint;
pub mod mongod;
mod proxy;
mod python_packages;
pub mod schemathesis;
mod server;
pub mod smtp;
mod test_database;

pub use fail_point::{ActiveFailPoint, FailPoint};
pub use http_endpoint::{HttpEndpoint, Request};
pub use proxy::Proxy;
pub use server::{Auth, ReplicaSet, ReplicaSetOptions, shared, shared_blocking};
pub use smtp::SmtpServer;
pub use test_database::TestDatabase;
