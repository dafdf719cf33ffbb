//! What `samples.jsonl` and `watch.jsonl` hold: looks at server and application.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use causeway_core::sample::Sample;

/// Files inside a run's folder: of the run, and of the day after it.
pub(super) const FILES: [&str; 2] = ["samples.jsonl", "watch.jsonl"];

/// Reads one of them; none when there is no such file. A torn line is left out.
pub(super) fn read(path: &Path) -> Option<Vec<Sample>> {
    let lines = BufReader::new(File::open(path).ok()?).split(b'\n');
    Some(
        lines.map_while(Result::ok).filter_map(|line| serde_json::from_slice(&line).ok()).collect(),
    )
}
