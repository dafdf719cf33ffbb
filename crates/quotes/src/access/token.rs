//! API tokens: a program asks in somebody's name, for what the token is for.

use bson::{DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::ClientSession;

use super::{Fingerprint, Scope};
use crate::{failure::Failure, store::Store};

/// What a token begins with, so that one that lies around is known for what it is.
pub(super) const PREFIX: &str = "qt_";
/// Nobody has more; lists are that long.
const TOKENS_MAX: i64 = 1_000;
/// That a token was used is written down at most that often.
const WRITTEN_MILLIS: i64 = 60_000;

/// A token, without its secret, which nobody knows but who was told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `_id`.
    pub id: ObjectId,
    /// What it is for, in somebody's words.
    pub name: String,
    /// In whose name it asks.
    pub user: ObjectId,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: DateTime,
    /// When it was last used, to the minute.
    pub used: Option<DateTime>,
    /// When it ends by itself.
    pub expires: Option<DateTime>,
    /// When somebody ended it.
    pub revoked: Option<DateTime>,
}

impl Token {
    fn read(document: &Document) -> Option<Self> {
        let time = |field| document.get_datetime(field).ok().copied();
        let scopes = document.get_array("scopes").ok()?.iter();
        Some(Self {
            id: document.get_object_id("_id").ok()?,
            name: document.get_str("name").unwrap_or_default().to_owned(),
            user: document.get_object_id("userId").ok()?,
            scopes: scopes.filter_map(|scope| scope.as_str()?.parse().ok()).collect(),
            created: time("createdAt")?,
            used: time("lastUsedAt"),
            expires: time("expiresAt"),
            revoked: time("revokedAt"),
        })
    }

    /// Whether it lets anybody in at this time.
    #[must_use]
    pub fn is_valid(&self, now: DateTime) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// The collection `api_tokens`.
#[derive(Debug, Clone)]
pub struct Tokens {
    store: Store,
}

impl Tokens {
    pub(super) fn of(store: Store) -> Self {
        Self { store }
    }

    /// The valid token of a secret.
    pub(super) async fn valid(&self, secret: Fingerprint) -> Result<Option<Token>, Failure> {
        let tokens = self.store.collection("api_tokens");
        let find = tokens.find_one(doc! { "hash": secret.stored() }).into_future();
        let found = self.store.call("look for a token", find).await?;
        let now = DateTime::now();
        let found = found.as_ref().and_then(Token::read).filter(|token| token.is_valid(now));
        if let Some(token) = &found {
            self.used(token, now).await?;
        }
        Ok(found)
    }

    async fn used(&self, token: &Token, now: DateTime) -> Result<(), Failure> {
        let minute_ago = DateTime::from_millis(now.timestamp_millis() - WRITTEN_MILLIS);
        if token.used.is_some_and(|used| used > minute_ago) {
            return Ok(());
        }
        // Of those who look at the same time, the first one writes.
        let filter = doc! { "_id": token.id, "lastUsedAt": token.used };
        let set = doc! { "$set": { "lastUsedAt": now } };
        let tokens = self.store.collection("api_tokens");
        let write = tokens.update_one(filter, set).into_future();
        self.store.call("note that a token was used", write).await?;
        Ok(())
    }

    /// All tokens, the newest first.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn list(&self) -> Result<Vec<Token>, Failure> {
        let tokens = self.store.collection("api_tokens");
        let found = tokens
            .find(doc! {})
            .sort(doc! { "_id": -1 })
            .limit(TOKENS_MAX)
            .projection(doc! { "hash": 0 });
        let read = async move { found.await?.try_collect::<Vec<Document>>().await };
        let documents = self.store.call("list tokens", read).await?;
        Ok(documents.iter().filter_map(Token::read).collect())
    }

    /// Stores a token.
    pub(super) async fn insert(
        &self,
        token: &Token,
        secret: Fingerprint,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
        let mut document = doc! {
            "_id": token.id,
            "hash": secret.stored(),
            "name": &token.name,
            "userId": token.user,
            "scopes": scopes,
            "createdAt": token.created,
        };
        if let Some(expires) = token.expires {
            document.insert("expiresAt", expires);
        }
        let tokens = self.store.collection("api_tokens");
        let write = tokens.insert_one(document).session(session).into_future();
        self.store.call("store a token", write).await?;
        Ok(())
    }

    /// Ends a token. One that was ended before stays as it is.
    pub(super) async fn revoke(
        &self,
        id: ObjectId,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let tokens = self.store.collection("api_tokens");
        let now = bson::Bson::DateTime(DateTime::now());
        let first = vec![doc! { "$set": { "revokedAt": { "$ifNull": ["$revokedAt", now] } } }];
        let write = tokens.update_one(doc! { "_id": id }, first).session(session).into_future();
        let written = self.store.call("revoke a token", write).await?;
        if written.matched_count == 0 {
            return Err(not_found());
        }
        Ok(())
    }
}

/// There is no such token.
#[must_use]
pub fn not_found() -> Failure {
    Failure::not_found("TOKEN_NOT_FOUND", "there is no such token")
}
