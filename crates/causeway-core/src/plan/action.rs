//! What a step would do to the database as it was found.

use serde::Serialize;

/// What a step would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Change documents, in batches.
    ChangeDocuments,
    /// Nothing: every document is as it should be. Known only when documents were counted.
    Nothing,
    /// Create the index.
    CreateIndex,
    /// Nothing: that very index is there under its name.
    IndexPresent,
    /// Drop what stands in the way, and create the index; undo makes the former ones again.
    ReplaceIndex {
        /// Names of the indexes that go.
        former: Vec<String>,
    },
    /// Not without permission: what stands in the way is another index.
    ReplaceIndexRefused {
        /// Which, and in which way it differs.
        difference: String,
    },
    /// Drop the index; undo makes it again.
    DropIndex,
    /// Nothing: there is no index of this name.
    IndexAbsent,
    /// Replace the validator by one that allows more.
    ExtendEnum {
        /// The values that it does not allow yet, as relaxed extended JSON.
        added: Vec<String>,
    },
    /// Nothing: there is no validator, or it does not restrict the path to a list.
    EnumNotRestricted,
    /// Nothing: the validator allows the values already.
    EnumAlready,
    /// Refused: the validator restricts the path in a place that can't be changed with certainty.
    EnumNotUnderstood {
        /// Which place, and why.
        reason: String,
    },
    /// Refused: there is no such collection.
    CollectionMissing,
    /// Refused: it is a view, a time-series or clustered collection, or capped.
    CollectionUnsuitable {
        /// Why.
        reason: String,
    },
}

impl Action {
    /// Whether the database stays as it is, and nothing is wrong with that.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing
            | Self::IndexPresent
            | Self::IndexAbsent
            | Self::EnumNotRestricted
            | Self::EnumAlready => true,
            Self::ChangeDocuments
            | Self::CreateIndex
            | Self::ReplaceIndex { .. }
            | Self::ReplaceIndexRefused { .. }
            | Self::DropIndex
            | Self::ExtendEnum { .. }
            | Self::EnumNotUnderstood { .. }
            | Self::CollectionMissing
            | Self::CollectionUnsuitable { .. } => false,
        }
    }
}
