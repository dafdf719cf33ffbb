//! One document's line in a digest file.
//!
//! The `_id` itself is kept, not its hash: a list of missing documents must name them, and an
//! ObjectId takes 13 bytes where a hash takes 16.

use crate::digest::Digest;

/// What a digest file holds of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `_id`, packed: type byte and value.
    pub id: Vec<u8>,
    /// Its hashes.
    pub digest: Digest,
    /// What the migration's fields looked like.
    pub state: State,
}

/// What the owned fields of a document looked like when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum State {
    /// As a database looks where the migration has not been applied.
    Absent = 0,
    /// As the migration wants it.
    Applied = 1,
    /// Present, but of a type or value that the migration does not want.
    Malformed = 2,
}

impl Record {
    /// Appends the record to `bytes`.
    pub fn write(&self, bytes: &mut Vec<u8>) {
        write_record(bytes, &self.id, self.digest, self.state);
    }
}

/// Appends a record without owning its `_id`: the hot loop of a pass writes millions of them.
pub fn write_record(bytes: &mut Vec<u8>, id: &[u8], digest: Digest, state: State) {
    let len = u32::try_from(id.len()).expect("an _id is far below four gigabytes");
    bytes.extend_from_slice(&len.to_le_bytes());
    bytes.extend_from_slice(id);
    bytes.extend_from_slice(&digest.all.to_le_bytes());
    bytes.extend_from_slice(&digest.rest.to_le_bytes());
    bytes.push(state as u8);
}

/// A digest file is cut or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the digest file is damaged at byte {offset} of its bucket")]
pub struct DamagedRecord {
    /// Where reading stopped.
    pub offset: usize,
}

/// Reads all records of a bucket.
///
/// # Errors
/// When the bucket is cut or damaged.
pub fn read_records(bucket: &[u8]) -> Result<Vec<Record>, DamagedRecord> {
    let mut records = Vec::with_capacity(bucket.len() / 50);
    let mut at = 0;
    while at < bucket.len() {
        let damaged = DamagedRecord { offset: at };
        let mut take = |len: usize| {
            let end = at.checked_add(len).ok_or(damaged)?;
            let taken = bucket.get(at..end).ok_or(damaged)?;
            at = end;
            Ok::<_, DamagedRecord>(taken)
        };
        let hash = |bytes: &[u8]| u128::from_le_bytes(bytes.try_into().expect("sixteen bytes"));
        let len = u32::from_le_bytes(take(4)?.try_into().expect("four bytes were taken"));
        let id = take(len as usize)?.to_vec();
        let all = hash(take(16)?);
        let rest = hash(take(16)?);
        let state = match take(1)? {
            [0] => State::Absent,
            [1] => State::Applied,
            [2] => State::Malformed,
            _ => return Err(damaged),
        };
        records.push(Record { id, digest: Digest { all, rest }, state });
    }
    Ok(records)
}
