//! A second opinion: what every quote was, remembered without any of Causeway's code.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use anyhow::Result;
use bson::{Bson, RawDocument};
use mongodb::Database;

use crate::raw;

/// Every quote by its `_id`, as a hash of all its bytes.
pub(super) struct Witness {
    quotes: HashMap<String, u64>,
}

/// How the quotes of now compare.
pub(super) struct Comparison {
    /// Left alone by people, and byte for byte as before.
    pub(super) same: u64,
    /// Left alone by people, and yet different, missing or new.
    pub(super) different: u64,
}

impl Witness {
    /// Looks at all quotes.
    pub(super) async fn look(database: &Database) -> Result<Self> {
        let mut quotes = HashMap::new();
        raw::read(database, "quotes", |quote| {
            let mut hasher = DefaultHasher::new();
            quote.as_bytes().hash(&mut hasher);
            quotes.insert(id_of(quote), hasher.finish());
        })
        .await?;
        Ok(Self { quotes })
    }

    /// Compares with what there is now, leaving out what people touched.
    pub(super) async fn compare(
        &self,
        database: &Database,
        touched: &HashSet<String>,
    ) -> Result<Comparison> {
        let now = Self::look(database).await?;
        let left_alone = |id: &&String| !touched.contains(*id);
        let is_same = |id: &&String| self.quotes.get(*id) == now.quotes.get(*id);
        let all: HashSet<&String> = self.quotes.keys().chain(now.quotes.keys()).collect();
        let (same, different): (Vec<&String>, Vec<&String>) =
            all.into_iter().filter(left_alone).partition(is_same);
        Ok(Comparison { same: same.len() as u64, different: different.len() as u64 })
    }

    /// How many quotes there were.
    pub(super) fn quotes(&self) -> u64 {
        self.quotes.len() as u64
    }
}

/// A name for an `_id` of any type.
pub(super) fn name(id: &Bson) -> String {
    id.clone().into_canonical_extjson().to_string()
}

fn id_of(quote: &RawDocument) -> String {
    let id = quote.get("_id").ok().flatten().and_then(|id| Bson::try_from(id).ok());
    id.map_or_else(String::new, |id| name(&id))
}
