//! The fingerprint of a document: of all its bytes, and of all but the fields a migration owns.
//!
//! Two hashes are enough to prove what a migration did to a document. When the hash of the rest is
//! the same before and after, no byte outside the owned fields changed, and no field changed its
//! place. After a rollback the hash of everything must be the same.
//!
//! Hashes are XXH3-128 of raw BSON: they find accidents, not adversaries who choose documents.

/// The two hashes of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest {
    /// Of all bytes of the document.
    pub all: u128,
    /// Of all elements, in order, that the migration does not own. The length prefix of the
    /// document is not part of it: it changes with the owned fields.
    pub rest: u128,
}

/// The bucket, of `1 << bits`, into which a document with this `_id` falls.
///
/// `id` is the packed form of [`crate::element::Element::packed_value`].
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the high bits are shifted down first")]
pub fn bucket_of(id: &[u8], bits: u32) -> usize {
    (xxhash_rust::xxh3::xxh3_64(id) >> (64 - bits)) as usize
}
