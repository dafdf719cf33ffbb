//! Causeway's rows: what is compared with what, and the limits.

use super::{
    round::Figures,
    row::{Limit::AtMost, Ratio, Row, Unit, memory},
};

const MEMORY_LIMIT_MEGABYTES: f64 = 200.0;

/// The rows of all rounds.
pub(super) fn all(rounds: &[Figures]) -> Vec<Row> {
    vec![
        Ratio::<Figures> {
            name: "`up`, its writing phase",
            compared_with: "one `updateMany` and `createIndexes`",
            ours: |it| it.up_writing,
            plain: |it| it.plain_up,
            unit: Unit::Seconds,
            limit: AtMost(1.15),
        }
        .row(rounds),
        Ratio::<Figures> {
            name: "`up` as a whole, checks and digests before and after",
            compared_with: "that, and two raw reads of every document",
            ours: |it| it.up,
            plain: |it| it.plain_up + 2.0 * it.plain_read,
            unit: Unit::Seconds,
            limit: AtMost(1.15),
        }
        .row(rounds),
        Ratio::<Figures> {
            name: "`down`, its writing phase",
            compared_with: "one `updateMany` with `$unset` and `dropIndexes`",
            ours: |it| it.down_writing,
            plain: |it| it.plain_down,
            unit: Unit::Seconds,
            limit: AtMost(1.2),
        }
        .row(rounds),
        Ratio::<Figures> {
            name: "`verify`, with digests",
            compared_with: "one raw read of every document",
            ours: |it| it.verify,
            plain: |it| it.plain_read_by_verify,
            unit: Unit::Seconds,
            limit: AtMost(1.25),
        }
        .row(rounds),
        Ratio::<Figures> {
            name: "`backup create`, with hashes, written to the disk",
            compared_with: "one raw read of every document",
            ours: |it| it.create,
            plain: |it| it.plain_read_by_create,
            unit: Unit::Seconds,
            limit: AtMost(1.25),
        }
        .row(rounds),
        Ratio::<Figures> {
            name: "`backup prove`, with a server started and every document read back",
            compared_with: "inserting the same documents, three batches at a time, and building the indexes",
            ours: |it| it.prove,
            plain: |it| it.plain_restore,
            unit: Unit::Seconds,
            limit: AtMost(1.0),
        }
        .row(rounds),
        memory("memory of `backup create`, at most", |it| it.create_memory_bytes, rounds, MEMORY_LIMIT_MEGABYTES),
        memory("memory of `backup prove`, at most", |it| it.prove_memory_bytes, rounds, MEMORY_LIMIT_MEGABYTES),
        memory("memory of `up`, at most", |it| it.up_memory_bytes, rounds, MEMORY_LIMIT_MEGABYTES),
        memory("memory of `verify`, at most", |it| it.verify_memory_bytes, rounds, MEMORY_LIMIT_MEGABYTES),
        memory("memory of `down`, at most", |it| it.down_memory_bytes, rounds, MEMORY_LIMIT_MEGABYTES),
    ]
}
