//! A `mongod` of one's own: on the loopback address, on a free port, with its data in a folder that
//! goes with it. It cannot outlive the program that started it, whatever ends that program.

mod mongod;
mod port;
mod private;
mod process;
pub mod program;
pub mod scratch;

pub use mongod::Mongod;
pub use port::free_port;
pub use private::{Kind, Private, writable};
pub use process::spawn;
