//! Looks at every document of a collection: its digests, and how it stands to the migration.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, RawBson, RawDocument, Timestamp};
use causeway_core::element::Element;
use causeway_core::examine::Lens;
use causeway_core::migration::BsonType;
use causeway_core::record::State;

use crate::clock::thousands;
use crate::digest_file::{DigestWriter, Sink};
use crate::failure::{Attempt, Failure, Result};
use crate::had_before::{self, HadBefore};
use crate::scan::{Scan, Visitor};

/// Sample ids kept of each kind of finding.
const SAMPLES_MAX: usize = 100;

/// What is to be read and what for.
#[derive(Debug)]
pub struct Pass<'a> {
    /// What is to be read.
    pub scan: Scan<'a>,
    /// What to look at.
    pub lens: &'a Lens,
    /// Where digests go; nowhere when they are not wanted.
    pub digests: Option<&'a DigestWriter>,
    /// Where documents that have an added field already are noted.
    pub had_before: Option<&'a HadBefore<'a>>,
}

/// What a pass saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Documents.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Documents of each state.
    pub absent: u64,
    /// Documents as the migration wants them.
    pub applied: u64,
    /// Documents with a wrong value in an owned field.
    pub malformed: u64,
    /// Malformed documents by `field is TYPE`.
    pub malformed_by_type: BTreeMap<String, u64>,
    /// Steps that found something malformed, by their position in the file.
    pub malformed_steps: BTreeSet<usize>,
    /// `_id` of some malformed documents, relaxed extended JSON.
    pub malformed_samples: Vec<String>,
    /// `_id` of some documents in which the migration has not been applied.
    pub absent_samples: Vec<String>,
    /// `_id` of documents in which an owned field stands twice.
    pub doubled_samples: Vec<String>,
    /// Size and `_id` of the largest document that the migration has to change.
    pub largest: (u64, String),
    /// The latest snapshot, when a range had to go on at another than the first.
    pub later_snapshot: Option<Timestamp>,
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        self.absent += other.absent;
        self.applied += other.applied;
        self.malformed += other.malformed;
        for (reason, count) in other.malformed_by_type {
            *self.malformed_by_type.entry(reason).or_default() += count;
        }
        self.malformed_steps.extend(other.malformed_steps);
        for (mine, theirs) in [
            (&mut self.malformed_samples, other.malformed_samples),
            (&mut self.absent_samples, other.absent_samples),
            (&mut self.doubled_samples, other.doubled_samples),
        ] {
            mine.extend(theirs);
            mine.truncate(SAMPLES_MAX);
        }
        if other.largest.0 > self.largest.0 {
            self.largest = other.largest;
        }
    }
}

impl Pass<'_> {
    /// Reads everything.
    ///
    /// # Errors
    /// When the server can't be read any more, a document is damaged, or the disk is full.
    pub async fn run(&self) -> Result<Seen> {
        let look = |reader| self.look(reader);
        let scanned = match (self.had_before, self.digests) {
            // What was noted in the database can't be taken back when a cursor breaks off.
            (Some(_), _) => self.scan.run(look).await?,
            (None, None) => self.scan.whole(look, || Ok(())).await?,
            (None, Some(digests)) => self.scan.whole(look, || digests.begin_anew()).await?,
        };
        let mut seen = Seen { later_snapshot: scanned.later_snapshot, ..Seen::default() };
        scanned.parts.into_iter().for_each(|part| seen.merge(part));
        if seen.later_snapshot.is_none() {
            self.require_all(&seen).await?;
        }
        Ok(seen)
    }

    /// Reads what matches a filter, and says nothing of the rest.
    ///
    /// # Errors
    /// As [`Pass::run`].
    pub async fn some(&self, filter: Document) -> Result<Seen> {
        self.scan.matching(filter, self.look(0)).await
    }

    fn look(&self, reader: usize) -> Look<'_> {
        Look {
            collection: self.scan.collection,
            lens: self.lens,
            seen: Seen::default(),
            sink: self.digests.map(DigestWriter::sink),
            had_before: self.had_before.map(|had| had.part(reader)),
        }
    }

    async fn require_all(&self, seen: &Seen) -> Result<()> {
        match self.scan.counted_otherwise(seen.documents).await? {
            Some(counted) => {
                let collection = self.scan.collection;
                Err(Failure::unexpected(format!(
                    "{} documents of {collection} were read, and the server counts {}",
                    thousands(seen.documents),
                    thousands(counted)
                ))
                .hint(format!("let the server look: db.{collection}.validate({{ full: true }})")))
            }
            None => Ok(()),
        }
    }
}

/// One reader's look.
struct Look<'a> {
    collection: &'a str,
    lens: &'a Lens,
    seen: Seen,
    sink: Option<Sink<'a>>,
    had_before: Option<had_before::Part<'a>>,
}

impl Visitor for Look<'_> {
    type Seen = Seen;

    async fn take(&mut self, id: &[u8], document: &RawDocument) -> Result<()> {
        let examined = self.lens.examine(document).attempt(|| {
            format!("read the document {} of {}", crate::causes::id_text(id), self.collection)
        })?;
        if let Some(sink) = &mut self.sink {
            sink.put(id, examined.digest, examined.state)?;
        }
        let seen = &mut self.seen;
        let size = document.as_bytes().len() as u64;
        seen.documents += 1;
        seen.bytes += size;
        if size > seen.largest.0 && examined.state != State::Applied {
            seen.largest = (size, id_text(document));
        }
        match examined.state {
            State::Absent => {
                seen.absent += 1;
                sample(&mut seen.absent_samples, document);
            }
            State::Applied => seen.applied += 1,
            State::Malformed => {
                seen.malformed += 1;
                sample(&mut seen.malformed_samples, document);
                note_malformed(self.lens, document, &examined.owned, seen);
            }
        }
        if let Some(part) = &mut self.had_before {
            for (step, field) in self.lens.added_fields() {
                if let Some((_, element)) = examined.owned.iter().find(|(at, _)| *at == field) {
                    part.put(step, id, element, examined.state).await?;
                }
            }
        }
        Ok(())
    }

    async fn finish(self) -> Result<Seen> {
        if let Some(sink) = self.sink {
            sink.finish()?;
        }
        if let Some(part) = self.had_before {
            part.finish().await?;
        }
        Ok(self.seen)
    }
}

fn note_malformed(
    lens: &Lens,
    document: &RawDocument,
    owned: &[(usize, Element<'_>)],
    seen: &mut Seen,
) {
    let names = lens.owned();
    for (at, (field, _)) in owned.iter().enumerate() {
        if owned[..at].iter().any(|(earlier, _)| earlier == field) {
            sample(&mut seen.doubled_samples, document);
        }
    }
    for (step, field) in lens.objections(owned) {
        let Some((_, element)) = owned.iter().find(|(at, _)| *at == field) else { continue };
        let reason = format!("{} is {}", names[field], BsonType::name_of(element.kind));
        *seen.malformed_by_type.entry(reason).or_default() += 1;
        seen.malformed_steps.insert(step);
    }
}

fn sample(samples: &mut Vec<String>, document: &RawDocument) {
    if samples.len() < SAMPLES_MAX {
        samples.push(id_text(document));
    }
}

fn id_text(document: &RawDocument) -> String {
    let id = document.get("_id").ok().flatten().map(RawBson::from);
    id.and_then(|id| Bson::try_from(id).ok())
        .map_or_else(|| "?".to_owned(), |id| id.into_relaxed_extjson().to_string())
}
