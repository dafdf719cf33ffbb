//! Lists of raw values in binary chunks: the had-before list and the archive.
//!
//! A value that is to come back byte for byte can't be kept as a field of a document: the server
//! rewrites some timestamps, a wrapped value may be nested too deep, a large one may not fit. So
//! entries are packed into binary values of at most [`CHUNK_BYTES_MAX`].

/// A chunk is closed before it grows beyond this. A document holds at most 16 MB.
pub const CHUNK_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One document's entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// `_id`, packed: type byte and value.
    pub id: Vec<u8>,
    /// The value that was replaced or removed, packed; none when the field was absent.
    pub value: Option<Vec<u8>>,
    /// Name of the field before it; none when it was the first. Only where the place matters.
    pub after: Option<Vec<u8>>,
    /// Hash of all but the owned fields at that moment; for a computed field, of what was computed.
    pub rest: u128,
}

impl Entry {
    /// Bytes it takes in a chunk.
    #[must_use]
    pub fn len(&self) -> usize {
        let optional = |bytes: &Option<Vec<u8>>| 5 + bytes.as_ref().map_or(0, Vec::len);
        4 + self.id.len() + optional(&self.value) + optional(&self.after) + 16
    }

    /// Never true; entries have a fixed overhead.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Appends the entry to `chunk`.
    pub fn write(&self, chunk: &mut Vec<u8>) {
        write_bytes(chunk, &self.id);
        write_optional(chunk, self.value.as_deref());
        write_optional(chunk, self.after.as_deref());
        chunk.extend_from_slice(&self.rest.to_le_bytes());
    }
}

/// The chunk is cut or damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the archive chunk is damaged at byte {offset} of {len}")]
pub struct Damaged {
    /// Where reading stopped.
    pub offset: usize,
    /// Length of the chunk.
    pub len: usize,
}

/// Reads all entries of a chunk.
///
/// # Errors
/// When the chunk is cut or damaged.
pub fn read(chunk: &[u8]) -> Result<Vec<Entry>, Damaged> {
    let mut cursor = Cursor { chunk, at: 0 };
    let mut entries = Vec::new();
    while cursor.at < chunk.len() {
        entries.push(Entry {
            id: cursor.bytes()?.to_vec(),
            value: cursor.optional()?,
            after: cursor.optional()?,
            rest: cursor.hash()?,
        });
    }
    Ok(entries)
}

/// Splits entries into chunks of at most [`CHUNK_BYTES_MAX`], in order.
///
/// A single larger entry gets a chunk of its own, which the caller has to cut into pieces of that
/// size when it stores it; see [`pieces`].
#[must_use]
pub fn chunks(entries: &[Entry]) -> Vec<Vec<u8>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    for entry in entries {
        if !chunk.is_empty() && chunk.len() + entry.len() > CHUNK_BYTES_MAX {
            chunks.push(std::mem::take(&mut chunk));
        }
        entry.write(&mut chunk);
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

/// Cuts one chunk into pieces that fit a document each.
pub fn pieces(chunk: &[u8]) -> impl Iterator<Item = &[u8]> {
    chunk.chunks(CHUNK_BYTES_MAX)
}

struct Cursor<'a> {
    chunk: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Damaged> {
        let damaged = Damaged { offset: self.at, len: self.chunk.len() };
        let end = self.at.checked_add(len).ok_or(damaged)?;
        let taken = self.chunk.get(self.at..end).ok_or(damaged)?;
        self.at = end;
        Ok(taken)
    }

    fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let len = self.take(4)?;
        let len = u32::from_le_bytes(len.try_into().expect("four bytes were taken"));
        self.take(len as usize)
    }

    fn optional(&mut self) -> Result<Option<Vec<u8>>, Damaged> {
        let at = self.at;
        match self.take(1)? {
            [0] => self.bytes().map(|_| None),
            [1] => self.bytes().map(|bytes| Some(bytes.to_vec())),
            _ => Err(Damaged { offset: at, len: self.chunk.len() }),
        }
    }

    fn hash(&mut self) -> Result<u128, Damaged> {
        let hash = self.take(16)?;
        Ok(u128::from_le_bytes(hash.try_into().expect("sixteen bytes were taken")))
    }
}

fn write_bytes(chunk: &mut Vec<u8>, bytes: &[u8]) {
    let len = u32::try_from(bytes.len()).expect("a BSON value is below four gigabytes");
    chunk.extend_from_slice(&len.to_le_bytes());
    chunk.extend_from_slice(bytes);
}

fn write_optional(chunk: &mut Vec<u8>, bytes: Option<&[u8]>) {
    chunk.push(u8::from(bytes.is_some()));
    write_bytes(chunk, bytes.unwrap_or_default());
}
