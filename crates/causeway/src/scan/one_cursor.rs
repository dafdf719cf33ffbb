//! Reading with one cursor: what has no index on `_id`, what no snapshot can be had of, and what only
//! few documents are wanted of.

use std::sync::atomic::AtomicBool;

use bson::{Document, doc};

use super::{FIRST_REPLY_DOCUMENTS, ReadError, Scan, Visitor, Work};
use crate::failure::{Attempt, Result};

/// What a cursor that reads everything may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One instant.
    Snapshot,
    /// Whatever was there at the beginning, and what comes while it reads, too.
    Majority,
    /// Whatever is there: for a server that is no replica set and that nobody else uses.
    Local,
}

impl Scan<'_> {
    /// Reads everything with one cursor, in the order in which it lies there: for what has no index
    /// on `_id`, and for what a snapshot can't be had of. A cursor that breaks off is not gone on
    /// with, for nothing tells where it was.
    ///
    /// # Errors
    /// When the server can't be read any more, or those of the visitor.
    pub async fn in_one<V: Visitor>(&self, visitor: V, level: Level) -> Result<V::Seen> {
        self.in_cursor(self.find_command(level), visitor).await
    }

    /// Reads those documents that the server finds at the moment of the snapshot, with one cursor.
    ///
    /// # Errors
    /// When the server can't be read any more, or those of the visitor.
    pub async fn matching<V: Visitor>(&self, filter: Document, visitor: V) -> Result<V::Seen> {
        let mut command = self.find_command(Level::Snapshot);
        command.insert("filter", filter);
        self.in_cursor(command, visitor).await
    }

    fn find_command(&self, level: Level) -> Document {
        let concern = match level {
            Level::Snapshot => doc! { "level": "snapshot", "atClusterTime": self.at },
            // Without a time the server may answer with what was there before it.
            Level::Majority => doc! { "level": "majority", "afterClusterTime": self.at },
            Level::Local => doc! { "level": "local" },
        };
        doc! { "find": self.collection, "batchSize": FIRST_REPLY_DOCUMENTS,
        "readConcern": concern, "comment": self.comment }
    }

    async fn in_cursor<V: Visitor>(&self, command: Document, visitor: V) -> Result<V::Seen> {
        let mut work = Work { visitor, documents: 0, later_snapshot: None, last_id: Vec::new() };
        match self.take_all(command, &mut work, &AtomicBool::new(false)).await {
            Ok(_) => {}
            Err(ReadError::Final(failure)) => return Err(failure),
            Err(ReadError::Retry(error)) => {
                return Err(error).attempt(|| format!("read {} to its end", self.collection));
            }
        }
        work.visitor.finish().await
    }
}
