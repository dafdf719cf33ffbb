//! `causeway notice`: what people are told of a maintenance.

use clap::{Args, Subcommand};

use crate::notices::window::Minutes;
use crate::notices::{Channel, Moment};

/// What to do about notices.
#[derive(Debug, Subcommand)]
pub enum NoticeCommand {
    /// Send a notice to everybody it is for; the same command sends what is missing of it
    Send(NoticeSendArguments),
    /// List the notices there were, newest first, and how far each is
    List(NoticeListArguments),
    /// Tell everybody who was told of a maintenance that it will not take place
    Cancel(NoticeCancelArguments),
}

/// `notice send`.
#[derive(Debug, Args)]
pub struct NoticeSendArguments {
    /// What it is about
    #[arg(value_enum)]
    pub moment: Moment,
    /// When the maintenance begins: "2026-11-26 02:00" in the zone of the notices, or with an offset
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// How long it takes: 30, or 15-30
    #[arg(long, value_name = "N")]
    pub minutes: Option<Minutes>,
    /// Send it through this channel, instead of those in the configuration; repeatable
    #[arg(long = "channel", value_name = "CHANNEL", value_enum)]
    pub channels: Vec<Channel>,
    /// Words of the notice.
    #[command(flatten)]
    pub words: NoticeWords,
    /// Send e-mail to this address, instead of those in the configuration; repeatable
    #[arg(long, value_name = "ADDRESS")]
    pub to: Vec<String>,
    /// Run that it is about; kept with the notice
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
    /// How it is sent.
    #[command(flatten)]
    pub manner: NoticeManner,
}

/// `notice list`.
#[derive(Debug, Args)]
pub struct NoticeListArguments {
    /// Show at most so many notices
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub notices_max: u32,
}

/// `notice cancel`.
#[derive(Debug, Args)]
pub struct NoticeCancelArguments {
    /// Words of the notice.
    #[command(flatten)]
    pub words: NoticeWords,
    /// How it is sent.
    #[command(flatten)]
    pub manner: NoticeManner,
}

/// Words that go before those of the configuration.
#[derive(Debug, Default, Args)]
pub struct NoticeWords {
    /// Subject, instead of the one in the configuration
    #[arg(long, value_name = "TEXT")]
    pub subject: Option<String>,
    /// Text, instead of the one in the configuration; placeholders are filled in
    #[arg(long, value_name = "TEXT")]
    pub text: Option<String>,
}

/// How a notice is sent.
#[derive(Debug, Default, Args)]
pub struct NoticeManner {
    /// Show what would go to whom, and write and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send again, with the same Message-ID, to those of whom nobody knows whether they got it
    #[arg(long)]
    pub resend_unclear: bool,
}
