//! The application's rows: what is compared with what, and the limits.

use super::Figures;
use crate::bench::row::{
    Limit::{AtLeast, AtMost},
    Ratio, Row,
    Unit::{Milliseconds, PerSecond},
    memory,
};

const EXPRESS: &str = "Express and Mongoose";
const BEFORE: &str = "the same before 010";
/// A third of the time that Express needs.
const A_THIRD: f64 = 1.0 / 3.0;
/// Of a performance that is not degraded: what differs less than that differs by chance.
const AS_BEFORE: f64 = 0.9;
/// No slower than Express, at more than twice its rate; what differs less differs by chance.
const NOT_SLOWER: f64 = 1.25;
/// Of what the database itself needs.
const NEAR_THE_FLOOR: f64 = 1.5;
const MEMORY_LIMIT_MEGABYTES: f64 = 60.0;

type Figure = fn(&Figures) -> f64;

/// The rows of all rounds.
pub(crate) fn all(rounds: &[Figures]) -> Vec<Row> {
    let mut rows = against_express(rounds);
    rows.extend(before_and_after(rounds));
    rows.push(memory(
        "memory of `quotes` under all that, at most",
        |it| it.memory_bytes,
        rounds,
        MEMORY_LIMIT_MEGABYTES,
    ));
    rows
}

fn against_express(rounds: &[Figures]) -> Vec<Row> {
    let rate = |name, (ours, plain): (Figure, Figure), limit| {
        let limit = AtLeast(limit);
        Ratio { name, compared_with: EXPRESS, ours, plain, unit: PerSecond, limit }.row(rounds)
    };
    let p99 = |name, (ours, plain): (Figure, Figure)| {
        let limit = AtMost(A_THIRD);
        Ratio { name, compared_with: EXPRESS, ours, plain, unit: Milliseconds, limit }.row(rounds)
    };
    vec![
        rate(
            "`quotes`: a quote read",
            (|it| it.quotes.read.per_second, |it| it.express.read.per_second),
            4.0,
        ),
        rate(
            "`quotes`: events priced for a group",
            (|it| it.quotes.calculate.per_second, |it| it.express.calculate.per_second),
            4.0,
        ),
        rate(
            "`quotes`: a quote made, with two events",
            (|it| it.quotes.create.per_second, |it| it.express.create.per_second),
            2.0,
        ),
        p99(
            "p99 of a quote read",
            (|it| it.quotes.read.p99_milliseconds, |it| it.express.read.p99_milliseconds),
        ),
        p99(
            "p99 of events priced",
            (|it| it.quotes.calculate.p99_milliseconds, |it| it.express.calculate.p99_milliseconds),
        ),
        Ratio {
            name: "p99 of a quote made, at that rate",
            compared_with: EXPRESS,
            ours: |it: &Figures| it.quotes.create.p99_milliseconds,
            plain: |it| it.express.create.p99_milliseconds,
            unit: Milliseconds,
            limit: AtMost(NOT_SLOWER),
        }
        .row(rounds),
        Ratio {
            name: "p99 of a quote made, at that rate",
            compared_with: "its documents inserted by the driver, and nothing else",
            ours: |it: &Figures| it.quotes.create.p99_milliseconds,
            plain: |it| it.floor.p99_milliseconds,
            unit: Milliseconds,
            limit: AtMost(NEAR_THE_FLOOR),
        }
        .row(rounds),
    ]
}

fn before_and_after(rounds: &[Figures]) -> Vec<Row> {
    let rate = |name, ours: Figure, plain: Figure| {
        let limit = AtLeast(AS_BEFORE);
        Ratio { name, compared_with: BEFORE, ours, plain, unit: PerSecond, limit }.row(rounds)
    };
    vec![
        rate(
            "after 010: a quote without events read",
            |it| it.after.read_without_events.per_second,
            |it| it.before.read_without_events.per_second,
        ),
        rate(
            "after 010: a quote with events read",
            |it| it.after.read_with_events.per_second,
            |it| it.before.read_with_events.per_second,
        ),
        rate(
            "after 010: a quote without events made",
            |it| it.after.create_without_events.per_second,
            |it| it.before.create_without_events.per_second,
        ),
        rate(
            "after 010: a quote with events made",
            |it| it.after.create_with_events.per_second,
            |it| it.before.create_with_events.per_second,
        ),
    ]
}
