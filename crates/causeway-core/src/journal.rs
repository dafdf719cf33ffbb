//! What happened in a run: entries, and the one function that says which entry may follow which.
//!
//! An intent is written before a deed and a result after it. Recovery reads a journal through the
//! same function that guards writing it, so a journal that can be written can be resumed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Something a run does that the journal must know of before it is done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "deed", rename_all = "snake_case")]
pub enum Deed {
    /// Write the run's document and the `running` record.
    OpenRun,
    /// Read every document of a collection before the first write: digests and had-before list.
    Survey {
        /// Collection.
        collection: String,
    },
    /// Keep in the database what a rollback needs: had-before lists, indexes, validators.
    KeepBefore,
    /// One step of the migration, forwards or backwards.
    Step {
        /// Position in the file, from 0.
        step: usize,
    },
    /// One transaction that changes documents.
    Batch {
        /// Position of its step in the file, from 0.
        step: usize,
        /// Number of the batch in this run.
        batch: u64,
        /// Documents in it.
        documents: u64,
    },
    /// Create, drop or replace an index.
    Index {
        /// Position of its step in the file, from 0.
        step: usize,
        /// Index name.
        name: String,
    },
    /// Change a collection's validator.
    Validator {
        /// Position of its step in the file, from 0.
        step: usize,
    },
    /// Back up what a restore replaces.
    BackUp,
    /// Fill a collection from a backup, beside the present one.
    Fill {
        /// Collection.
        collection: String,
    },
    /// Put what was restored in the place of the present collection.
    Replace {
        /// Collection.
        collection: String,
    },
    /// A step of a run of the whole plan.
    Part {
        /// Which one.
        step: String,
    },
    /// Read everything again and compare.
    Verify,
    /// Write the record that says how the migration ended.
    Record,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Said {
    /// The run starts. First entry of every journal.
    Started {
        /// Command line without secrets.
        command: String,
        /// Who runs it.
        operator: String,
        /// Where.
        host: String,
    },
    /// A new process goes on with the run; open intents of the former one have unknown results.
    Resumed {
        /// Who resumes it.
        operator: String,
        /// Where.
        host: String,
    },
    /// About to do it.
    Intent(Deed),
    /// It is done.
    Done {
        /// What.
        #[serde(flatten)]
        deed: Deed,
        /// Result in words and numbers.
        result: String,
    },
    /// It was tried and is not done.
    NotDone {
        /// What.
        #[serde(flatten)]
        deed: Deed,
        /// Why.
        reason: String,
    },
    /// Something worth knowing that is no deed: a pause, a limit, a warning.
    Note {
        /// What.
        text: String,
    },
    /// The process ends in an orderly way.
    Ended {
        /// Outcome, as in the exit code table.
        outcome: String,
    },
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the line, from 0, without gaps.
    pub seq: u64,
    /// When, RFC 3339 with zone offset.
    pub at: String,
    /// What.
    #[serde(flatten)]
    pub said: Said,
}

/// The state of a run as far as its journal tells.
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts that become true one by one, not one state in several fields"
)]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    next_seq: u64,
    started: bool,
    ended: bool,
    open: BTreeSet<Deed>,
    verified: bool,
    recorded: bool,
}

/// An entry that may not follow the ones before it. Either a bug or a damaged file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("journal entry {seq} may not come here: {reason}")]
pub struct IllegalEntry {
    /// Number of the entry.
    pub seq: u64,
    /// Why not.
    pub reason: &'static str,
}

impl Journal {
    /// Takes the next entry in.
    ///
    /// # Errors
    /// When the entry may not follow the ones before it; the state is then as it was.
    pub fn admit(&mut self, entry: &Entry) -> Result<(), IllegalEntry> {
        let illegal = |reason| Err(IllegalEntry { seq: entry.seq, reason });
        if entry.seq != self.next_seq {
            return illegal("its number is not the next one");
        }
        if !self.started && !matches!(entry.said, Said::Started { .. }) {
            return illegal("a journal begins with the start of its run");
        }
        match &entry.said {
            Said::Started { .. } if self.started => return illegal("a run starts once"),
            Said::Started { .. } => self.started = true,
            Said::Resumed { .. } => {
                self.open.clear();
                self.ended = false;
                // Nobody knows what was written since: the new process has to look for itself.
                self.verified = false;
            }
            _ if self.ended => return illegal("the run has ended"),
            Said::Intent(deed) => {
                if let Some(reason) = self.objection_to(deed) {
                    return illegal(reason);
                }
                self.open.insert(deed.clone());
            }
            Said::Done { deed, .. } => {
                if !self.open.remove(deed) {
                    return illegal("a result without an intent");
                }
                match deed {
                    Deed::Verify => self.verified = true,
                    Deed::Record => self.recorded = true,
                    Deed::Batch { .. } | Deed::Index { .. } | Deed::Validator { .. } => {
                        self.verified = false;
                    }
                    Deed::OpenRun
                    | Deed::Survey { .. }
                    | Deed::KeepBefore
                    | Deed::Step { .. }
                    | Deed::BackUp
                    | Deed::Part { .. }
                    | Deed::Fill { .. }
                    | Deed::Replace { .. } => {}
                }
            }
            Said::NotDone { deed, .. } => {
                if !self.open.remove(deed) {
                    return illegal("a result without an intent");
                }
            }
            Said::Note { .. } => {}
            Said::Ended { .. } => self.ended = true,
        }
        self.next_seq += 1;
        Ok(())
    }

    fn objection_to(&self, deed: &Deed) -> Option<&'static str> {
        if self.open.contains(deed) {
            return Some("the same deed is open already");
        }
        let step_open = |step: &usize| self.open.contains(&Deed::Step { step: *step });
        match deed {
            Deed::Batch { step, .. } | Deed::Index { step, .. } | Deed::Validator { step } => {
                (!step_open(step)).then_some("its step is not open")
            }
            Deed::Verify => self
                .open
                .iter()
                .any(|open| matches!(open, Deed::Step { .. }))
                .then_some("a step is still open"),
            Deed::Record => (!self.verified).then_some("nothing has been verified since a write"),
            Deed::OpenRun
            | Deed::Survey { .. }
            | Deed::KeepBefore
            | Deed::Step { .. }
            | Deed::BackUp
            | Deed::Part { .. }
            | Deed::Fill { .. }
            | Deed::Replace { .. } => None,
        }
    }

    /// Number the next entry must have.
    #[must_use]
    pub const fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// Deeds whose result is not known.
    pub fn open(&self) -> impl Iterator<Item = &Deed> {
        self.open.iter()
    }

    /// Whether the run's final record was written.
    #[must_use]
    pub const fn recorded(&self) -> bool {
        self.recorded
    }

    /// Whether the process ended in an orderly way.
    #[must_use]
    pub const fn ended(&self) -> bool {
        self.ended
    }
}
