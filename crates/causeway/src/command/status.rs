//! `causeway status`: every version, and who works on it. Writes nothing.

use std::collections::BTreeMap;

use bson::Document;
use causeway_core::event::Event;
use causeway_core::inventory::{RecordFacts, RecordStatus};
use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::arguments::StatusArguments;
use super::session::Session;
use crate::context::Context;
use crate::failure::{Attempt, Result};
use crate::records;
use crate::runs;
use crate::terminal::rows::Row;

mod lease;
mod under_way;

pub(super) use lease::Lease;

/// Shows versions, and who holds the lease.
///
/// # Errors
/// When the files are wrong or the database can't be read.
pub(super) async fn run(session: &Session, arguments: &StatusArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let records = records(&context).await?;
    let lease = Lease::read(&context.target).await?;
    let versions = versions(&context, &records, &lease);
    let pending: Vec<&Version> =
        versions.iter().filter(|version| version.is_pending()).map(|it| &it.version).collect();
    let under_way = runs::unfinished(&context.target).await?;
    for version in &versions {
        session.reporter.emit(Event::Row(version.row()));
    }
    if versions.is_empty() {
        session.reporter.fact("versions", "none: no migration files, and no records");
    }
    for row in under_way::rows(&context.target, &under_way).await? {
        session.reporter.emit(Event::Row(row));
    }
    session.reporter.emit(Event::Row(lease.row()));
    let turn = Lease::read_turn(&context.target).await?;
    if !turn.is_free() {
        session.reporter.emit(Event::Row(turn.turn_row()));
    }
    let commands = next(&under_way, pending.first().copied(), &lease);
    if !commands.is_empty() {
        session.reporter.emit(Event::Next { commands });
    }
    Ok(match (arguments.check, pending.is_empty()) {
        (true, false) => Outcome::Pending,
        (true, true) | (false, _) => Outcome::Done,
    })
}

/// What is under way is ended before anything else begins; while somebody works on it, there is
/// nothing to do.
fn next(under_way: &[Document], pending: Option<&Version>, lease: &Lease) -> Vec<String> {
    if under_way.is_empty() {
        return pending.iter().map(|first| format!("causeway check {first}")).collect();
    }
    if lease.is_held() {
        return Vec::new();
    }
    under_way.iter().filter_map(runs::resumed_by).collect()
}

/// A record, and the digest of the file it was written for.
struct Record {
    facts: RecordFacts,
    sha256: Option<String>,
    operator: Option<String>,
}

/// A version of a file, of a record, or of both.
struct Known<'a> {
    version: Version,
    file: Option<&'a Migration>,
    record: Option<&'a Record>,
    notes: Vec<String>,
}

async fn records(context: &Context) -> Result<Vec<Record>> {
    let reading = || format!("read {} in {}", records::COLLECTION, context.target.name());
    let found = context.target.database.collection::<Document>(records::COLLECTION);
    let documents: Vec<Document> =
        found.find(Document::new()).await.attempt(reading)?.try_collect().await.attempt(reading)?;
    let text = |document: &Document, key: &str| document.get_str(key).ok().map(str::to_owned);
    Ok(documents
        .iter()
        .map(|document| Record {
            facts: records::facts(document),
            sha256: text(document, "sha256"),
            operator: text(document, "operator"),
        })
        .collect())
}

/// Every version once, the lowest first.
fn versions<'a>(context: &'a Context, records: &'a [Record], lease: &Lease) -> Vec<Known<'a>> {
    let mut known: BTreeMap<Version, Known<'a>> = BTreeMap::new();
    for migration in &context.migrations {
        let version = migration.version.clone();
        let empty =
            Known { version: version.clone(), file: Some(migration), record: None, notes: vec![] };
        known.insert(version, empty);
    }
    for record in records {
        // A version of no sensible form can't be anybody's; `check` refuses it by name.
        let Ok(version) = record.facts.version.parse::<Version>() else { continue };
        let spelled = known.keys().find(|it| it.is_same_number_as(&version)).cloned();
        let place = known.entry(spelled.unwrap_or_else(|| version.clone())).or_insert_with(|| {
            Known { version, file: None, record: None, notes: vec!["no file".to_owned()] }
        });
        if place.record.is_some() {
            place.notes.push("more than one record".to_owned());
        }
        // The last one: the old scripts inserted a new record each time.
        place.record = Some(record);
    }
    let mut known: Vec<Known<'a>> = known.into_values().collect();
    for version in &mut known {
        version.remark(lease);
    }
    known
}

impl Known<'_> {
    fn state(&self) -> &str {
        let Some(record) = self.record else { return "pending" };
        match &record.facts.status {
            RecordStatus::Completed => "applied",
            RecordStatus::Running => "running",
            RecordStatus::Failed => "failed",
            RecordStatus::RolledBack => "rolled_back",
            RecordStatus::Other(word) if word.is_empty() => "unclear",
            RecordStatus::Other(word) => word,
        }
    }

    /// Whether there is a file that is not applied.
    fn is_pending(&self) -> bool {
        self.file.is_some() && self.state() != "applied"
    }

    fn is_file_changed(&self) -> bool {
        let applied = self.record.and_then(|record| record.sha256.as_ref());
        matches!((self.file, applied), (Some(file), Some(sha256)) if file.sha256 != *sha256)
    }

    fn remark(&mut self, lease: &Lease) {
        if self.is_file_changed() {
            self.notes.push("file changed since".to_owned());
        }
        let Some(record) = self.record else { return };
        if let Some(error) = &record.facts.error {
            self.notes.push(error.clone());
        }
        if record.facts.status == RecordStatus::Running && !lease.is_held() {
            let note = "nobody works on it: the same command resumes".to_owned();
            self.notes.push(note);
        }
    }

    fn row(&self) -> Row {
        let facts = self.record.map(|record| &record.facts);
        let by = facts.map(|facts| if facts.foreign { "other scripts" } else { "causeway" });
        let title = self
            .file
            .map(|file| file.title.clone())
            .or_else(|| facts.and_then(|facts| facts.description.clone()));
        Row::from([
            ("row", json!("version")),
            ("version", json!(self.version.as_str())),
            ("state", json!(self.state())),
            ("title", json!(title)),
            ("file", json!(self.file.map(|file| &file.file))),
            ("file_changed", json!(self.is_file_changed())),
            ("applied_at", json!(facts.and_then(RecordFacts::applied_at_shown))),
            ("by", json!(by)),
            ("run", json!(facts.and_then(|facts| facts.run.clone()))),
            ("operator", json!(self.record.and_then(|record| record.operator.clone()))),
            ("host", json!(facts.and_then(|facts| facts.host.clone()))),
            ("note", note(&self.notes)),
        ])
    }
}

fn note(notes: &[String]) -> Value {
    if notes.is_empty() { Value::Null } else { json!(notes.join("; ")) }
}
