//! The metrics that the plan asks to be tracked, each with what it was measured by.

use causeway_core::runbook::{StepRecord, StepState};
use serde::Serialize;

use super::downtime::Downtime;
use super::inputs::{Adoption, Inputs};
use super::moments;
use super::performance::{self, Performance};
use super::phase::Phase;
use super::proof::Proof;
use crate::clock::{duration_words, thousands};

/// The figures of a run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figures {
    /// Seconds of `up`; of `down` where there was no `up`.
    pub(super) migration_seconds: Option<f64>,
    /// From the first step to the last.
    pub(super) run_seconds: Option<f64>,
    pub(super) downtime: Downtime,
    /// Minutes that people were told at the most.
    pub(super) window_minutes: Option<i64>,
    pub(super) documents_changed: Option<u64>,
    pub(super) values_archived: Option<u64>,
    pub(super) documents_compared: u64,
    pub(super) forecast_seconds: Option<f64>,
    /// By how much more the run took than the rehearsal had said; negative when it took less.
    pub(super) forecast_error_percent: Option<f64>,
    /// Before, during, after.
    pub(super) performance: Vec<Performance>,
    pub(super) adoption: Vec<Used>,
    /// All of it in words.
    pub(super) metrics: Vec<Metric>,
}

/// How many documents use a field that the migration added.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Used {
    pub(super) collection: String,
    pub(super) field: String,
    pub(super) documents: Option<u64>,
    pub(super) of: Option<u64>,
}

/// One metric in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) value: String,
    /// How it was measured, or why it was not.
    pub(super) basis: String,
}

const NOT_KNOWN: &str = "not known";
const NOT_MEASURED: &str = "not measured";

/// The figures.
pub(super) fn of(inputs: &Inputs, (downtime, proof): (Downtime, &Proof)) -> Figures {
    let seconds = migration_seconds(inputs);
    let forecast = inputs.rehearsal.as_ref().map(|it| it.forecast.seconds);
    let error = seconds
        .zip(forecast)
        .filter(|(_, forecast)| *forecast > 0.0)
        .map(|(seconds, forecast)| (seconds / forecast - 1.0) * 100.0);
    let mut figures = Figures {
        migration_seconds: seconds,
        run_seconds: inputs.run.ended_at.map(|ended| {
            moments::seconds(moments::timestamp(inputs.run.started_at), moments::timestamp(ended))
        }),
        downtime,
        window_minutes: inputs.run.window.as_ref().map(|window| window.minutes),
        // The record holds what the last process changed, the journal all of them.
        documents_changed: inputs.committed.or_else(|| of_record(inputs, "documentsChanged")),
        values_archived: of_record(inputs, "valuesArchived"),
        documents_compared: proof.counts.iter().map(|count| count.documents).sum(),
        forecast_seconds: forecast,
        forecast_error_percent: error,
        performance: performance::of(&inputs.samples),
        adoption: inputs.adoption.iter().map(Used::of).collect(),
        metrics: Vec::new(),
    };
    figures.metrics = figures.in_words(inputs, proof);
    figures
}

/// Seconds of `up`, or of `down` where that is what the run was: by the record, as long as it is of
/// this run; otherwise by the step.
pub(super) fn migration_seconds(inputs: &Inputs) -> Option<f64> {
    let tries = tries(&inputs.run.steps);
    if let [first, .., last] = tries.as_slice() {
        // Stopped and gone on with: people waited from the first try to the end of the last one.
        let ended = moments::timestamp(last.ended?);
        return Some(moments::seconds(moments::timestamp(first.began), ended));
    }
    let record = inputs.record.as_ref().filter(|_| is_its_record(inputs));
    let recorded = record.and_then(|record| record.get_f64("durationSeconds").ok());
    recorded.or_else(|| {
        let took = |step: &&StepRecord| {
            let ended = moments::timestamp(step.ended?);
            Some(moments::seconds(moments::timestamp(step.began), ended))
        };
        tries.first().and_then(took)
    })
}

/// The tries of `up` that belong together: after one that was complete, another applies it anew.
fn tries(steps: &[StepRecord]) -> Vec<&StepRecord> {
    let mut tries: Vec<&StepRecord> = Vec::new();
    for step in steps.iter().filter(|step| step.step == "up") {
        if tries.last().is_some_and(|last| last.state == StepState::Done) {
            tries.clear();
        }
        tries.push(step);
    }
    tries
}

/// A rollback writes its own numbers into the record, in the place of those of `up`.
fn is_its_record(inputs: &Inputs) -> bool {
    let run = inputs.record.as_ref().and_then(|record| record.get_str("run").ok());
    let its = inputs.run.up.as_deref().or(inputs.run.down.as_deref());
    run.is_some() && run == its
}

fn of_record(inputs: &Inputs, key: &str) -> Option<u64> {
    let record = inputs.record.as_ref().filter(|_| is_its_record(inputs))?;
    record.get_i64(key).ok().and_then(|number| u64::try_from(number).ok())
}

impl Used {
    fn of(adoption: &Adoption) -> Self {
        Self {
            collection: adoption.collection.clone(),
            field: adoption.field.clone(),
            documents: adoption.used,
            of: adoption.documents,
        }
    }

    /// `412 of 100,000 quotes (0.4 %)`.
    pub(super) fn words(&self) -> String {
        let Some(used) = self.documents else { return NOT_KNOWN.to_owned() };
        match self.of {
            Some(all) if all > 0 => {
                let percent = 100.0 * used as f64 / all as f64;
                let (used, all) = (thousands(used), thousands(all));
                format!("{used} of {all} {} ({percent:.1} %)", self.collection)
            }
            _ => format!("{} {}", thousands(used), self.collection),
        }
    }
}

impl Figures {
    fn in_words(&self, inputs: &Inputs, proof: &Proof) -> Vec<Metric> {
        let mut metrics = vec![
            self.duration(inputs),
            metric(
                "Whole run",
                self.run_seconds.map(duration_words),
                "from its first step to its end, announcement and watch included",
            ),
            Metric { name: "Downtime", value: self.downtime.words(), basis: self.downtime_basis() },
            self.changed(inputs, proof),
            self.three("Error rate", percent_words, |it| it.error_rate_percent),
            self.three("Response time, 99 of 100 within", milliseconds_words, |it| {
                it.p99_milliseconds
            }),
            self.three("Creations that succeeded", percent_words, creation),
        ];
        metrics.extend(self.adoption.iter().map(|used| Metric {
            name: "Adoption",
            value: used.words(),
            basis: match used.documents {
                Some(_) => {
                    format!("hold something in {}, counted when this was written", used.field)
                }
                None => "counting took longer than 2 s and was given up".to_owned(),
            },
        }));
        metrics.extend(self.forecast(inputs));
        metrics
    }

    fn duration(&self, inputs: &Inputs) -> Metric {
        let basis = match tries(&inputs.run.steps).len() {
            2.. => "from its first try to the end of the last one",
            _ if is_its_record(inputs) => "by the record",
            _ => "by the time of its step",
        };
        metric("Migration", self.migration_seconds.map(duration_words), basis)
    }

    fn downtime_basis(&self) -> String {
        let announced = self.window_minutes.map_or_else(String::new, |minutes| {
            format!("; people were told {minutes} minutes at the most")
        });
        let fence = self.downtime.fence_seconds.map_or_else(String::new, |seconds| {
            format!("; for {} the database itself refused writers", duration_words(seconds))
        });
        format!("{}{fence}{announced}", self.downtime.basis)
    }

    fn changed(&self, inputs: &Inputs, proof: &Proof) -> Metric {
        let compared = match (self.documents_compared, proof.counts.is_empty()) {
            (_, true) => String::new(),
            (compared, false) => format!("; {} were compared", thousands(compared)),
        };
        let by = if inputs.committed.is_some() { "journal" } else { "record" };
        let archived = self.values_archived.filter(|archived| *archived > 0);
        let archived = archived.map_or_else(String::new, |archived| {
            format!("; {} values archived", thousands(archived))
        });
        metric(
            "Documents migrated",
            self.documents_changed.map(thousands),
            &format!("by the {by}{compared}{archived}"),
        )
    }

    /// A value of before, during and after.
    fn three(
        &self,
        name: &'static str,
        words: fn(f64) -> String,
        read: fn(&Performance) -> Option<f64>,
    ) -> Metric {
        let value = |phase| {
            let measured = performance::at(&self.performance, phase).and_then(read);
            let value = measured.map_or_else(|| NOT_MEASURED.to_owned(), words);
            (format!("{} {value}", phase.title().to_lowercase()), measured.is_some())
        };
        let values = Phase::ALL.map(value);
        if values.iter().all(|(_, measured)| !measured) {
            return metric(name, None, "no metrics of the application are kept with this run");
        }
        let looks = self.performance.iter().map(|it| it.looks).sum::<usize>();
        Metric {
            name,
            value: values.map(|(words, _)| words).join(", "),
            basis: format!("by the application's own metrics, {} looks", thousands(looks as u64)),
        }
    }

    fn forecast(&self, inputs: &Inputs) -> Option<Metric> {
        let rehearsal = inputs.rehearsal.as_ref()?;
        Some(match self.migration_seconds {
            Some(seconds) if rehearsal.forecast.seconds > 0.0 => Metric {
                name: "Forecast",
                value: rehearsal.error_words(seconds),
                basis: format!(
                    "by the rehearsal on {} with {} documents",
                    rehearsal.rehearsed_on,
                    thousands(rehearsal.documents)
                ),
            },
            _ => metric("Forecast", None, "there is nothing to compare it with"),
        })
    }
}

fn metric(name: &'static str, value: Option<String>, basis: &str) -> Metric {
    Metric { name, value: value.unwrap_or_else(|| NOT_KNOWN.to_owned()), basis: basis.to_owned() }
}

/// In per cent of what was tried; none when nobody tried.
fn creation(performance: &Performance) -> Option<f64> {
    let created = performance.created?;
    let tried = created + performance.create_failed.unwrap_or_default();
    (tried > 0.0).then(|| 100.0 * created / tried)
}

/// `0.12 %`.
pub(super) fn percent_words(percent: f64) -> String {
    format!("{percent:.2} %")
}

/// `84 ms`.
pub(super) fn milliseconds_words(milliseconds: f64) -> String {
    format!("{milliseconds:.0} ms")
}
