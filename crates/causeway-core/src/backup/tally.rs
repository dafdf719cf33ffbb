//! The fingerprint of a set of documents, whatever order they come in.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use xxhash_rust::xxh3::xxh3_128;

/// Number, bytes and digest of documents. Two sets with the same tally are the same, for all that
/// accidents can do: the digest is the sum of an XXH3-128 hash of each document's raw BSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Documents.
    pub documents: u64,
    /// Their bytes, uncompressed.
    pub bytes: u64,
    /// Sum of their hashes, modulo 2^128; 32 hexadecimal digits where it is written.
    #[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
    pub digest: u128,
}

impl Tally {
    /// Counts a document in.
    pub fn add(&mut self, document: &[u8]) {
        self.documents += 1;
        self.bytes += document.len() as u64;
        self.digest = self.digest.wrapping_add(xxh3_128(document));
    }

    /// Counts all documents of another tally in.
    pub fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        self.digest = self.digest.wrapping_add(other.digest);
    }
}

fn to_hex<S: Serializer>(digest: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{digest:032x}"))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    let text = String::deserialize(deserializer)?;
    u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
}
