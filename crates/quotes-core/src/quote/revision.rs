//! Which state of a document somebody saw.

use bson::RawDocument;

/// Lower-case hex of the 128 bits of xxh3 over the document's bytes: a change by any program, of any
/// field, makes another revision.
pub fn revision(document: &RawDocument) -> String {
    format!("{:032x}", xxhash_rust::xxh3::xxh3_128(document.as_bytes()))
}
