//! Which indexes of lists the database has: all of them once migration 012 ran.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use causeway_core::{
    index::{IndexDefinition, IndexFinding, classify},
    migration::Step,
};

use super::{QUOTES, index::Index};
use crate::{failure::Failure, needs, store::Store};

/// How long it is believed that one is missing.
const BELIEVED: Duration = Duration::from_secs(10);

/// What is known of them, for all requests.
#[derive(Debug, Clone, Default)]
pub struct Indexes {
    known: Arc<Mutex<Option<Known>>>,
}

#[derive(Debug, Clone)]
struct Known {
    present: Present,
    at: Instant,
}

/// Names on the server, by the names in the migration's file.
#[derive(Debug, Clone, Default)]
pub(super) struct Present(Arc<HashMap<String, String>>);

impl Present {
    /// What the server calls it, if it has it.
    pub(super) fn name(&self, index: Index) -> Option<&str> {
        match index.name() {
            "_id_" => Some("_id_"),
            wanted => self.0.get(wanted).map(String::as_str),
        }
    }
}

impl Indexes {
    fn known(&self) -> Option<Present> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        let complete = known.present.0.len() == wanted().count();
        (complete || known.at.elapsed() < BELIEVED).then(|| known.present.clone())
    }

    fn learn(&self, present: Present) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(Known { present, at: Instant::now() });
    }

    /// Somebody dropped one.
    pub(super) fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Store {
    /// The indexes that are there.
    pub(super) async fn list_indexes_present(&self) -> Result<Present, Failure> {
        if let Some(present) = self.lists.known() {
            return Ok(present);
        }
        let there = needs::indexes(self, QUOTES).await?;
        let found = wanted().filter_map(|wanted| {
            let name = match classify(wanted, &there) {
                IndexFinding::Present => wanted.name.clone(),
                IndexFinding::Rival { name } => name,
                IndexFinding::Missing
                | IndexFinding::RivalDifferent { .. }
                | IndexFinding::NameTaken { .. } => return None,
            };
            Some((wanted.name.clone(), name))
        });
        let present = Present(Arc::new(found.collect()));
        self.lists.learn(present.clone());
        Ok(present)
    }
}

/// What migration 012 makes.
fn wanted() -> impl Iterator<Item = &'static IndexDefinition> {
    let lists = needs::migrations().into_iter().filter(|it| it.version.to_string() == "012");
    lists.flat_map(|migration| &migration.steps).filter_map(|step| match step {
        Step::CreateIndex(create) => Some(&create.index),
        Step::AddField(_)
        | Step::RemoveField(_)
        | Step::RenameField(_)
        | Step::SetComputed(_)
        | Step::DropIndex(_)
        | Step::ExtendEnum(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Index, wanted};
    use crate::store::listing::Sort;

    #[test]
    fn the_migration_makes_what_lists_read() {
        let made: Vec<&str> = wanted().map(|index| index.name.as_str()).collect();
        let read = [
            Index::Sorted(Sort::Updated),
            Index::Sorted(Sort::Arrival),
            Index::Sorted(Sort::Total),
            Index::Status,
            Index::Author,
            Index::Destination,
            Index::Event,
            Index::Deleted,
            Index::Reference,
            Index::Words,
        ];
        assert_eq!(made, read.map(Index::name));
    }
}
