//! Nobody writes any more: seen in the database's own stream of changes, so that deletes and writers
//! that nobody thought of are seen as well.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use mongodb::change_stream::event::ChangeStreamEvent;

use super::conductor::Conductor;
use super::trying::Evidence;
use crate::clock::duration_words;
use crate::failure::{Attempt, Failure, Result};

/// The server answers this soon when there is nothing.
const AWAIT_MAX: Duration = Duration::from_millis(200);

impl Conductor<'_> {
    pub(super) async fn quiet(&mut self) -> Result<Evidence> {
        let settings = &self.session.config.run;
        let (quiet, max) = (settings.quiet(), settings.quiet_max());
        let scope = self.scope();
        let names = scope.join(", ");
        let watching = || format!("watch who writes to {names}");
        let pipeline = vec![
            doc! { "$match": { "ns.coll": { "$in": &scope } } },
            doc! { "$project": { "_id": 1, "operationType": 1, "ns": 1 } },
        ];
        let stream = self.context.target.database.watch().pipeline(pipeline);
        let stream = stream.max_await_time(AWAIT_MAX).await.attempt(watching)?;
        let mut stream = stream.with_type::<ChangeStreamEvent<Document>>();
        let begun = Instant::now();
        let mut last = begun;
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        while last.elapsed() < quiet {
            if self.context.interrupt.is_set() {
                return Err(Failure::stopped("stopped as asked, while waiting for writers")
                    .hint("the same command goes on"));
            }
            if begun.elapsed() > max {
                return Err(still_writing(&names, max, &seen));
            }
            if let Some(event) = stream.next_if_any().await.attempt(watching)? {
                last = Instant::now();
                let kind = format!("{:?}", event.operation_type).to_lowercase();
                let name = event.ns.and_then(|ns| ns.coll).unwrap_or_default();
                *seen.entry(format!("{kind} in {name}")).or_default() += 1;
            }
        }
        let waited = duration_words(begun.elapsed().as_secs_f64());
        let quiet = duration_words(quiet.as_secs_f64());
        Ok(Evidence::of(match seen.is_empty() {
            true => format!("nobody wrote to {names} within {quiet}"),
            false => {
                format!("nobody wrote to {names} within {quiet}, after {waited}: {}", words(&seen))
            }
        }))
    }
}

fn still_writing(names: &str, max: Duration, seen: &BTreeMap<String, u64>) -> Failure {
    Failure::refused(format!(
        "after {} somebody still writes to {names}: {}",
        duration_words(max.as_secs_f64()),
        words(seen)
    ))
    .hint(
        "find it with `causeway check`, and stop it; a [[job]] that is stopped, or fence = true under \
         [maintenance], keeps it out; a migration that only adds may go on beside it: --skip quiet \
         --because TEXT",
    )
}

fn words(seen: &BTreeMap<String, u64>) -> String {
    let counts = seen.iter().map(|(what, count)| format!("{count} × {what}"));
    counts.collect::<Vec<_>>().join(", ")
}
