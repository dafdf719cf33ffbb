//! Documents whose added field a rollback does not take away: those that had it before, and those
//! whose malformed value was just put back.
//!
//! Only hashes are in memory, and only those of one share of the `_id` space at a time: for a
//! collection of any size the rollback goes through the shares one after the other.

use std::collections::HashSet;

use bson::doc;
use causeway_core::digest::bucket_of;
use futures_util::StreamExt;
use xxhash_rust::xxh3::xxh3_128;

use crate::archive::{self, Kind};
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// Hashes held at a time: about 100 MB.
const HASHES_MAX: u64 = 3_000_000;
/// Shares are sets of these buckets.
const BUCKET_BITS: u32 = 12;

/// The kept documents of one share.
#[derive(Debug)]
pub struct KeepSet {
    hashes: HashSet<u128>,
    share: usize,
    shares: usize,
}

/// Whose kept documents.
#[derive(Debug, Clone, Copy)]
pub struct Kept<'a> {
    /// Application.
    pub application: &'a str,
    /// Epoch under which its state before was kept.
    pub survey_epoch: i64,
    /// Position of the step in the file.
    pub step: usize,
}

impl Kept<'_> {
    fn filter(&self) -> bson::Document {
        let step = i64::try_from(self.step).expect("steps are few");
        doc! { "application": self.application, "step": step,
        "$or": [
            { "kind": Kind::HadBefore.word(), "epoch": self.survey_epoch },
            { "kind": Kind::Replaced.word() },
        ] }
    }

    /// Number of shares that the documents have to be taken in.
    ///
    /// # Errors
    /// When the archive can't be read.
    pub async fn shares(&self, target: &Target) -> Result<usize> {
        let counting = [
            doc! { "$match": self.filter() },
            doc! { "$group": { "_id": null, "entries": { "$sum": "$entries" } } },
        ];
        let attempted = || "count the documents that keep their field".to_owned();
        let mut cursor =
            archive::collection(target).aggregate(counting).await.attempt(attempted)?;
        let total = match cursor.next().await {
            Some(total) => total.attempt(attempted)?.get_i64("entries").unwrap_or_default(),
            None => 0,
        };
        let shares = u64::try_from(total).unwrap_or_default() / HASHES_MAX + 1;
        Ok(usize::try_from(shares).unwrap_or(usize::MAX).min(1 << BUCKET_BITS))
    }

    /// Loads one share.
    ///
    /// # Errors
    /// When the archive can't be read.
    pub async fn load(&self, target: &Target, share: usize, shares: usize) -> Result<KeepSet> {
        let mut set = KeepSet { hashes: HashSet::new(), share, shares };
        archive::each_chunk(target, self.filter(), async |chunk| {
            for entry in &chunk.entries {
                if set.is_in_share(&entry.id) {
                    set.hashes.insert(xxh3_128(&entry.id));
                }
            }
            Ok(())
        })
        .await?;
        Ok(set)
    }
}

impl KeepSet {
    /// Whether the document belongs to this share.
    #[must_use]
    pub fn is_in_share(&self, id: &[u8]) -> bool {
        bucket_of(id, BUCKET_BITS) % self.shares == self.share
    }

    /// Whether the document keeps its field.
    #[must_use]
    pub fn keeps(&self, id: &[u8]) -> bool {
        self.hashes.contains(&xxh3_128(id))
    }
}
