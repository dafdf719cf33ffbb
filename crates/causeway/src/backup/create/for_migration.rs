//! `backup create --for VERSION`: digests of the documents that the migration is going to change, so
//! that `up` need not read them once more.

use std::collections::BTreeMap;

use bson::{RawDocument, Timestamp};
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::{MigrationDigests, Moment};
use causeway_core::examine::Lens;

use super::Making;
use crate::backup::data_file::{DataFile, Pen};
use crate::backup::hashed_file::facts_of;
use crate::digest_file::{DigestWriter, Sink, bits_for};
use crate::failure::{Attempt, Result};
use crate::scan::Visitor;
use crate::survey::{data_collections, file_name};

impl Making<'_> {
    /// How to look at the documents of a collection; none where the migration does not change them.
    pub(super) fn lens_for(&self, collection: &str) -> Option<Lens> {
        let migration = self.options.migration.as_ref()?;
        let changes = data_collections(migration).contains(collection);
        changes.then(|| Lens::of(migration, collection))
    }

    /// Begins the digest file of a collection, of which nothing was read before `from`.
    pub(super) fn begin_digests(
        &mut self,
        (collection, from): (&str, Timestamp),
        documents: u64,
    ) -> Result<DigestWriter> {
        let path = format!("causeway-before-{}.digests", file_name(collection));
        let writer = DigestWriter::create(&self.partial.path().join(&path), bits_for(documents))?;
        if let Some(migration) = &self.options.migration {
            let digests = self.digests.get_or_insert_with(|| MigrationDigests {
                version: migration.version.to_string(),
                migration_sha256: migration.sha256.clone(),
                moment: Moment { seconds: from.time, increment: from.increment },
                files: BTreeMap::new(),
            });
            digests.files.insert(collection.to_owned(), path);
        }
        Ok(writer)
    }

    /// Puts the digest files, which are complete now, among the files of the backup.
    pub(super) fn keep_digests(&mut self) -> Result<()> {
        let Some(digests) = &self.digests else { return Ok(()) };
        for path in digests.files.values() {
            let whole = self.partial.path().join(path);
            let reading = || format!("read {}", whole.display());
            let facts = facts_of(&whole).attempt(reading)?;
            self.files.insert(path.clone(), facts);
        }
        Ok(())
    }
}

/// Copies documents, and takes their digests where a migration wants them.
pub(super) struct Copying<'a> {
    pen: Pen<'a>,
    digests: Option<(&'a Lens, Sink<'a>)>,
}

impl<'a> Copying<'a> {
    pub(super) fn to(file: &'a DataFile, digests: Option<(&'a Lens, &'a DigestWriter)>) -> Self {
        let digests = digests.map(|(lens, digests)| (lens, digests.sink()));
        Self { pen: file.pen(), digests }
    }
}

impl Visitor for Copying<'_> {
    type Seen = Tally;

    async fn take(&mut self, id: &[u8], document: &RawDocument) -> Result<()> {
        if let Some((lens, sink)) = &mut self.digests {
            let reading = || format!("read the document {}", crate::causes::id_text(id));
            let examined = lens.examine(document).attempt(reading)?;
            sink.put(id, examined.digest, examined.state)?;
        }
        self.pen.take(id, document).await
    }

    fn end_of_reply(&mut self) -> Result<()> {
        self.pen.end_of_reply()
    }

    async fn finish(self) -> Result<Tally> {
        if let Some((_, sink)) = self.digests {
            sink.finish()?;
        }
        self.pen.close()
    }
}
