//! What people are told in the course of a run.

use bson::DateTime;
use causeway_core::runbook::{Back, Step, WindowRecord, was_begun};
use jiff::Timestamp;

use super::conductor::Conductor;
use super::trying::Evidence;
use crate::command::notice::{Telling, tell};
use crate::config::Config;
use crate::failure::{Failure, Result};
use crate::notices::window::{Minutes, Window};
use crate::notices::{Channel, Moment};

/// Channels of a moment that something is configured for. Inside the database nothing needs to be.
pub(super) fn channels(config: &Config, moment: Moment) -> (Vec<Channel>, Vec<Channel>) {
    config.notices.wording(moment).channels.into_iter().partition(|channel| match channel {
        Channel::Email => config.email.is_some(),
        Channel::Webhook => !config.webhooks.is_empty(),
        Channel::InApp | Channel::StatusPage => true,
    })
}

/// The window as notices have it.
pub(super) fn window_of(config: &Config, record: &WindowRecord) -> (Timestamp, Minutes) {
    let start = Timestamp::from_millisecond(record.start.timestamp_millis());
    let most = u32::try_from(record.minutes).unwrap_or(u32::MAX);
    let usual = config.minutes();
    let least = if usual.most == most { usual.least } else { most };
    (start.unwrap_or(Timestamp::MIN), Minutes { least, most })
}

impl Conductor<'_> {
    /// Tells people that it is to come.
    pub(super) async fn announce(&mut self) -> Result<Evidence> {
        let window = self.record.window.clone();
        let Some(window) = window.filter(|it| it.start > DateTime::now()) else {
            let why = "the maintenance begins at once: nobody can be told before";
            self.session.reporter.warning(why);
            return Ok(Evidence::not_needed(why));
        };
        let (start, minutes) = window_of(&self.session.config, &window);
        let words = Window::new(start, minutes, &self.session.config.notices.zone()).words();
        let told = self.tell(Moment::Before).await?;
        Ok(Evidence { text: format!("{words}: {}", told.text), ..told })
    }

    pub(super) async fn tell_begin(&mut self) -> Result<Evidence> {
        Ok(or_lacking(Moment::During, self.tell(Moment::During).await))
    }

    pub(super) async fn tell_end(&mut self) -> Result<Evidence> {
        Ok(or_lacking(Moment::After, self.tell(Moment::After).await))
    }

    /// Tells people that it failed; when nothing had begun, that it will not take place.
    pub(super) async fn tell_back(&mut self) -> Result<Evidence> {
        let noticed = [Step::BeginMaintenance, Step::Up, Step::Back(Back::BeginMaintenance)];
        let begun = noticed.iter().any(|step| was_begun(&self.record.steps, step));
        let moment = if begun { Moment::Failed } else { Moment::Cancelled };
        Ok(or_lacking(moment, self.tell(moment).await))
    }

    async fn tell(&mut self, moment: Moment) -> Result<Evidence> {
        let (channels, without) = channels(&self.session.config, moment);
        let lacks: Vec<String> = without
            .iter()
            .map(|channel| format!("nothing is configured for {channel}: nobody is told that way"))
            .collect();
        if channels.is_empty() {
            return Ok(Evidence::not_needed("no channel is configured"));
        }
        let now = WindowRecord { start: self.record.started_at, minutes: 0 };
        let window = self
            .record
            .window
            .clone()
            .unwrap_or(WindowRecord { minutes: self.session.config.minutes().most.into(), ..now });
        let (start, minutes) = window_of(&self.session.config, &window);
        let run = self.record.id.clone();
        let telling = Telling { moment, start, minutes, run, channels };
        let outcome = tell(&self.session, &self.context.target, telling).await?;
        let said = self.heard.so_far();
        let text = said.facts.get("sent").cloned().unwrap_or_else(|| format!("{outcome:?}"));
        for lack in lacks {
            self.session.reporter.warning(lack);
        }
        Ok(Evidence::of(text))
    }
}

/// Once people are kept from writing, nobody waits for a mail server.
fn or_lacking(moment: Moment, told: Result<Evidence>) -> Evidence {
    told.unwrap_or_else(|failure: Failure| {
        let causes = failure.causes().join("; ");
        let lack =
            format!("{failure}: {causes}; `causeway notice send {moment}` sends what is missing");
        Evidence { text: failure.message, lacks: vec![lack], left_out: false }
    })
}
