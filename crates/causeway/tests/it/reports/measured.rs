//! Events and samples of a run that is over, as its processes wrote them.

use std::fmt::Write as _;
use std::fs;

use causeway::clock::thousands;
use causeway_core::sample::{ApplicationSample, Sample, ServerSample};
use serde_json::{Value, json};

use super::past::{Past, at_text};

/// Upper bounds of the application's counts by time, in seconds.
const BOUNDS: [f64; 10] = [0.01, 0.025, 0.05, 0.075, 0.1, 0.125, 0.15, 0.25, 0.5, 2.5];

/// Adds lines to a file of the run's folder.
pub(super) fn append(past: &Past, name: &str, lines: &[Value]) {
    let path = past.run_folder().join(name);
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    for line in lines {
        writeln!(text, "{line}").unwrap();
    }
    fs::write(path, text).unwrap();
}

#[expect(clippy::cast_possible_truncation, reason = "documents that were done")]
pub(super) fn events(past: &Past) {
    let quotes = past.quotes;
    let line = |at: f64, mut event: Value| {
        event["at"] = json!(at_text(at));
        event
    };
    let mut lines = vec![line(
        -1_735.0,
        json!({"event": "warning", "text": "4.2 writes/s on quotes by web@10.0.3.7"}),
    )];
    // An early phase, of the backup, is no progress of the migration.
    lines.push(line(-1_725.0, json!({"event": "progress", "phase": "quotes  backing up", "done": quotes, "per_second": 1.0})));
    let mut phase = |name: &str, from: f64, until: f64, waits: &[(f64, f64)]| {
        let busy = until - from - waits.iter().map(|(_, long)| long).sum::<f64>();
        let (mut at, mut done) = (from, 0.0_f64);
        while at <= until + 0.001 {
            let event = json!({"event": "progress", "phase": name, "done": done.min(quotes as f64) as u64,
                "total": quotes, "per_second": 3.0, "eta_seconds": null, "lag_seconds": 0.1});
            lines.push(line(at, event));
            let waiting = waits.iter().any(|(begin, long)| *begin <= at && at < begin + long);
            at += 0.2;
            if !waiting {
                let wave = 1.0 + 0.35 * (at * 2.1).sin();
                done += quotes as f64 / busy * 0.2 * wave;
            }
        }
        for (begin, long) in waits {
            lines.push(line(
                *begin,
                json!({"event": "paused", "reason": "replication lag 4.2 s (limit 3.0 s)"}),
            ));
            lines.push(line(begin + long, json!({"event": "unpaused", "seconds": long})));
        }
    };
    phase("quotes  reading every document before the first write", 17.4, 21.0, &[]);
    phase("quotes  add selectedEvents", 21.2, 45.6, &[(27.0, 3.4), (37.4, 5.0)]);
    phase("quotes  verifying every document", 46.8, 51.6, &[]);
    lines.push(line(57.6, verified(past, "applied", json!({
        "unchanged": quotes - 9, "changed_by_application": 6, "created_by_application": 2, "deleted_by_application": 1
    }))));
    append(past, "events.jsonl", &lines);
}

/// What the way back adds.
pub(super) fn rolled_back(past: &Past) {
    let mut event = verified(past, "rolled-back", json!({"unchanged": past.quotes}));
    event["conditions"] = json!([
        {"holds": true, "text": "index selected_events_event_id_idx is gone"},
        {"holds": true, "text": "the record of 010 says rolled_back"},
    ]);
    event["at"] = json!(at_text(171.0));
    append(past, "events.jsonl", &[event]);
}

fn verified(past: &Past, state: &str, counts: Value) -> Value {
    let quotes = past.quotes;
    json!({"event": "verified", "version": "010", "state": state, "passed": true, "documents": quotes,
        "collections": {"quotes": counts}, "samples": {}, "list_file": null, "seconds": 4.4,
        "conditions": [
            {"holds": true, "text": format!("{0} of {0} quotes: selectedEvents as asked", thousands(quotes))},
            {"holds": true, "text": "the counts of quotes agree"},
            {"holds": true, "text": "index selected_events_event_id_idx {selectedEvents.eventId: 1} sparse is there"},
            {"holds": true, "text": "the validator of quotes allows the new values of priceHistory.reason"},
            {"holds": true, "text": "the record of 010 says completed"},
        ],
        "proof": format!("digests of {} quotes from before the first write, run 2026-11-22-0200-q3m", thousands(quotes))})
}

pub(super) fn samples(past: &Past) {
    let every = |count: i32, step: &str, from: f64, seconds: f64| -> Vec<Value> {
        (0..count)
            .map(|look| json!(sample(step, from + f64::from(look) * seconds, seconds)))
            .collect()
    };
    append(past, "samples.jsonl", &every(60, "baseline", -300.0, 5.0));
    append(past, "samples.jsonl", &every(18, "up", 17.0, 2.0));
    append(past, "samples.jsonl", &every(3, "verify", 53.0, 2.0));
    append(past, "watch.jsonl", &every(288, "watch", 160.0, 300.0));
    // A kill tore the last line.
    let torn = past.run_folder().join("watch.jsonl");
    let text = fs::read_to_string(&torn).unwrap();
    fs::write(torn, text + "{\"at\":\"2026-11-2").unwrap();
}

/// Traffic of a night, a migration, and a day.
fn sample(step: &str, at: f64, seconds: f64) -> Sample {
    let hour = (2.0 + at / 3_600.0).rem_euclid(24.0);
    let day = (std::f64::consts::PI * ((hour - 6.0) / 15.0).clamp(0.0, 1.0)).sin();
    let jitter = (at * 12.9898).sin() * 0.5 + (at * 4.1414).sin() * 0.5;
    let migrating = step == "up" || step == "verify";
    let slow = if migrating { 2.1 } else { 1.0 + 0.12 * day };
    let requests = ((18.0 + 90.0 * day) * (1.0 + 0.15 * jitter) * seconds).max(1.0).round();
    let share = if migrating { 0.012 } else { 0.0012 + 0.0006 * jitter.max(0.0) };
    let scale = 0.022 * slow;
    // An exponential distribution, as the application counts it.
    let latency: Vec<(f64, f64)> = BOUNDS
        .iter()
        .map(|bound| (*bound, (requests * (1.0 - (-bound / scale).exp())).round()))
        .collect();
    let lag = if migrating {
        (1.1 + 1.6 * jitter
            + if (27.0..31.0).contains(&at) || (37.0..42.0).contains(&at) { 3.0 } else { 0.0 })
        .max(0.1)
    } else {
        0.05 + 0.05 * jitter.abs()
    };
    Sample {
        at: at_text(at),
        step: step.to_owned(),
        seconds,
        server: Some(ServerSample {
            cpu_percent: Some(if migrating {
                148.0 + 22.0 * jitter
            } else {
                11.0 + 38.0 * day + 4.0 * jitter
            }),
            memory_megabytes: Some(1_840.0),
            cache_used_percent: Some(if migrating {
                71.0 + 4.0 * jitter
            } else {
                62.0 + 6.0 * day
            }),
            cache_dirty_percent: Some(if migrating { 9.0 + 3.0 * jitter } else { 0.8 + 0.4 * day }),
            lag_seconds: Some(lag),
            ..ServerSample::default()
        }),
        // The watching host was away for half an hour.
        application: (!(40_000.0..42_000.0).contains(&at)).then(|| ApplicationSample {
            requests: Some(requests),
            errors: Some((requests * share + 0.5 + 0.5 * (at * 78.233).sin()).floor()),
            p50_milliseconds: Some(1_000.0 * scale * 0.693),
            p99_milliseconds: Some(1_000.0 * scale * 4.605 * (1.0 + 0.08 * jitter)),
            latency,
            created: Some((requests * 0.02).round()),
            create_failed: Some(0.0),
            issues: None,
        }),
        progress: None,
        trouble: Vec::new(),
    }
}
