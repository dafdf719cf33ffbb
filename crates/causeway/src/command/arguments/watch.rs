//! `watch`.

use causeway_core::migration::Version;
use clap::Args;

use super::{Length, RunId};

/// `watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Version of the migration, as in its file: 010
    pub version: Version,
    /// How long, from the first look on; instead of watch.for of the configuration
    #[arg(long = "for", value_name = "TIME")]
    pub length: Option<Length>,
    /// Time between two looks; instead of watch.every of the configuration
    #[arg(long, value_name = "TIME")]
    pub every: Option<Length>,
    /// Compare with this run, instead of the latest of the migration
    #[arg(long, value_name = "RUN")]
    pub run: Option<RunId>,
}
