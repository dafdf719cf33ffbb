//! `causeway backup …` as clap reads it.

use std::num::NonZeroU32;
use std::path::PathBuf;

use causeway_core::backup::manifest::Compression;
use causeway_core::migration::Version;
use clap::{Args, Subcommand, ValueEnum};

use super::LimitArguments;

/// `backup`.
#[derive(Debug, Subcommand)]
pub enum BackupCommand {
    /// Back the whole database up, as it is at one moment, into a folder that mongorestore accepts
    Create(BackupCreateArguments),
    /// Read every byte of a backup and compare it with its manifest; needs no database
    Verify(BackupVerifyArguments),
    /// Restore a backup into a scratch place, compare everything, remove it, and leave a proof
    Prove(BackupProveArguments),
    /// Put a backup in the place of what is there, or into another database; resumes
    Restore(BackupRestoreArguments),
    /// List the backups there are: where, when, of what, how large, verified, proved
    List(BackupListArguments),
    /// Remove backups that are older than those to be kept; never the last one that was proved
    Prune(BackupPruneArguments),
}

/// `backup create`.
#[derive(Debug, Args)]
pub struct BackupCreateArguments {
    /// Make the backup's folder in this one [default: backups in the state folder]
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
    /// Compress the files, for mongorestore --gzip
    #[arg(long, value_name = "HOW", default_value = "none")]
    pub compress: Compress,
    /// Keep the digests of the documents that this migration is going to change: `up` then need not
    /// read them before it writes
    #[arg(long = "for", value_name = "VERSION")]
    pub migration: Option<Version>,
}

/// How the files of a backup are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compress {
    /// Not at all: fastest
    None,
    /// Each file by itself
    Gzip,
}

impl From<Compress> for Compression {
    fn from(compress: Compress) -> Self {
        match compress {
            Compress::None => Self::None,
            Compress::Gzip => Self::Gzip,
        }
    }
}

/// `backup verify`.
#[derive(Debug, Args)]
pub struct BackupVerifyArguments {
    /// Folder of the backup
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `backup prove`.
#[derive(Debug, Args)]
pub struct BackupProveArguments {
    /// Folder of the backup
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Where the copy is made.
    #[command(flatten)]
    pub place: ScratchPlace,
    /// Limits that a server is kept under.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// Where a copy is made that goes again; by itself on a private mongod of this machine.
#[derive(Debug, Args)]
pub struct ScratchPlace {
    /// Make the copy in a scratch database of this server, instead of on a private mongod
    #[arg(long, value_name = "URI")]
    pub on: Option<String>,
    /// Make the copy in a scratch database beside the real one: costs its server cache and disk
    #[arg(long, conflicts_with = "on")]
    pub here: bool,
}

/// `backup restore`.
#[derive(Debug, Args)]
pub struct BackupRestoreArguments {
    /// Folder of the backup, or one that mongodump wrote
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Restore this database of a dump that holds several
    #[arg(long, value_name = "DATABASE")]
    pub of: Option<String>,
    /// Restore this collection only; repeatable
    #[arg(long = "collection", value_name = "NAME")]
    pub collections: Vec<String>,
    /// Do not back up what is there first: it is lost
    #[arg(long)]
    pub without_backup: bool,
    /// Leave out the operations that mongodump --oplog wrote beside the documents, which then show
    /// several moments
    #[arg(long)]
    pub without_oplog: bool,
    /// Limits that the server is kept under.
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// `backup list`.
#[derive(Debug, Args)]
pub struct BackupListArguments {
    /// Look for backups in this folder [default: backups in the state folder]
    #[arg(long = "in", value_name = "DIR")]
    pub home: Option<PathBuf>,
}

/// `backup prune`.
#[derive(Debug, Args)]
pub struct BackupPruneArguments {
    /// Look for backups in this folder [default: backups in the state folder]
    #[arg(long = "in", value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Remove backups of this database, where the folder holds those of several
    #[arg(long, value_name = "DATABASE")]
    pub of: Option<String>,
    /// Keep so many of the latest [default: backup.keep of the configuration]
    #[arg(long, value_name = "N")]
    pub keep: Option<NonZeroU32>,
}
