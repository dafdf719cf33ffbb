//! Rows of listings as aligned columns.
//!
//! A row names its kind under `row`; rows of one kind that follow each other make one table. Kinds
//! that are said in sentences, and lines of journals, are printed as they come.

use std::collections::BTreeMap;

use serde_json::Value;

use super::layout::{Page, harmless};
use super::moment;
use super::style::Meaning;
use crate::clock::duration_words;

/// A row of a listing.
pub type Row = BTreeMap<&'static str, Value>;

/// Columns of each kind of table: key, heading, form.
const TABLES: [(&str, &[Column]); 10] = [
    (
        "version",
        &[
            Column("version", "version", Form::Text),
            Column("state", "state", Form::State),
            Column("applied_at", "applied at", Form::Time),
            Column("by", "by", Form::Text),
            Column("title", "title", Form::Text),
            Column("note", "", Form::Note),
        ],
    ),
    (
        "run",
        &[
            Column("run", "run", Form::Text),
            Column("version", "version", Form::Text),
            Column("direction", "did", Form::Text),
            Column("status", "status", Form::State),
            Column("started_at", "started at", Form::Time),
            Column("seconds", "took", Form::Seconds),
            Column("operator", "by", Form::Text),
            Column("host", "on", Form::Text),
        ],
    ),
    (
        "backup",
        &[
            Column("taken", "taken", Form::Time),
            Column("age", "age", Form::Text),
            Column("database", "of", Form::Text),
            Column("documents", "documents", Form::Text),
            Column("size", "size", Form::Text),
            Column("verified", "verified", Form::Text),
            Column("proved", "proved", Form::Text),
            Column("backup", "folder", Form::Text),
        ],
    ),
    (
        "maintenance_period",
        &[
            Column("began", "began", Form::Time),
            Column("ended", "ended", Form::Time),
            Column("seconds", "took", Form::Seconds),
            Column("by", "by", Form::Text),
            Column("ended_by", "ended by", Form::Text),
            Column("fence", "", Form::Text),
            Column("run", "run", Form::Text),
        ],
    ),
    (
        "notice",
        &[
            Column("created_at", "sent at", Form::Time),
            Column("notice", "notice", Form::Text),
            Column("state", "state", Form::State),
            Column("arrived", "arrived", Form::Text),
            Column("start", "window", Form::Time),
            Column("minutes", "minutes", Form::Text),
            Column("by", "by", Form::Text),
            Column("subject", "subject", Form::Text),
        ],
    ),
    (
        "delivery",
        &[
            Column("channel", "channel", Form::Text),
            Column("recipient", "to", Form::Text),
            Column("state", "state", Form::State),
            Column("answer", "answer", Form::Text),
        ],
    ),
    (
        "plan_step",
        &[
            Column("number", "", Form::Text),
            Column("step", "step", Form::Text),
            Column("state", "state", Form::State),
            Column("what", "what", Form::Text),
        ],
    ),
    (
        "approval",
        &[
            Column("at", "allowed at", Form::Time),
            Column("operator", "by", Form::Text),
            Column("host", "on", Form::Text),
            Column("approval", "how", Form::Text),
            Column("what", "what", Form::Text),
        ],
    ),
    (
        "watched",
        &[
            Column("measure", "measure", Form::Text),
            Column("judgement", "judgement", Form::Text),
            Column("before", "before", Form::Text),
            Column("after", "after", Form::Text),
        ],
    ),
    (
        "record",
        &[
            Column("version", "record", Form::Text),
            Column("status", "status", Form::State),
            Column("applied_at", "applied at", Form::Time),
            Column("by", "by", Form::Text),
            Column("run", "run", Form::Text),
            Column("description", "description", Form::Text),
        ],
    ),
];

/// Key, heading, form.
#[derive(Debug, Clone, Copy)]
struct Column(&'static str, &'static str, Form);

/// How the values of a column are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    State,
    Time,
    Seconds,
    Note,
}

/// Rows that wait until their columns' widths are known.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Row>,
}

impl Table {
    /// Takes a row. Returns what is to be printed before the next one comes.
    pub(super) fn push(&mut self, page: Page, row: &Row) -> Vec<String> {
        if let Some(line) = sentence(page, row) {
            let mut lines = self.flush(page);
            lines.push(line);
            return lines;
        }
        let other = self.rows.first().is_some_and(|first| kind(first) != kind(row));
        let lines = if other { self.flush(page) } else { Vec::new() };
        self.rows.push(row.clone());
        lines
    }

    /// The table of the rows so far.
    pub(super) fn flush(&mut self, page: Page) -> Vec<String> {
        let rows = std::mem::take(&mut self.rows);
        let Some(first) = rows.first() else { return Vec::new() };
        let known = TABLES.iter().find(|(name, _)| *name == kind(first));
        let columns = known.map_or_else(|| columns_of(&rows), |(_, columns)| columns.to_vec());
        lay_out(page, &columns, &rows)
    }
}

fn kind(row: &Row) -> &str {
    row.get("row").and_then(Value::as_str).unwrap_or_default()
}

/// Columns of rows that nobody described: their keys.
fn columns_of(rows: &[Row]) -> Vec<Column> {
    let mut keys: Vec<&'static str> = Vec::new();
    for key in rows.iter().flat_map(BTreeMap::keys).filter(|key| **key != "row") {
        if !keys.contains(key) {
            keys.push(key);
        }
    }
    keys.into_iter().map(|key| Column(key, key, Form::Text)).collect()
}

fn lay_out(page: Page, columns: &[Column], rows: &[Row]) -> Vec<String> {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| columns.iter().map(|column| cell(row.get(column.0), column.2)).collect())
        .collect();
    let headings: Vec<String> = columns.iter().map(heading).collect();
    let width = |at: usize| {
        let widest = cells.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
        // A column in which nothing stands is left out.
        if widest == 0 { 0 } else { widest.max(headings[at].chars().count()) }
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let head = line(columns, &headings, &widths, |_, text, _| text);
    let mut lines = vec![page.paint.paint(Meaning::Detail, &head)];
    lines.extend(cells.iter().map(|row| {
        line(columns, row, &widths, |column, text, before| {
            let text = page.hanging(before, &text);
            match meaning(column, text.trim()) {
                Some(meaning) => page.paint.paint(meaning, &text),
                None => text,
            }
        })
    }));
    lines
}

fn line(
    columns: &[Column],
    cells: &[String],
    widths: &[usize],
    painted: impl Fn(&Column, String, usize) -> String,
) -> String {
    let mut line = String::new();
    let mut before = 0;
    let shown = columns.iter().zip(cells).zip(widths).filter(|(_, width)| **width > 0);
    let last = shown.clone().count().saturating_sub(1);
    for (at, ((column, cell), width)) in shown.enumerate() {
        let right = column.2 == Form::Seconds;
        let blanks = " ".repeat(width.saturating_sub(cell.chars().count()));
        let text = match (right, at == last) {
            (true, _) => format!("{blanks}{cell}"),
            (false, true) => cell.clone(),
            (false, false) => format!("{cell}{blanks}"),
        };
        if at > 0 {
            line.push_str("  ");
            before += 2;
        }
        // Only the last column can be longer than the terminal and still be read.
        let used = text.chars().count();
        line.push_str(&painted(column, text, if at == last { before } else { 0 }));
        before += used;
    }
    line.truncate(line.trim_end().len());
    line
}

fn heading(column: &Column) -> String {
    match column.2 {
        Form::Time => format!("{} ({})", column.1, moment::zone()),
        Form::Text | Form::State | Form::Seconds | Form::Note => column.1.to_owned(),
    }
}

fn cell(value: Option<&Value>, form: Form) -> String {
    let Some(value) = value.filter(|value| !value.is_null()) else { return String::new() };
    let text = match form {
        Form::Time => value.as_str().map(moment::local),
        Form::Seconds => value.as_f64().map(duration_words),
        Form::State => value.as_str().map(|state| state.replace('_', " ")),
        Form::Text | Form::Note => None,
    };
    harmless(&text.unwrap_or_else(|| plain(value))).replace('\n', " ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn meaning(column: &Column, text: &str) -> Option<Meaning> {
    match column.2 {
        Form::State => Some(match text {
            "applied" | "completed" | "sent" | "delivered" => Meaning::Good,
            "failed" => Meaning::Bad,
            _ => Meaning::Attention,
        }),
        Form::Note => Some(Meaning::Attention),
        Form::Text | Form::Time | Form::Seconds => None,
    }
}

/// Kinds that are lines of their own.
fn sentence(page: Page, row: &Row) -> Option<String> {
    let text = |key: &str| cell(row.get(key), Form::Text);
    match kind(row) {
        "lease" => Some(page.keyed("lease", None, &text("text"))),
        "turn" => Some(page.keyed("turn", None, &text("text"))),
        "standing" => Some(standing(page, row)),
        "maintenance" => {
            let on = row.get("on") == Some(&Value::Bool(true));
            Some(page.keyed("maintenance", on.then_some(Meaning::Attention), &text("text")))
        }
        "fence" => {
            let none = row.get("collections").and_then(Value::as_array).is_none_or(Vec::is_empty);
            Some(page.keyed("fence", (!none).then_some(Meaning::Attention), &text("text")))
        }
        "request" => Some(page.keyed("request", Some(Meaning::Attention), &text("text"))),
        "run_under_way" => Some(page.keyed("run", Some(Meaning::Attention), &text("text"))),
        "entry" => Some(entry(page, row)),
        "notice_text" => Some(notice(page, row)),
        _ => None,
    }
}

/// How everything stands at the end of a run, line by line.
fn standing(page: Page, row: &Row) -> String {
    let keys = ["run", "database", "maintenance", "fence", "jobs", "report", "call"];
    let told = keys.iter().filter_map(|key| Some((key, row.get(*key)?.as_str()?)));
    let lines: Vec<String> = told.map(|(key, text)| page.keyed(key, None, text)).collect();
    format!("\n{}", lines.join("\n"))
}

/// The words of a notice, line by line.
fn notice(page: Page, row: &Row) -> String {
    let keys = ["notice", "window", "subject", "text"];
    let lines = keys.map(|key| page.keyed(key, None, &row.get(key).map(plain).unwrap_or_default()));
    format!("{}\n", lines.join("\n"))
}

/// `2026-11-22 02:13:07     12  database  batch 3 of step 1: 1,000 changed`.
fn entry(page: Page, row: &Row) -> String {
    let at = cell(row.get("at"), Form::Time);
    let seq = cell(row.get("seq"), Form::Text);
    let source = cell(row.get("source"), Form::Text);
    let text = cell(row.get("text"), Form::Text);
    let front = format!("{at:<19} {seq:>6}  {source:<8}");
    let text =
        if row.contains_key("damaged") { page.paint.paint(Meaning::Bad, &text) } else { text };
    format!("{}  {text}", page.paint.paint(Meaning::Detail, &front))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Row, Table};
    use crate::terminal::layout::Page;
    use crate::terminal::style::Paint;

    const PAGE: Page = Page { paint: Paint::Plain, columns: None };

    #[test]
    fn columns_are_aligned_and_empty_ones_left_out() {
        let mut table = Table::default();
        for (version, state) in [("009", "applied"), ("010", "rolled_back")] {
            let row = Row::from([
                ("row", json!("version")),
                ("version", json!(version)),
                ("state", json!(state)),
                ("title", json!("some title")),
            ]);
            assert!(table.push(PAGE, &row).is_empty());
        }
        let expected = "\
version  state        title
009      applied      some title
010      rolled back  some title";
        assert_eq!(table.flush(PAGE).join("\n"), expected);
        assert!(table.flush(PAGE).is_empty());
    }

    #[test]
    fn rows_of_an_unknown_kind_are_shown_too() {
        let mut table = Table::default();
        table.push(PAGE, &Row::from([("row", json!("conflict")), ("id", json!(7))]));
        let lines =
            table.push(PAGE, &Row::from([("row", json!("lease")), ("text", json!("free"))]));
        assert_eq!(lines, ["id", "7", "lease     free"]);
    }
}
