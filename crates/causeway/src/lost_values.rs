//! What a rollback took away, in a file that a person can read, with the documents whose other
//! fields still count on it: a quote's total that holds the money of events it no longer shows.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bson::raw::RawBsonRef;
use bson::{Bson, RawBson, RawDocument, RawDocumentBuf, doc};
use causeway_core::migration::{AddField, Contribution};
use causeway_core::packed::Entry;
use causeway_core::splice;
use futures_util::StreamExt;

use crate::archive::{self, Kind};
use crate::causes::id_text;
use crate::clock::thousands;
use crate::failure::{Attempt, Result};
use crate::reporter::Reporter;
use crate::steps::engine::Engine;
use crate::steps::reapply;
use crate::wire;

/// Documents shown on the screen; all of them are in the file.
const SHOWN_MAX: usize = 10;

/// What was taken away, for the report.
#[derive(Debug, Default)]
pub struct LostValues {
    values: u64,
    file: Option<PathBuf>,
    /// Documents whose other field holds a share of what was taken away.
    contributing: u64,
    shown: Vec<String>,
    to: String,
}

/// Writes the values taken away by the application's rollback to `folder`.
///
/// # Errors
/// When the archive can't be read or the disk is full.
pub async fn write(engine: &Engine<'_>, folder: &Path) -> Result<LostValues> {
    let mut lost = LostValues::default();
    for (number, step) in reapply::steps(engine) {
        let collection = step.collection.as_str();
        let [collection, field] = [collection, step.field.as_str()].map(crate::survey::file_name);
        let name = format!("taken-away-{collection}-{field}.jsonl");
        let path = folder.join(name);
        let writing = || format!("write {}", path.display());
        let mut file: Option<BufWriter<File>> = None;
        let filter = doc! { "application": engine.application, "kind": Kind::TakenAway.word(),
        "step": i64::try_from(number).expect("steps are few") };
        archive::each_chunk(&engine.context.target, filter, async |chunk| {
            if file.is_none() {
                let opened = OpenOptions::new()
                    .create(true)
                    .truncate(true)
                    .write(true)
                    .mode(0o600)
                    .open(&path)
                    .attempt(writing)?;
                file = Some(BufWriter::new(opened));
            }
            if let Some(file) = &mut file {
                lost.chunk(engine, step, &chunk.entries, file).await?;
            }
            Ok(())
        })
        .await?;
        if let Some(mut file) = file {
            file.flush().attempt(writing)?;
            file.get_ref().sync_all().attempt(writing)?;
            lost.file = Some(path);
        }
    }
    Ok(lost)
}

impl LostValues {
    async fn chunk(
        &mut self,
        engine: &Engine<'_>,
        step: &AddField,
        entries: &[Entry],
        file: &mut impl Write,
    ) -> Result<()> {
        let documents = match &step.contributes {
            Some(contribution) => read_documents(engine, step, contribution, entries).await?,
            None => Vec::new(),
        };
        for entry in entries {
            let value = entry.value.as_deref().unwrap_or_default();
            let mut line = serde_json::Map::new();
            line.insert("_id".to_owned(), json(&entry.id));
            line.insert(step.field.as_str().to_owned(), json(value));
            self.values += 1;
            if let Some(contribution) = &step.contributes {
                let document = documents.iter().find(|(id, _)| *id == entry.id);
                if let Some((_, document)) = document {
                    let share = share(contribution, value, document);
                    let total = number(document, &contribution.to);
                    if share != 0.0 {
                        line.insert("contributed".to_owned(), share.into());
                        line.insert(contribution.to.clone(), total.into());
                        self.note(&contribution.to, &id_text(&entry.id), (share, total));
                    }
                }
            }
            writeln!(file, "{}", serde_json::Value::Object(line))
                .attempt(|| "write what was taken away".to_owned())?;
        }
        Ok(())
    }

    fn note(&mut self, to: &str, id: &str, (share, total): (f64, Option<f64>)) {
        self.contributing += 1;
        to.clone_into(&mut self.to);
        if self.shown.len() < SHOWN_MAX {
            let total = total.map_or_else(|| "no number".to_owned(), |total| format!("{total:.2}"));
            self.shown.push(format!("{id}: {to} {total} holds {share:.2}"));
        }
    }

    /// Says what was taken away and what still counts on it.
    pub fn report(&self, reporter: &Reporter) {
        let Some(file) = &self.file else { return };
        reporter.fact(
            "archived",
            format!(
                "{} values taken away; the next up puts them back: {}",
                thousands(self.values),
                file.display()
            ),
        );
        if self.contributing > 0 {
            let more = if self.contributing > self.shown.len() as u64 {
                format!(
                    "; {} more in the file",
                    thousands(self.contributing - self.shown.len() as u64)
                )
            } else {
                String::new()
            };
            reporter.warning(format!(
                "{} of {} documents still holds what was taken away: {}{more}",
                self.to,
                thousands(self.contributing),
                self.shown.join("; ")
            ));
        }
    }
}

async fn read_documents(
    engine: &Engine<'_>,
    step: &AddField,
    contribution: &Contribution,
    entries: &[Entry],
) -> Result<Vec<(Vec<u8>, RawDocumentBuf)>> {
    let reading = || format!("read {} of {}", contribution.to, step.collection);
    let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    let mut projection: Vec<(&str, &[u8])> =
        vec![("_id", &[0x08, 1]), (&contribution.to, &[0x08, 1])];
    if let Some(times) = &contribution.times {
        projection.push((times, &[0x08, 1]));
    }
    let command = bson::rawdoc! { "find": step.collection.as_str(),
    "filter": wire::ids_and(&ids, &[]), "projection": splice::document(&projection) };
    let database = &engine.context.target.database;
    let mut cursor = database.run_raw_cursor_command(command).batch().await.attempt(reading)?;
    let mut documents = Vec::new();
    while let Some(reply) = cursor.next().await {
        let reply = reply.attempt(reading)?;
        for document in reply.doc_slices().attempt(reading)? {
            let RawBsonRef::Document(document) = document.attempt(reading)? else { continue };
            let id = causeway_core::element::find(document, "_id").attempt(reading)?;
            if let Some(id) = id {
                documents.push((id.packed_value(), document.to_owned()));
            }
        }
    }
    Ok(documents)
}

/// What the entries of a value contribute to the other field: amount, times a count where the entry
/// says so. Entries without a number contribute nothing that can be told.
fn share(contribution: &Contribution, value: &[u8], document: &RawDocument) -> f64 {
    let wrapped = splice::document(&[("v", value)]);
    let Ok(list) = wrapped.get_array("v") else { return 0.0 };
    let times =
        contribution.times.as_ref().and_then(|times| number(document, times)).unwrap_or(1.0);
    let mut sum = 0.0;
    for entry in list {
        let Ok(RawBsonRef::Document(entry)) = entry else { continue };
        let amount = number(entry, &contribution.amount).filter(|amount| amount.is_finite());
        let multiplied =
            contribution.when.as_ref().is_none_or(|when| entry.get_bool(when).unwrap_or(false));
        sum += amount.unwrap_or_default() * if multiplied { times } else { 1.0 };
    }
    sum
}

fn number(document: &RawDocument, field: &str) -> Option<f64> {
    match document.get(field).ok().flatten()? {
        RawBsonRef::Double(number) => Some(number),
        RawBsonRef::Int32(number) => Some(f64::from(number)),
        #[expect(clippy::cast_precision_loss, reason = "an amount shown to people")]
        RawBsonRef::Int64(number) => Some(number as f64),
        RawBsonRef::Decimal128(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// A packed value as canonical extended JSON, which keeps every type.
pub(crate) fn json(packed: &[u8]) -> serde_json::Value {
    let wrapped = splice::document(&[("v", packed)]);
    let value = wrapped.get("v").ok().flatten().map(RawBson::from);
    value
        .and_then(|value| Bson::try_from(value).ok())
        .map_or(serde_json::Value::Null, Bson::into_canonical_extjson)
}
