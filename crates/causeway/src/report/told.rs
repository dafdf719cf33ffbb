//! What `events.jsonl` tells. A line that can't be read is left out: a kill may have torn it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use causeway_core::verdict::Verdict;
use jiff::Timestamp;
use serde_json::Value;

use super::inputs::{Pause, Progressed, Told, Verified, Warned};
use super::moments;

/// File name inside a run's folder.
pub(super) const FILE: &str = "events.jsonl";
/// The same warning again says nothing new; so many different ones nobody reads.
const WARNINGS_MAX: usize = 200;

/// Reads the events of a run; none when there is no such file.
pub(super) fn read(folder: &Path) -> Option<Told> {
    let file = File::open(folder.join(FILE)).ok()?;
    let mut told = Told::default();
    // Bytes that are no text end nothing: only their line is lost.
    for line in BufReader::new(file).split(b'\n').map_while(Result::ok) {
        if let Ok(event) = serde_json::from_slice::<Value>(&line) {
            told.hear(&event);
        }
    }
    Some(told)
}

impl Told {
    fn hear(&mut self, event: &Value) {
        let at = event["at"].as_str().and_then(moments::read);
        match event["event"].as_str() {
            Some("verified") => self.verifications.push(verified(event, at)),
            Some("paused") => self.pause(at, &event["reason"]),
            Some("unpaused") => self.go_on(at),
            Some("progress") => self.progress.extend(progressed(event, at)),
            Some("warning") => self.warn(at, &event["text"]),
            _ => {}
        }
    }

    fn pause(&mut self, at: Option<Timestamp>, reason: &Value) {
        // A pause that is reported again, with another value, is the same pause.
        let waits = self.pauses.last().is_some_and(|last| last.until.is_none());
        if let (Some(from), false) = (at, waits) {
            let reason = reason.as_str().unwrap_or("?").to_owned();
            self.pauses.push(Pause { from, until: None, reason });
        }
    }

    fn go_on(&mut self, at: Option<Timestamp>) {
        if let Some(last) = self.pauses.last_mut()
            && last.until.is_none()
        {
            last.until = at;
        }
    }

    fn warn(&mut self, at: Option<Timestamp>, text: &Value) {
        let text = text.as_str().unwrap_or("?");
        let known = self.warnings.iter().any(|warning| warning.text == text);
        if !known && self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(Warned { at, text: text.to_owned() });
        }
    }
}

fn progressed(event: &Value, at: Option<Timestamp>) -> Option<Progressed> {
    Some(Progressed {
        at: at?,
        phase: event["phase"].as_str()?.split_whitespace().collect::<Vec<_>>().join(" "),
        done: event["done"].as_u64()?,
    })
}

fn verified(event: &Value, at: Option<Timestamp>) -> Verified {
    let text = |key: &str| event[key].as_str().map(str::to_owned);
    let conditions = event["conditions"].as_array().into_iter().flatten();
    Verified {
        at,
        rolled_back: event["state"].as_str() == Some("rolled-back"),
        passed: event["passed"].as_bool().unwrap_or_default(),
        collections: event["collections"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(collection, counts)| (collection.clone(), verdicts(counts)))
            .collect(),
        conditions: conditions
            .map(|it| {
                let holds = it["holds"].as_bool().unwrap_or_default();
                (holds, it["text"].as_str().unwrap_or("?").to_owned())
            })
            .collect(),
        list_file: text("list_file"),
        proof: text("proof").unwrap_or_default(),
        seconds: event["seconds"].as_f64(),
    }
}

fn verdicts(counts: &Value) -> BTreeMap<Verdict, u64> {
    let counts = counts.as_object().into_iter().flatten();
    counts
        .filter_map(|(verdict, documents)| {
            let verdict = serde_json::from_value(Value::String(verdict.clone())).ok()?;
            Some((verdict, documents.as_u64()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FILE, read};

    #[test]
    fn torn_and_foreign_lines_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).is_none());
        let at = "2026-11-22T02:13:07.000+00:00";
        let lines = [
            format!(r#"{{"at":"{at}","event":"paused","reason":"replication lag 4.2 s"}}"#),
            format!(r#"{{"at":"{at}","event":"paused","reason":"replication lag 4.4 s"}}"#),
            "\u{fffd}\u{0}".to_owned(),
            format!(r#"{{"at":"{at}","event":"unpaused","seconds":1.0}}"#),
            format!(r#"{{"at":"{at}","event":"warning","text":"one"}}"#),
            format!(r#"{{"at":"{at}","event":"warning","text":"one"}}"#),
            format!(r#"{{"at":"{at}","event":"from a later version","x":[]}}"#),
            format!(
                r#"{{"at":"{at}","event":"verified","state":"applied","passed":true,"documents":2,"collections":{{"quotes":{{"unchanged":2,"of_a_later_version":1}}}}}}"#
            ),
            format!(r#"{{"at":"{at}","event":"warn"#),
        ];
        std::fs::write(folder.path().join(FILE), lines.join("\n")).unwrap();
        let told = read(folder.path()).unwrap();
        assert_eq!((told.pauses.len(), told.warnings.len(), told.verifications.len()), (1, 1, 1));
        assert!(told.pauses[0].until.is_some());
        assert_eq!(told.verifications[0].collections["quotes"].values().sum::<u64>(), 2);
    }
}
