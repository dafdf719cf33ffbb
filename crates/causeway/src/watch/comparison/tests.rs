//! Days of looks, with and without something that is worse.

use std::time::Duration;

use causeway_core::sample::{ApplicationSample, Sample, ServerSample};
use jiff::{SignedDuration, Timestamp};

use super::{Change, Comparison, Look};
use crate::watch::measures::Judgement;

const WINDOW: Duration = Duration::from_secs(600);

/// Numbers that look like chance, and are the same in every run.
struct Dice(u64);

impl Dice {
    /// Between 0 and 1.
    fn throw(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of `trials` happen.
    fn count(&mut self, trials: u32, share: f64) -> f64 {
        (0..trials).filter(|_| self.throw() < share).count() as f64
    }
}

fn sample(dice: &mut Dice, error_share: f64, queue: f64) -> Sample {
    let created = dice.count(40, 0.5);
    Sample {
        at: String::new(),
        step: "watch".to_owned(),
        seconds: 30.0,
        server: Some(ServerSample {
            queue: Some((queue * dice.throw()).floor()),
            cpu_percent: Some(20.0 + 40.0 * dice.throw()),
            reads_per_second: Some(100.0),
            writes_per_second: Some(10.0),
            lag_seconds: Some(0.0),
            ..ServerSample::default()
        }),
        application: Some(ApplicationSample {
            requests: Some(200.0),
            errors: Some(dice.count(200, error_share)),
            created: Some(created),
            create_failed: Some(dice.count(20, 0.02)),
            ..ApplicationSample::default()
        }),
        progress: None,
        trouble: Vec::new(),
    }
}

fn baseline(dice: &mut Dice) -> Vec<Sample> {
    (0..60).map(|_| sample(dice, 0.01, 3.0)).collect()
}

fn comparison(before: Vec<Sample>) -> Comparison {
    Comparison::new(before, "before the migration".to_owned(), WINDOW)
}

/// Looks every 30 s: which look, and what became of a difference.
fn changes(comparison: &mut Comparison, samples: Vec<Sample>) -> Vec<(usize, Change)> {
    let begin: Timestamp = "2026-11-26T02:00:00Z".parse().unwrap();
    let mut all = Vec::new();
    for (number, sample) in samples.into_iter().enumerate() {
        let at = begin + SignedDuration::from_secs(30 * number as i64);
        let changes = comparison.take(Look { at, sample });
        all.extend(changes.into_iter().map(|change| (number, change)));
    }
    all
}

/// Ten days with nothing but noise.
#[test]
fn noise_is_no_difference() {
    let mut dice = Dice(1);
    for day in 0..10 {
        let mut comparison = comparison(baseline(&mut dice));
        let day_of = (0..2_880).map(|_| sample(&mut dice, 0.01, 3.0)).collect();
        assert_eq!(changes(&mut comparison, day_of), [], "day {day}");
        assert!(comparison.differences().is_empty());
    }
}

#[test]
fn errors_are_said_once_when_they_come_and_once_when_they_go() {
    let mut dice = Dice(2);
    let mut comparison = comparison(baseline(&mut dice));
    let share = |look: usize| if (40..80).contains(&look) { 0.06 } else { 0.01 };
    let looks = (0..140).map(|look| sample(&mut dice, share(look), 3.0)).collect();
    let found = changes(&mut comparison, looks);
    let [(came, Change::Appeared(words)), (went, Change::Over(over))] = &found[..] else {
        panic!("{found:?}");
    };
    assert!((41..50).contains(came), "{came}");
    assert!((81..101).contains(went), "{went}");
    assert!(words.starts_with("error rate "), "{words}");
    assert!(
        words.contains(" % of 4,000 requests, before the migration 0.9 % of 12,000"),
        "{words}"
    );
    assert!(words.ends_with(" % of 12,000 requests: more than chance (p < 0.000001)"), "{words}");
    assert!(over.ends_with("as before again"), "{over}");
    // It was there: the end of the watch still says so, with the worst of it.
    let differences = comparison.differences();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(differences[0].starts_with("error rate 6."), "{differences:?}");
}

#[test]
fn a_queue_that_grows_is_found_and_a_busier_server_is_not_blamed() {
    let mut dice = Dice(3);
    let mut waiting = comparison(baseline(&mut dice));
    let looks = (0..40).map(|_| sample(&mut dice, 0.01, 30.0)).collect();
    let found = changes(&mut waiting, looks);
    assert!(matches!(&found[..], [(_, Change::Appeared(words))] if words.starts_with("queue ")));
    let mut busy = comparison(baseline(&mut dice));
    let looks = (0..40).map(|_| {
        let mut sample = sample(&mut dice, 0.01, 3.0);
        let server = sample.server.as_mut().unwrap();
        server.cpu_percent = server.cpu_percent.map(|cpu| 3.0 * cpu);
        server.reads_per_second = Some(300.0);
        sample
    });
    assert_eq!(changes(&mut busy, looks.collect()), []);
    let verdicts = busy.verdicts();
    let cpu = verdicts.iter().find(|it| it.name == "cpu").unwrap();
    assert_eq!(cpu.compared.judgement, Judgement::MoreIsAsked);
}

#[test]
fn quotes_that_are_not_created_any_more_are_missed() {
    let mut dice = Dice(4);
    let mut comparison = comparison(baseline(&mut dice));
    let looks = (0..40).map(|_| {
        let mut sample = sample(&mut dice, 0.01, 3.0);
        sample.application.as_mut().unwrap().created = Some(dice.count(10, 0.5));
        sample
    });
    let found = changes(&mut comparison, looks.collect());
    assert!(
        matches!(&found[..], [(_, Change::Appeared(words))] if words.starts_with("creations ")),
        "{found:?}"
    );
}
