//! `rehearse VERSION`: the whole migration on a scratch copy made from a proven backup, forwards,
//! backwards and forwards again, each stage timed; and what that says about the real run.

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use causeway_core::answer::Verdict as AnswerVerdict;
use causeway_core::event::Event;
use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::plan::ReplaceIndex;
use causeway_core::verdict::Expected;

use crate::backup::copy::{self, Copied};
use crate::backup::proven::{Need, Proven};
use crate::backup::scratch::{Place, Scratch};
use crate::clock::{duration_words, now_utc};
use crate::confirm::Confirmation;
use crate::context::Context;
use crate::down::{DownOptions, Unrecorded, down};
use crate::failure::{Failure, Result};
use crate::governor::Limits;
use crate::reporter::Reporter;
use crate::runs;
use crate::up::{UpOptions, up};
use crate::verify::{self, Digests, VerifyOptions};

mod forecast;
mod measure;
pub mod rehearsal;

use forecast::forecast;
use measure::Gauge;
use rehearsal::{Rehearsal, Stage};

/// How to rehearse.
#[derive(Debug, Clone)]
pub struct RehearseOptions {
    /// The backup that is copied.
    pub backup: Need,
    /// Whether an index of another definition may go.
    pub replace_index: ReplaceIndex,
    /// Required versions that are taken as applied, with the reason.
    pub assume_applied: Vec<(Version, String)>,
    /// Limits on load.
    pub limits: Limits,
}

/// Rehearses `version`. Writes nothing to the real database.
///
/// # Errors
/// Refused when there is no proven backup, or the migration would be refused; a failed verification
/// when a stage fails.
pub async fn rehearse(
    context: &Context,
    version: &Version,
    options: &RehearseOptions,
    place: Place,
) -> Result<Outcome> {
    let migration = verify::find(context, version)?;
    verify::announce(context, migration);
    let Some(proven) = options.backup.latest(&context.target)? else {
        return Err(Failure::refused(format!(
            "no backup of {} in {} was proved: there is nothing to rehearse on",
            context.target.name(),
            options.backup.home.display()
        ))
        .hint(format!("causeway backup create --for {version}, then causeway backup prove")));
    };
    context.reporter.fact("backup", proven.words());
    let folder = context.state_dir.join("rehearsals").join(runs::new_id());
    let copied = copy::make(context, (&proven, place), options.limits).await;
    let interrupted = || Failure::refused("interrupted; the real database was not touched");
    if context.interrupt.is_set() && copied.is_err() {
        return Err(interrupted());
    }
    let (scratch, copied) = copied?;
    let rehearsing = Rehearsing {
        context,
        migration,
        options,
        proven: &proven,
        folder: &folder,
        heard: Arc::default(),
    };
    let result = rehearsing.all(&scratch, &copied).await;
    scratch.remove(&context.reporter).await;
    if context.interrupt.is_set() {
        let _ = fs::remove_dir_all(&folder);
        return Err(interrupted());
    }
    let rehearsal = result?;
    // Journals and digests of a copy that is gone tell nobody anything.
    let _ = fs::remove_dir_all(&folder);
    rehearsal.keep(&context.state_dir)?;
    rehearsal.show(&context.reporter);
    context.reporter.emit(Event::Next { commands: vec![format!("causeway plan {version}")] });
    Ok(Outcome::Done)
}

struct Rehearsing<'a> {
    context: &'a Context,
    migration: &'a Migration,
    options: &'a RehearseOptions,
    proven: &'a Proven,
    folder: &'a PathBuf,
    heard: Arc<Mutex<Heard>>,
}

/// What the stages told that is worth keeping.
#[derive(Debug, Default)]
struct Heard {
    warnings: Vec<String>,
    lag_seconds_max: Option<f64>,
}

impl Rehearsing<'_> {
    async fn all(&self, scratch: &Scratch, copied: &Copied) -> Result<Rehearsal> {
        let scene = self.scene(scratch);
        let version = &self.migration.version;
        let mut stages = Vec::new();
        let gauge = Gauge::before(&scratch.target).await;
        stages.push(self.stage("up", up(&scene, version, &self.up_options())).await?);
        let taken = gauge.after(&scratch.target).await;
        let has_others = scratch.target.server.hosts.len() > 1;
        let lag = self.heard.lock().expect("nobody panics listening").lag_seconds_max;
        let lag = lag.filter(|_| has_others);
        let applied = VerifyOptions { state: Expected::Applied, digests: Digests::Require };
        stages.push(self.stage("verify", verify::verify(&scene, version, &applied)).await?);
        let back = DownOptions {
            unrecorded: Unrecorded::Refuse,
            limits: self.options.limits,
            digests: Digests::Require,
            backups: PathBuf::new(),
        };
        stages.push(self.stage("down", down(&scene, version, &back)).await?);
        let rolled_back = VerifyOptions { state: Expected::RolledBack, ..applied };
        stages.push(self.stage("verify", verify::verify(&scene, version, &rolled_back)).await?);
        stages.push(self.stage("up", up(&scene, version, &self.up_options())).await?);
        let real = &self.context.target;
        let forecast =
            forecast((real, &scratch.target), self.migration, copied, (&stages, &taken, lag))
                .await?;
        let heard = self.heard.lock().expect("nobody panics listening");
        Ok(Rehearsal {
            version: version.to_string(),
            migration_sha256: self.migration.sha256.clone(),
            database: real.name().to_owned(),
            backup: self.proven.folder.display().to_string(),
            rehearsed_at: now_utc(),
            rehearsed_on: scratch.described(),
            documents: copied.documents,
            stages,
            forecast,
            warnings: heard.warnings.clone(),
        })
    }

    /// One command on the copy. What it says of itself is kept where it warns; the rest would be
    /// read as if it were about the real database.
    async fn stage(
        &self,
        name: &'static str,
        command: impl Future<Output = Result<Outcome>>,
    ) -> Result<Stage> {
        let started = Instant::now();
        let ended = command.await;
        let seconds = started.elapsed().as_secs_f64();
        let failure = match ended {
            Ok(Outcome::Done) => {
                self.context
                    .reporter
                    .fact("rehearsed", format!("{name} in {}", duration_words(seconds)));
                return Ok(Stage { name: name.to_owned(), seconds });
            }
            Ok(Outcome::NothingToDo) => Failure::refused(format!(
                "{name} has nothing to do: the backup is of the applied state"
            )),
            Ok(outcome) => Failure::new(
                not_zero(outcome),
                format!("{name} ended with exit {}", outcome.exit_code()),
            ),
            Err(failure) => failure,
        };
        let outcome = match failure.outcome {
            Outcome::Refused | Outcome::Usage => Outcome::Refused,
            _ => Outcome::VerificationFailed,
        };
        let heard = self.heard.lock().expect("nobody panics listening");
        for warning in &heard.warnings {
            self.context.reporter.warning(warning.clone());
        }
        Err(Failure::new(outcome, format!("the rehearsal fails at {name}")).because(failure).hint(
            format!(
                "the real database was not touched; journal and lists are in {}",
                self.folder.display()
            ),
        ))
    }

    fn up_options(&self) -> UpOptions {
        UpOptions {
            plan_hash: None,
            replace_index: self.options.replace_index,
            assume_applied: self.options.assume_applied.clone(),
            limits: self.options.limits,
            digests: Digests::Require,
            backup: Need::default(),
        }
    }

    /// The copy, with a state folder of its own.
    fn scene(&self, scratch: &Scratch) -> Context {
        Context {
            target: scratch.target.clone(),
            state_dir: self.folder.clone(),
            reporter: self.listener(),
            confirmation: Confirmation::given(scratch.target.name()),
            ..self.context.clone()
        }
    }

    fn listener(&self) -> Reporter {
        let (heard, passed_on) = (Arc::clone(&self.heard), self.context.reporter.clone());
        Reporter::new(move |event| {
            let mut heard = heard.lock().expect("nobody panics listening");
            match event {
                Event::PhaseStarted { .. }
                | Event::PhaseFinished { .. }
                | Event::Paused { .. }
                | Event::Unpaused { .. } => passed_on.emit(event),
                Event::Progress { lag_seconds, .. } => {
                    heard.lag_seconds_max =
                        lag_seconds.into_iter().chain(heard.lag_seconds_max).reduce(f64::max);
                    passed_on.emit(event);
                }
                Event::Warning { text } => heard.note(text),
                Event::Answer(answer) if answer.answer != AnswerVerdict::Ok => {
                    heard.note(format!("{}: {}", answer.check, answer.evidence));
                }
                _ => {}
            }
        })
    }
}

impl Heard {
    fn note(&mut self, text: String) {
        if !self.warnings.contains(&text) {
            self.warnings.push(text);
        }
    }
}

const fn not_zero(outcome: Outcome) -> Outcome {
    if outcome.exit_code() == 0 { Outcome::Failed } else { outcome }
}
