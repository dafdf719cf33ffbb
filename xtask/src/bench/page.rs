//! The table, and `docs/performance.md`.

use std::{fmt::Write as _, fs};

use anyhow::{Context as _, Result};

use super::{
    Arguments, machine,
    rows::Row,
    stage::{CACHE_GIGABYTES, OPLOG_MEGABYTES, Stage},
};
use crate::workspace;

/// What the page tells besides the table.
pub(super) struct Facts<'a> {
    pub(super) stage: &'a Stage,
    pub(super) rows: &'a [Row],
    pub(super) load_before: String,
    pub(super) arguments: &'a Arguments,
}

/// The rows as a table in Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let mut table = "| what | compared with | ours | plain | ratio (min–max) | at most | |\n\
                     | --- | --- | ---: | ---: | ---: | ---: | --- |\n"
        .to_owned();
    for row in rows {
        let ours = amount(row.ours, row.unit);
        let plain = row.plain.map(|plain| amount(plain, row.unit)).unwrap_or_default();
        let judged = match row.plain {
            Some(_) => {
                let it = &row.judged;
                format!("{:.2} ({:.2}–{:.2})", it.median, it.min, it.max)
            }
            None => String::new(),
        };
        let limit = match row.plain {
            Some(_) => format!("{:.2}", row.limit),
            None => amount(row.limit, row.unit),
        };
        let met = if row.is_met() { "met" } else { "**not met**" };
        // Writing to a String can't fail.
        let _ = writeln!(
            table,
            "| {} | {} | {ours} | {plain} | {judged} | {limit} | {met} |",
            row.name, row.compared_with
        );
    }
    table
}

fn amount(value: f64, unit: &str) -> String {
    if unit == "s" { format!("{value:.2} s") } else { format!("{value:.0} {unit}") }
}

/// Writes the page.
pub(super) fn write(facts: &Facts<'_>) -> Result<()> {
    let path = workspace::root().join("docs/performance.md");
    fs::write(&path, page(facts)).with_context(|| format!("write {}", path.display()))
}

fn page(facts: &Facts<'_>) -> String {
    let Facts { stage, rows, load_before, arguments } = facts;
    let loaded = &stage.loaded;
    let malformed = loaded.shapes.values().sum::<u64>();
    format!(
        "# Performance\n\n\
         Written by `cargo xtask bench`. Do not edit it: run that again.\n\n\
         {table}\n\
         Figures are medians of {rounds} rounds. A ratio is taken within a round, and the limit is for\n\
         the median of the ratios. A plain command is the floor: it does the same to the documents, and\n\
         neither checks, nor keeps what was there, nor proves anything, nor can be resumed.\n\n\
         ## How it was measured\n\n\
         - {date}, on {machine}; load before it began: {load_before}.\n\
         - MongoDB {server}, one member, cache {CACHE_GIGABYTES} GB, oplog {OPLOG_MEGABYTES} MB, on the same machine as the client.\n\
         - causeway {version}, built with the release profile; the plain commands by the same driver\n\
           (mongodb 3.9) in an optimised loop of `cargo xtask bench`, with majority acknowledgement.\n\
         - {quotes} quotes, {megabytes} MB, {malformed} of them of ugly shapes, {had} with the field already.\n\
         - In each round: `updateMany` and `createIndexes`; a raw read of every document in one cursor;\n\
           `updateMany` with `$unset` and `dropIndexes`; then `causeway up`, `verify`, `down`. Every second\n\
           round begins with Causeway. Before each, `fsync` writes out what the one before left.\n\
         - Between rounds the quotes are put back into the state they had, and everything of Causeway is\n\
           removed, unmeasured. After each `down`, `verify --state rolled-back` has to pass.\n\
         - \"As a whole\" is the time of the process, from start to end. The writing phase is\n\
           the run without the two passes over all documents: from its start to its end with batches, archive,\n\
           index, validator, journal and record. Memory is the high-water mark of resident memory that the\n\
           kernel keeps (`VmHWM`).\n\n\
         ## How to repeat it\n\n\
         ```console\n\
         $ cargo xtask bench --quotes {asked} --rounds {rounds}\n\
         ```\n\n\
         It needs about 10 GB of disk under `.causeway/bench`, and a machine that has nothing else to do.\n",
        table = table(rows),
        rounds = arguments.rounds,
        date = jiff::Zoned::now().strftime("%Y-%m-%d"),
        machine = machine::describe(),
        server = stage.server_version,
        version = env!("CARGO_PKG_VERSION"),
        quotes = loaded.quotes(),
        megabytes = loaded.quote_bytes / 1_000_000,
        had = stage.had_before.len(),
        asked = arguments.quotes,
    )
}
