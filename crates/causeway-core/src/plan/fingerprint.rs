//! The hash of a plan: what somebody approved.
//!
//! It covers the file, the target (replica set and database, not the host: a failover changes
//! nothing), the definitions found of indexes and validators, and the actions chosen with their
//! reasons. The number of documents to be changed goes in only as a bucket on a logarithmic scale,
//! each ten per cent wider than the one before, because a live database moves. A number near a
//! bucket's edge would leave it by the next document, so the neighbouring buckets are accepted too.

use sha2::{Digest, Sha256};

use super::StepPlan;
use crate::inventory::{Depth, Inventory};
use crate::migration::Migration;

/// How much wider each bucket is than the one before.
const BUCKET_GROWTH: f64 = 1.1;
/// Hex digits shown: enough to tell plans apart, short enough to be read out.
const HASH_DIGITS: usize = 12;

/// What a plan's hash is made from.
#[derive(Debug, Clone)]
pub(super) struct Fingerprint {
    /// Everything that must be the same, hashed.
    fixed: [u8; 32],
    /// The bucket of the number of documents; none when they were not counted.
    bucket: Option<i64>,
}

pub(super) fn take(
    migration: &Migration,
    inventory: &Inventory,
    steps: &[StepPlan],
) -> Fingerprint {
    let mut fixed = Parts(Sha256::new());
    fixed.add(migration.sha256.as_bytes());
    fixed.add(inventory.replica_set.as_deref().unwrap_or_default().as_bytes());
    fixed.add(inventory.database.as_bytes());
    for (name, facts) in &inventory.collections {
        fixed.add(name.as_bytes());
        fixed.add(format!("{:?} {}", facts.kind, facts.capped).as_bytes());
        fixed.add(facts.uuid.as_deref().unwrap_or_default().as_bytes());
        let mut indexes: Vec<Vec<u8>> = facts
            .indexes
            .iter()
            .map(|index| index.to_create_command_entry().into_bytes())
            .collect();
        indexes.sort();
        indexes.iter().for_each(|index| fixed.add(index));
        fixed.add(facts.validator.as_ref().map_or(&[], |validator| validator.as_bytes()));
        fixed.add(format!("{:?} {:?}", facts.validation_level, facts.validation_action).as_bytes());
    }
    for step in steps {
        fixed.add(format!("{:?}", step.action).as_bytes());
        step.by_reason.iter().for_each(|(reason, _)| fixed.add(reason.as_bytes()));
    }
    let counted = inventory.depth == Depth::Full;
    let documents = steps.iter().filter_map(|step| step.documents).sum();
    Fingerprint { fixed: fixed.0.finalize().into(), bucket: counted.then(|| bucket(documents)) }
}

impl Fingerprint {
    pub(super) fn hash(&self) -> String {
        self.hash_with(self.bucket)
    }

    pub(super) fn is_near(&self, hash: &str) -> bool {
        match self.bucket {
            None => self.hash_with(None) == hash,
            Some(bucket) => {
                (bucket - 1..=bucket + 1).any(|near| self.hash_with(Some(near)) == hash)
            }
        }
    }

    fn hash_with(&self, bucket: Option<i64>) -> String {
        let mut parts = Parts(Sha256::new());
        parts.add(&self.fixed);
        parts.add(format!("{bucket:?}").as_bytes());
        let hex: String = parts.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        hex[..HASH_DIGITS].to_owned()
    }
}

/// Parts of a hash, each with its length, so that two lists of parts never run into one another.
struct Parts(Sha256);

impl Parts {
    fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }
}

/// Nothing to do is a bucket of its own, far from all others.
pub(super) fn bucket(documents: u64) -> i64 {
    if documents == 0 {
        return -2;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 500 for the largest count there is")]
    let bucket = ((documents as f64).ln() / BUCKET_GROWTH.ln()).floor() as i64;
    bucket
}
