//! Background jobs: stopped, seen to be stopped, started again.
//!
//! What is about to be done to a job is written down before it is done: whoever comes after a kill
//! knows which ones may be stopped, and starts them.

use std::time::{Duration, Instant};

use causeway_core::runbook::{JobRecord, JobState};

use super::conductor::Conductor;
use super::process;
use super::trying::Evidence;
use crate::clock::duration_words;
use crate::config::own_steps::JobSettings;
use crate::failure::{Failure, Result};
use crate::terminal::quantities::counted;

/// How often it is looked whether one has stopped.
const LOOK_EVERY: Duration = Duration::from_millis(500);

impl Conductor<'_> {
    pub(super) async fn stop_jobs(&mut self) -> Result<Evidence> {
        let jobs = self.session.config.jobs.clone();
        let mut words = Vec::new();
        for job in &jobs {
            let took = self.stop(job).await?;
            words.push(format!("{} stopped in {}", job.name(), duration_words(took)));
        }
        Ok(Evidence::of(words.join(", ")))
    }

    /// Returns how long it took to stop.
    async fn stop(&mut self, job: &JobSettings) -> Result<f64> {
        let begun = Instant::now();
        self.turn.prove().await?;
        self.job_is(job.name(), JobState::Stopping).await?;
        let variables = self.variables();
        let given = process::run(&job.stop, &borrowed(&variables), job.timeout()).await;
        let Some(look) = &job.stopped else {
            if !given.is_well() {
                return Err(refuses(job, &given.words()));
            }
            self.job_is(job.name(), JobState::Stopped).await?;
            return Ok(begun.elapsed().as_secs_f64());
        };
        loop {
            let seen = process::run(look, &borrowed(&variables), job.timeout()).await;
            if seen.is_well() {
                self.job_is(job.name(), JobState::Stopped).await?;
                return Ok(begun.elapsed().as_secs_f64());
            }
            if self.context.interrupt.is_set() {
                return Err(Failure::stopped(format!(
                    "stopped as asked, while {} ended",
                    job.name()
                ))
                .hint("the same command goes on"));
            }
            if begun.elapsed() >= job.timeout() {
                let why = format!(
                    "after {} it is not seen to be stopped ({}); its stop command {}",
                    duration_words(job.timeout().as_secs_f64()),
                    seen.words(),
                    given.words()
                );
                return Err(refuses(job, &why));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(super) async fn start_jobs(&mut self) -> Result<Evidence> {
        let left = self.record.jobs.iter().filter(|it| it.state != JobState::Started);
        let stopped: Vec<JobRecord> = left.cloned().collect();
        let jobs = self.session.config.jobs.clone();
        let (mut words, mut lacks) = (Vec::new(), Vec::new());
        for JobRecord { name, state } in stopped {
            let Some(job) = jobs.iter().find(|job| job.name() == name) else {
                lacks.push(format!(
                    "{name} was stopped, and causeway.toml does not say any more how to start it"
                ));
                continue;
            };
            if state == JobState::Stopping {
                // A command that a killed run left behind may still be at it, and would stop the job
                // after it was started. One that does not stop needs no start, and is told below.
                let _ = self.stop(job).await;
            }
            self.turn.prove().await?;
            self.job_is(&name, JobState::Starting).await?;
            let variables = self.variables();
            let given = process::run(&job.start, &borrowed(&variables), job.timeout()).await;
            if given.is_well() {
                self.job_is(&name, JobState::Started).await?;
                words.push(name);
            } else {
                lacks.push(format!(
                    "{name} is not started: its start command {}; start it by hand: {}",
                    given.words(),
                    job.start.shown()
                ));
            }
        }
        let many = counted(words.len() as u64, "jobs");
        let text = format!("{many} started: {}", words.join(", "));
        Ok(Evidence { text, lacks, left_out: false })
    }

    async fn job_is(&mut self, name: &str, state: JobState) -> Result<()> {
        match self.record.jobs.iter_mut().find(|job| job.name == name) {
            Some(job) => job.state = state,
            None => self.record.jobs.push(JobRecord { name: name.to_owned(), state }),
        }
        self.save().await
    }

    /// What the project's own commands get to know.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("CAUSEWAY_RUN", self.record.id.clone()),
            ("CAUSEWAY_VERSION", self.record.version.clone()),
            ("CAUSEWAY_DATABASE", self.context.target.name().to_owned()),
            ("CAUSEWAY_FOLDER", self.record.folder.clone()),
        ]
    }
}

/// As a process takes them.
pub(super) fn borrowed<'a>(variables: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

fn refuses(job: &JobSettings, why: &str) -> Failure {
    Failure::refused(format!("the job {} does not stop: {why}", job.name())).hint(
        "stop it by hand, then give the same command again; or leave this step out: \
         --skip stop-jobs --because TEXT",
    )
}
