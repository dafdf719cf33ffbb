//! Names of the files of a dump, as MongoDB's own tools make them.
//!
//! A collection's name may hold what a file's name may not. The tools escape it like a query of an
//! address, and cut what is still too long, with a hash of the whole in place of the rest; the name
//! itself is then to be found in the metadata.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha1::{Digest as _, Sha1};

/// Ends of the names of files with documents.
pub const DATA: &str = ".bson";
/// Ends of the names of files that say what a collection is.
pub const METADATA: &str = ".metadata.json";
/// Follows both when the files are compressed.
pub const GZIP: &str = ".gz";
/// File that says which server and tool made a dump.
pub const PRELUDE: &str = "prelude.json";

/// 255 bytes, which a file's name may have, without the longest of its ends.
const STEM_BYTES_MAX: usize = 255 - ".metadata.json.gz".len();
const KEPT_OF_LONG_BYTES: usize = 208;

/// The name of a collection's files, without its end.
#[must_use]
pub fn stem(collection: &str) -> String {
    let escaped = escape(collection);
    if escaped.len() <= STEM_BYTES_MAX {
        return escaped;
    }
    let hash = URL_SAFE_NO_PAD.encode(Sha1::digest(collection.as_bytes()));
    // Escaped text has no characters of several bytes.
    format!("{}%24{hash}", &escaped[..KEPT_OF_LONG_BYTES])
}

/// The collection of a name without its end; none when it was cut, or is no such name. Tools before
/// 100.0 wrote the name nowhere else.
#[must_use]
pub fn collection_of(stem: &str) -> Option<String> {
    let is_cut = stem.len() == STEM_BYTES_MAX
        && stem.get(KEPT_OF_LONG_BYTES..).is_some_and(|end| end.starts_with("%24"));
    if is_cut { None } else { unescape(stem) }
}

fn escape(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn unescape(stem: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(stem.len());
    let mut rest = stem.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            b'+' => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
