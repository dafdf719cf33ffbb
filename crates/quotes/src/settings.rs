//! What the operator decides: where the database is, where to listen, which secrets there are.
//!
//! Secrets come from the environment or from a file that is named, never from arguments: everybody on
//! the machine may read those.

use std::{net::SocketAddr, path::PathBuf};

/// Where the database is. `MONGODB_URI` holds a password, so it is no argument.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ConnectionArguments {
    /// Read MONGODB_URI and the other variables from this file
    #[arg(long, global = true, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
    /// The database; else the one that the URI names
    #[arg(long, global = true, value_name = "NAME")]
    pub database: Option<String>,
}

/// Arguments of `serve`.
#[derive(Debug, Clone, clap::Args)]
pub struct ServeArguments {
    /// Where to listen
    #[arg(long, env = "QUOTES_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
}
