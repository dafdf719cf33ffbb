//! What an API token is for.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One thing that a token may do, as far as the person in whose name it asks may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub enum Scope {
    /// Read quotes, enquiries, versions, mail.
    #[serde(rename = "quotes:read")]
    QuotesRead,
    /// Create, change, delete and send quotes.
    #[serde(rename = "quotes:write")]
    QuotesWrite,
    /// Read events, categories, packages.
    #[serde(rename = "catalogue:read")]
    CatalogueRead,
    /// Change events and categories.
    #[serde(rename = "catalogue:write")]
    CatalogueWrite,
    /// See how the application runs.
    #[serde(rename = "operate")]
    Operate,
}

impl Scope {
    /// All there are.
    pub const ALL: [Self; 5] = [
        Self::QuotesRead,
        Self::QuotesWrite,
        Self::CatalogueRead,
        Self::CatalogueWrite,
        Self::Operate,
    ];

    /// As it is stored and typed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::QuotesRead => "quotes:read",
            Self::QuotesWrite => "quotes:write",
            Self::CatalogueRead => "catalogue:read",
            Self::CatalogueWrite => "catalogue:write",
            Self::Operate => "operate",
        }
    }

    /// The words of all, for a message.
    #[must_use]
    pub fn words() -> String {
        Self::ALL.map(Self::word).join(", ")
    }
}

impl FromStr for Scope {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|scope| scope.word() == word);
        found.ok_or_else(|| anyhow::anyhow!("no scope is called `{word}`: {}", Self::words()))
    }
}
