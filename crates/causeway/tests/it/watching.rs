//! What is seen of server and application, what a crossed threshold does, and the day after.

mod after;
pub(crate) mod application;
mod during;
