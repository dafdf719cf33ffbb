//! Thresholds, second by second.

use causeway_core::sample::{ApplicationSample, Sample, ServerSample};

use super::{Deed, Judge, Then, Threshold, Thresholds};
use crate::monitor::latency::NO_BOUND;

fn sample(server: ServerSample, requests: f64, errors: f64) -> Sample {
    Sample {
        at: String::new(),
        step: "up".to_owned(),
        seconds: 1.0,
        server: Some(server),
        application: Some(ApplicationSample {
            requests: Some(requests),
            errors: Some(errors),
            ..ApplicationSample::default()
        }),
        progress: None,
        trouble: Vec::new(),
    }
}

/// What is done when each second brings such a sample: the second, and the deed.
fn deeds(judge: &mut Judge, samples: impl IntoIterator<Item = Sample>) -> Vec<(usize, Deed)> {
    let mut all = Vec::new();
    for (second, sample) in samples.into_iter().enumerate() {
        let deeds = judge.judge(&sample, second as f64);
        all.extend(deeds.into_iter().map(|deed| (second, deed)));
    }
    all
}

fn lagging(seconds: f64) -> Sample {
    let lag_seconds = Some(seconds);
    sample(ServerSample { lag_seconds, ..ServerSample::default() }, 0.0, 0.0)
}

fn answering(requests: f64, errors: f64) -> Sample {
    sample(ServerSample::default(), requests, errors)
}

#[test]
fn errors_that_stay_roll_back_once() {
    let mut judge = Judge::new(Thresholds::default());
    let samples = (0..30).map(|second| answering(50.0, if second < 3 { 0.0 } else { 25.0 }));
    let words = "error rate 50.0 % (limit 5 %) for 10 s".to_owned();
    assert_eq!(deeds(&mut judge, samples), [(13, Deed::RollBack(words))]);
}

#[test]
fn a_burst_of_errors_does_not() {
    for burst in 1..5 {
        let mut judge = Judge::new(Thresholds::default());
        let samples =
            (0..40).map(|second| answering(50.0, if second < burst { 50.0 } else { 0.0 }));
        assert_eq!(deeds(&mut judge, samples), [], "{burst} s");
    }
}

#[test]
fn few_requests_say_nothing() {
    let mut judge = Judge::new(Thresholds::default());
    assert_eq!(deeds(&mut judge, (0..60).map(|_| answering(1.0, 1.0))), []);
    let mut judge = Judge::new(Thresholds::default());
    assert_eq!(deeds(&mut judge, (0..60).map(|_| answering(3.0, 1.0))).len(), 1);
}

#[test]
fn lag_pauses_until_it_is_over() {
    let mut judge = Judge::new(Thresholds::default());
    let samples = (0..20).map(|second| lagging(if second < 12 { 12.0 } else { 3.0 }));
    let words = Some("by threshold: replication lag 12.0 s (limit 10 s) for 10 s".to_owned());
    let expected =
        [(10, Deed::Hold(words.clone())), (11, Deed::Hold(words)), (12, Deed::Hold(None))];
    assert_eq!(deeds(&mut judge, samples), expected);
}

#[test]
fn what_is_not_told_any_more_holds_nothing_back() {
    let mut judge = Judge::new(Thresholds::default());
    let told = (0..11).map(|_| lagging(12.0));
    let mut silent = lagging(12.0);
    silent.server = None;
    let done = deeds(&mut judge, told.chain([silent]));
    assert_eq!(done.last(), Some(&(11, Deed::Hold(None))));
}

#[test]
fn only_applying_is_judged() {
    let mut judge = Judge::new(Thresholds::default());
    let other = |step: &str| Sample { step: step.to_owned(), ..answering(50.0, 50.0) };
    assert_eq!(deeds(&mut judge, (0..30).map(|_| other("baseline"))), []);
    // What was held while it was applied is let go when it is over.
    assert_eq!(deeds(&mut judge, (0..11).map(|_| lagging(12.0))).len(), 1);
    assert_eq!(judge.judge(&other("verify"), 12.0), [Deed::Hold(None)]);
    assert_eq!(judge.end(), []);
}

#[test]
fn five_minutes_are_long_and_a_small_disk_pauses() {
    let mut judge = Judge::new(Thresholds::default());
    let done = deeds(&mut judge, (0..320).map(|_| answering(0.0, 0.0)));
    let words = "applying takes 5 min 1 s so far (limit 5 min)".to_owned();
    assert_eq!(done, [(300, Deed::Warn(words))]);
    let mut judge = Judge::new(Thresholds::default());
    let full = ServerSample { disk_free_bytes: Some(2e8), ..ServerSample::default() };
    let done = deeds(&mut judge, (0..11).map(|_| sample(full.clone(), 0.0, 0.0)));
    let words = "by threshold: free disk 0.2 GB (limit 1 GB) for 10 s".to_owned();
    assert_eq!(done, [(10, Deed::Hold(Some(words)))]);
}

#[test]
fn slow_answers_are_judged_where_that_is_wanted() {
    let p99_milliseconds = Some(Threshold { limit: 500.0, then: Then::Warn, for_seconds: 0.0 });
    let mut judge = Judge::new(Thresholds { p99_milliseconds, ..Thresholds::default() });
    let mut slow = answering(100.0, 0.0);
    slow.application.as_mut().unwrap().latency = vec![(0.1, 90.0), (1.0, 100.0), (NO_BOUND, 100.0)];
    let words = "p99 of response times 910 ms (limit 500 ms) for 0 s".to_owned();
    assert_eq!(judge.judge(&slow, 0.0), [Deed::Warn(words)]);
}
