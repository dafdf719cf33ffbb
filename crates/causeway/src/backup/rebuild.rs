//! Makes a collection again from a backup, and says what is not as it was.

use std::path::Path;

use bson::{Document, RawDocument, doc};
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::{Compression, Kind};
use causeway_core::outcome::Outcome;
use mongodb::Database;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::ReadConcern;

use super::contents::{Contents, Stored};
use super::definition::Which;
use super::documents::Documents;
use super::filling::{Filled, Filling, Order};
use super::listing;
use super::verify::is_well_formed;
use crate::clock::thousands;
use crate::context::Interrupt;
use crate::failure::{Attempt, Failure, Result};
use crate::governor::Governor;
use crate::progress::Progress;
use crate::reporter::Reporter;
use crate::scan::{self, Level, Scan, Visitor};
use crate::target::Target;
use crate::transaction::is_transient;

/// Where collections are made, and who watches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rebuild<'a> {
    pub(super) target: &'a Target,
    pub(super) reporter: &'a Reporter,
    pub(super) interrupt: &'a Interrupt,
    /// Holds the work back where others use the server.
    pub(super) governor: Option<&'a Governor>,
    pub(super) compression: Compression,
}

/// What became of a collection.
#[derive(Debug, Default)]
pub(super) struct Rebuilt {
    /// What it holds now.
    pub(super) tally: Tally,
    /// What is not as it was.
    pub(super) problems: Vec<String>,
}

impl Rebuild<'_> {
    /// Makes everything under its own name, and says what came back and what is not as it was.
    ///
    /// # Errors
    /// A failed verification when the backup is damaged; when the server can't be used.
    pub(super) async fn all(&self, contents: &Contents) -> Result<(Tally, Vec<String>)> {
        let (mut tally, mut problems) = (Tally::default(), Vec::new());
        for (name, stored) in &contents.collections {
            let rebuilt = self.make((name, name), stored).await?;
            tally.merge(rebuilt.tally);
            problems.extend(rebuilt.problems);
        }
        for (name, stored) in &contents.collections {
            problems.extend(self.complete((name, name), stored).await?);
        }
        Ok((tally, problems))
    }

    /// Makes `stored`, which was called `name`, under the name `into`: documents, then indexes while
    /// every document is read back. What deletes documents when their time has come is left to
    /// [`Rebuild::complete`].
    ///
    /// # Errors
    /// A failed verification when the backup is damaged; when the server can't be used.
    pub(super) async fn make(
        &self,
        (name, into): (&str, &str),
        stored: &Stored,
    ) -> Result<Rebuilt> {
        let database = &self.target.database;
        let creating = || format!("make the collection {into}");
        if into != "system.js" {
            let create = stored.definition.create_command(into)?;
            if let Some(problem) = refusal(database.run_command(create).await).attempt(creating)? {
                let problems = vec![format!("{name} can't be made: {problem}")];
                return Ok(Rebuilt { problems, ..Rebuilt::default() });
            }
        }
        let (Some(data), Some(source)) = (&stored.data, stored.definition.source(into)) else {
            return Ok(Rebuilt::default());
        };
        let filled = self.fill((name, &source), (data, stored)).await?;
        let mut problems = Vec::new();
        if filled.refused > 0 {
            problems.push(format!(
                "{name}: the server refused {} documents: {}",
                thousands(filled.refused),
                filled.reasons.join("; ")
            ));
        }
        let documents = filled.tally.documents;
        let phase = format!("{name}  indexing and comparing");
        let progress =
            Progress::start_one_of_many(self.reporter, phase, Some(documents), "documents");
        // A task of its own, for reading keeps this one from anything else.
        let building = tokio::spawn(self.indexing((name, into), stored)?);
        let tally = self.read_back(&source, (stored, documents), &progress).await;
        let built = building.await.attempt(|| format!("build the indexes of {into}"))?;
        progress.finish(format!("{} documents read back", thousands(documents)));
        problems.extend(built?);
        let tally = tally?;
        if tally != filled.tally {
            problems.push(format!(
                "{name}: {} documents with digest {:032x} came back, instead of {} with {:032x}",
                thousands(tally.documents),
                tally.digest,
                thousands(filled.tally.documents),
                filled.tally.digest
            ));
        }
        Ok(Rebuilt { tally, problems })
    }

    /// Adds the documents of `stored` to a collection that is there; those it has already stay.
    /// Returns how many are in the backup.
    ///
    /// # Errors
    /// When the backup is damaged, or the server can't be used.
    pub(super) async fn add(&self, name: &str, stored: &Stored) -> Result<u64> {
        let Some(data) = &stored.data else { return Ok(0) };
        let filled = self.fill((name, name), (data, stored)).await?;
        let problems = self.indexing((name, name), stored)?.await?;
        // Those that were there already are refused, and no others may be missing.
        let there = self.target.database.collection::<Document>(name);
        // What was just written is not yet what a majority has; the end of the run waits for that.
        let there = there.count_documents(doc! {}).read_concern(ReadConcern::local()).await;
        let there = there.attempt(|| format!("count {name}"))?;
        if there < filled.tally.documents || !problems.is_empty() {
            return Err(Failure::unexpected(format!(
                "{name} does not come along: {} of {} documents are there; {}",
                thousands(there),
                thousands(filled.tally.documents),
                filled.reasons.into_iter().chain(problems).collect::<Vec<_>>().join("; ")
            ))
            .ending(Outcome::RollbackFailed)
            .hint("without it nobody can roll back here: give the same command again"));
        }
        Ok(filled.tally.documents)
    }

    async fn fill(
        &self,
        (name, source): (&str, &str),
        (data, stored): (&Path, &Stored),
    ) -> Result<Filled> {
        let total = stored.tally.map(|tally| tally.documents);
        let phase = format!("{name}  restoring");
        let progress = Progress::start_one_of_many(self.reporter, phase, total, "documents");
        let filling = Filling {
            target: self.target,
            into: source,
            progress: &progress,
            interrupt: self.interrupt,
            governor: self.governor,
        };
        let order =
            if stored.definition.kind == Kind::Capped { Order::AsInFile } else { Order::Any };
        let filled = match filling.fill((data, self.compression), order).await {
            Ok(filled) => filled,
            // The server takes no batch with a document that can't be read, and does not say whose
            // fault that is.
            Err(failure) if failure.driver_error().is_some_and(is_refusal) => {
                self.require_well_formed(data)?;
                return Err(failure);
            }
            Err(failure) => return Err(failure),
        };
        progress.finish(format!("{} documents written", thousands(filled.tally.documents)));
        if stored.tally.is_some_and(|tally| tally != filled.tally) {
            return Err(damaged(data, "it does not hold the documents that the manifest says"));
        }
        Ok(filled)
    }

    fn require_well_formed(&self, data: &Path) -> Result<()> {
        let mut documents = Documents::open(data, self.compression)?;
        for number in 1_u64.. {
            match documents.next()? {
                None => break,
                Some(document) if is_well_formed(document) => {}
                Some(_) => {
                    let nth = thousands(number);
                    return Err(damaged(data, &format!("document {nth} is not well-formed BSON")));
                }
            }
        }
        Ok(())
    }

    /// Builds the indexes that delete nothing; says what the server has against them.
    fn indexing(
        &self,
        (name, into): (&str, &str),
        stored: &Stored,
    ) -> Result<impl Future<Output = Result<Vec<String>>> + Send + use<>> {
        let indexes = stored.definition.index_definitions(Which::Lasting)?;
        // The server builds all indexes of one command on one core. Where nobody else needs the
        // others, two commands are faster, although each of them reads the collection.
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for (at, index) in indexes.into_iter().enumerate() {
            if at % 2 == 0 || self.governor.is_some() { one.push(index) } else { other.push(index) }
        }
        let database = self.target.database.clone();
        let (name, into) = (name.to_owned(), into.to_owned());
        Ok(async move {
            let (mut problems, more) = tokio::try_join!(
                create_indexes(&database, (&name, &into), one),
                create_indexes(&database, (&name, &into), other)
            )?;
            problems.extend(more);
            Ok(problems)
        })
    }

    async fn read_back(
        &self,
        source: &str,
        (stored, documents): (&Stored, u64),
        progress: &Progress,
    ) -> Result<Tally> {
        let target = self.target;
        let alone = target.server.replica_set.is_none() && !target.server.sharded;
        let at = if alone {
            bson::Timestamp { time: 0, increment: 0 }
        } else {
            scan::now(target).await?
        };
        let scan = Scan {
            target,
            collection: source,
            documents_estimated: documents,
            at,
            comment: "causeway: restore",
            progress,
            interrupt: self.interrupt,
        };
        Ok(match stored.definition.kind {
            _ if alone => scan.in_one(Tallying::default(), Level::Local).await?,
            Kind::Capped => scan.in_one(Tallying::default(), Level::Majority).await?,
            _ if !stored.definition.has_id_index() => {
                scan.in_one(Tallying::default(), Level::Snapshot).await?
            }
            _ => {
                let mut tally = Tally::default();
                let scanned = scan.run(|_| Tallying::default()).await?;
                scanned.parts.into_iter().for_each(|part| tally.merge(part));
                tally
            }
        })
    }

    /// Makes what deletes documents when their time has come, once they were compared, and compares
    /// what the collection is with what it was. Needs nothing where that was done before.
    ///
    /// # Errors
    /// When the server can't be used.
    pub(super) async fn complete(
        &self,
        (name, into): (&str, &str),
        stored: &Stored,
    ) -> Result<Vec<String>> {
        let expiring = stored.definition.index_definitions(Which::Expiring)?;
        let mut problems = create_indexes(&self.target.database, (name, into), expiring).await?;
        if let Some(command) = stored.definition.expiry_command(into) {
            let modified = refusal(self.target.database.run_command(command).await);
            let problem = modified.attempt(|| format!("have documents of {into} expire"))?;
            problems
                .extend(problem.map(|said| format!("{name}: its documents do not expire: {said}")));
        }
        match listing::one(self.target, into).await? {
            None => problems.push(format!("{name} is not there")),
            Some(made) => {
                let differences = stored.definition.differences(&made)?;
                problems.extend(differences.into_iter().map(|what| format!("{name} {what}")));
            }
        }
        Ok(problems)
    }
}

async fn create_indexes(
    database: &Database,
    (name, into): (&str, &str),
    indexes: Vec<Document>,
) -> Result<Vec<String>> {
    if indexes.is_empty() {
        return Ok(Vec::new());
    }
    let command =
        doc! { "createIndexes": into, "indexes": indexes, "comment": "causeway: restore" };
    let built = refusal(database.run_command(command).await);
    let problem = built.attempt(|| format!("build the indexes of {into}"))?;
    Ok(problem
        .map(|said| format!("{name}: its indexes can't be built: {said}"))
        .into_iter()
        .collect())
}

fn damaged(data: &Path, what: &str) -> Failure {
    Failure::unexpected(format!("{} is damaged: {what}", data.display()))
        .ending(Outcome::VerificationFailed)
        .hint("do not rely on this backup; `causeway backup verify` says more")
}

/// Whether the server answered, and that it does not do it: what it says of a text that is none is
/// none itself.
fn is_refusal(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(_) | ErrorKind::InvalidResponse { .. })
}

/// What the server has against a definition; an error when it is not about that.
fn refusal(result: Result<Document, Error>) -> Result<Option<String>, Error> {
    match result {
        Ok(_) => Ok(None),
        Err(error) if is_transient(&error) => Err(error),
        Err(error) => match error.kind.as_ref() {
            ErrorKind::Command(command) if !TROUBLES.contains(&command.code) => {
                Ok(Some(command.message.clone()))
            }
            _ => Err(error),
        },
    }
}

/// Errors that are about the server, or about who asks: not allowed, out of time, too much memory,
/// ended by somebody, no room on the disk.
const TROUBLES: [i32; 7] = [crate::failure::UNAUTHORIZED, 50, 146, 202, 276, 11601, 14031];

/// Counts and hashes.
#[derive(Debug, Default)]
struct Tallying(Tally);

impl Visitor for Tallying {
    type Seen = Tally;

    async fn take(&mut self, _id: &[u8], document: &RawDocument) -> Result<()> {
        self.0.add(document.as_bytes());
        Ok(())
    }

    async fn finish(self) -> Result<Tally> {
        Ok(self.0)
    }
}
