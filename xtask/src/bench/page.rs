//! The table, and `docs/performance.md`.

use std::{fmt::Write as _, fs};

use anyhow::{Context as _, Result};

use super::{
    Arguments,
    applications::{CONNECTIONS, LONG_SECONDS, SECONDS},
    machine,
    row::{Limit, Row, Unit},
    stage::{CACHE_GIGABYTES, OPLOG_MEGABYTES, Stage},
};
use crate::{say::thousands, workspace};

/// What the page tells besides the table.
pub(super) struct Facts<'a> {
    pub(super) stage: &'a Stage,
    pub(super) rows: &'a [Row],
    pub(super) load_before: String,
    pub(super) arguments: &'a Arguments,
}

/// The rows as a table in Markdown.
pub(super) fn table(rows: &[Row]) -> String {
    let mut table = "| what | compared with | ours | theirs | ratio (min–max) | limit | |\n\
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
        let limit = limit(row);
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

fn limit(row: &Row) -> String {
    let shown = |limit| match row.plain {
        Some(_) => format!("{limit:.2}"),
        None => amount(limit, row.unit),
    };
    match row.limit {
        Limit::AtMost(limit) => format!("≤ {}", shown(limit)),
        Limit::AtLeast(limit) => format!("≥ {}", shown(limit)),
    }
}

fn amount(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => format!("{value:.2} s"),
        Unit::Milliseconds => format!("{value:.1} ms"),
        Unit::PerSecond => format!("{value:.0}/s"),
        Unit::Kilobytes => format!("{value:.1} KB"),
        Unit::Megabytes => format!("{value:.0} MB"),
    }
}

/// Writes the page.
pub(super) fn write(facts: &Facts<'_>) -> Result<()> {
    let path = workspace::root().join("docs/performance.md");
    fs::write(&path, page(facts)).with_context(|| format!("write {}", path.display()))
}

fn page(facts: &Facts<'_>) -> String {
    let Facts { stage, rows, load_before, arguments } = facts;
    let loaded = &stage.loaded;
    let busy = if machine::is_busy(load_before) {
        " **Others were using the machine meanwhile**: times are longer than they need be, and ratios vary."
    } else {
        ""
    };
    let cache_gigabytes = machine::default_cache_megabytes().unwrap_or_default() / 1024;
    let lines = [
        "# Performance".to_owned(),
        String::new(),
        "Written by `cargo xtask bench`. Do not edit it: run that again.".to_owned(),
        String::new(),
        table(rows),
        format!("Figures are medians of {} rounds. A ratio is taken within a round, and the", arguments.rounds),
        "limit is for the median of the ratios. A plain command is the floor: it does the same to the".to_owned(),
        "documents, and neither checks, nor keeps what was there, nor proves anything, nor can be resumed.".to_owned(),
        String::new(),
        "## How it was measured".to_owned(),
        String::new(),
        format!("- {}, on {}.", jiff::Zoned::now().strftime("%Y-%m-%d"), machine::describe()),
        format!("  Load before it began: {load_before}.{busy}"),
        format!("- MongoDB {}, one member, cache {CACHE_GIGABYTES} GB, oplog {OPLOG_MEGABYTES} MB, on the same machine", stage.server_version),
        "  as the client.".to_owned(),
        format!("- causeway {}, built with the release profile; the plain commands by the same driver", env!("CARGO_PKG_VERSION")),
        "  (mongodb 3.9), optimised as well, with majority acknowledgement.".to_owned(),
        format!(
            "- {} quotes, {} MB, {} of them of ugly shapes, {} with the field already.",
            thousands(loaded.quotes()),
            loaded.quote_bytes / 1_000_000,
            thousands(loaded.shapes.values().sum()),
            thousands(stage.had_before.len() as u64)
        ),
        "- In each round: `updateMany` and `createIndexes`; a raw read of every document in one cursor;".to_owned(),
        "  `updateMany` with `$unset` and `dropIndexes`; then `causeway backup create`, `backup prove`, `up`,".to_owned(),
        "  `verify`, `down`. Every second round begins with Causeway. Before each, `fsync` writes out what the".to_owned(),
        "  one before left.".to_owned(),
        "- What `create` and `verify` are compared with is a raw read of its own, just before each: the same".to_owned(),
        "  read takes 1.3 to 2.4 s here, by what the process did before (with replies of 16 MB the memory".to_owned(),
        "  for each is given back to the system and asked for again, or is not).".to_owned(),
        "- The plain restore reads the files of that backup and inserts into a server of the same kind as the".to_owned(),
        "  one that `prove` starts: alone, the same cache. Its time begins when that server is ready.".to_owned(),
        "- Between rounds the quotes are put back into the state they had, and everything of Causeway is".to_owned(),
        "  removed, unmeasured. After each `down`, `verify --state rolled-back` has to pass.".to_owned(),
        "- \"As a whole\" is the time of the process, from start to end. The writing phase is the run without".to_owned(),
        "  the two passes over all documents: batches, archive, index, validator, journal, record. Memory is".to_owned(),
        "  the high-water mark of resident memory that the kernel keeps (`VmHWM`).".to_owned(),
        "- `quotes` and a server by Express 5 and Mongoose 9 (`xtask/src/bench/express`), each one process, on".to_owned(),
        format!("  that database, are asked the same by `wrk`: one thread, {CONNECTIONS} connections, {SECONDS} s for each kind"),
        "  of request, one server right after the other. First both have to answer the same money. A refused".to_owned(),
        "  or unanswered request ends the measurement. `quotes` knows who asks by a token, makes a quote in one".to_owned(),
        "  transaction with its audit entry, and keeps its enquiry up to date; the other does nothing of that.".to_owned(),
        format!("  New quotes are made for {LONG_SECONDS} s: the server writes a checkpoint every minute. While"),
        "  it does, and while it evicts, it holds up whoever writes to the pages in hand; what that costs by".to_owned(),
        "  itself is measured with the same documents, inserted by the driver, 16 at a time. As `wrk` does, that".to_owned(),
        "  counts for a long wait those requests that would have been made meanwhile.".to_owned(),
        "  Quotes are read by ids of all of the collection; those that are made answer the newest enquiries, and".to_owned(),
        format!("  are removed again, unmeasured. For all this the server's cache is what a server takes by itself, {} GB.", cache_gigabytes),
        "- Pages are opened in headless Chromium, each several times: the size is that of the compressed page".to_owned(),
        "  without style and script, which a browser keeps; first paint is the browser's own figure, its median".to_owned(),
        "  for the slowest page. The receipt is timed from a change in the form until the script has put it in,".to_owned(),
        "  with the moment that the script waits for more keys.".to_owned(),
        "- \"After 010\" and \"before 010\" are the same `quotes --allow-pending`, between `causeway up 010` and".to_owned(),
        "  `causeway down 010`. Express is compared when 011, 012 and 013 are applied as well.".to_owned(),
        String::new(),
        "## How to repeat it".to_owned(),
        String::new(),
        format!("    cargo xtask bench --quotes {} --rounds {}", arguments.quotes, arguments.rounds),
        String::new(),
        "It needs about 15 GB of disk under `.causeway/bench`, Node.js with npm, and a machine that has nothing".to_owned(),
        "else to do. `--only causeway` and `--only applications` measure one half, and write no page.".to_owned(),
        String::new(),
    ];
    lines.join("\n")
}
