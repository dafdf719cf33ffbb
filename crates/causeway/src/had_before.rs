//! The had-before list: which documents had an added field before the first write, and the raw
//! values that were malformed. A rollback keeps those fields and takes away all others.

use std::collections::BTreeMap;

use bson::{Document, doc};
use causeway_core::element::Element;
use causeway_core::packed::{CHUNK_BYTES_MAX, Entry};
use causeway_core::record::State;
use mongodb::Collection;

use crate::archive::{self, Kind};
use crate::failure::{Attempt, Result};
use crate::lease::Lease;
use crate::runs::binary;
use crate::target::Target;

/// Parts of one reader have numbers of their own.
const PARTS_PER_READER: i64 = 1_000_000;

/// The list of one application and collection, being made.
#[derive(Debug)]
pub struct HadBefore<'a> {
    archive: Collection<Document>,
    application: &'a str,
    collection: &'a str,
    lease: &'a Lease,
}

impl<'a> HadBefore<'a> {
    /// Begins the list of the survey that is made under `lease`. Each survey has lists of its own:
    /// one whose runner lost the lease without noticing must not touch those of the next.
    #[must_use]
    pub fn begin(
        target: &Target,
        (application, lease): (&'a str, &'a Lease),
        collection: &'a str,
    ) -> Self {
        Self { archive: archive::collection(target), application, collection, lease }
    }

    /// The part that one reader writes.
    #[must_use]
    pub fn part(&self, reader: usize) -> Part<'_> {
        let reader = i64::try_from(reader).expect("readers are few");
        Part { list: self, next_part: reader * PARTS_PER_READER, chunks: BTreeMap::new() }
    }
}

/// Which lists of an application are out of use.
#[derive(Debug, Clone, Copy)]
pub enum OutOfUse {
    /// Those that interrupted surveys before this epoch left: nothing was written to the
    /// application's documents then.
    Before(i64),
    /// Those of this epoch as well: its survey led to nothing.
    UpTo(i64),
}

/// Removes lists of an application.
///
/// # Errors
/// When the server refuses.
pub async fn forget(target: &Target, application: &str, lists: OutOfUse) -> Result<()> {
    let epochs = match lists {
        OutOfUse::Before(epoch) => doc! { "$lt": epoch },
        OutOfUse::UpTo(epoch) => doc! { "$lte": epoch },
    };
    archive::collection(target)
        .delete_many(doc! { "application": application, "kind": Kind::HadBefore.word(),
        "epoch": epochs })
        .await
        .attempt(|| format!("remove the had-before lists of run {application}"))?;
    Ok(())
}

/// One reader's part of the list.
#[derive(Debug)]
pub struct Part<'a> {
    list: &'a HadBefore<'a>,
    next_part: i64,
    chunks: BTreeMap<usize, Chunk>,
}

#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    entries: i64,
}

impl Part<'_> {
    /// Notes that the document `id` has the field of `step`. The value itself is kept only where
    /// it is malformed: well-formed ones stay in the document.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn put(
        &mut self,
        step: usize,
        id: &[u8],
        element: &Element<'_>,
        state: State,
    ) -> Result<()> {
        let value = (state == State::Malformed).then(|| element.packed_value());
        let entry = Entry { id: id.to_vec(), value, after: None, rest: 0 };
        let chunk = self.chunks.entry(step).or_default();
        if !chunk.bytes.is_empty() && chunk.bytes.len() + entry.len() > CHUNK_BYTES_MAX / 8 {
            let full = std::mem::take(chunk);
            self.store(step, full).await?;
        }
        let chunk = self.chunks.entry(step).or_default();
        entry.write(&mut chunk.bytes);
        chunk.entries += 1;
        Ok(())
    }

    /// Stores what is left.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn finish(mut self) -> Result<()> {
        for (step, chunk) in std::mem::take(&mut self.chunks) {
            self.store(step, chunk).await?;
        }
        Ok(())
    }

    async fn store(&mut self, step: usize, chunk: Chunk) -> Result<()> {
        let HadBefore { archive, application, collection, lease } = self.list;
        let epoch = lease.epoch;
        let step = i64::try_from(step).expect("steps are few");
        // A value of up to 16 MB makes a chunk too large for one document: it is cut.
        for (piece, bytes) in causeway_core::packed::pieces(&chunk.bytes).enumerate() {
            let piece = i64::try_from(piece).expect("pieces are few");
            let id = doc! { "application": application, "kind": Kind::HadBefore.word(),
            "epoch": epoch, "step": step, "collection": collection,
            "part": self.next_part, "piece": piece };
            let stored = doc! {
                "_id": id.clone(),
                "application": application,
                "kind": Kind::HadBefore.word(),
                "epoch": epoch,
                "collection": collection,
                "step": step,
                "part": self.next_part,
                "piece": piece,
                "entries": if piece == 0 { chunk.entries } else { 0 },
                "data": binary(bytes.to_vec()),
            };
            // A runner that slept through its lease wakes up here and must leave nothing behind.
            let storing = || format!("store the had-before list of {collection}");
            lease
                .fenced(storing, async |session| {
                    let putting = archive.replace_one(doc! { "_id": id.clone() }, stored.clone());
                    putting.upsert(true).session(session).await.map(drop)
                })
                .await?;
        }
        self.next_part += 1;
        Ok(())
    }
}
