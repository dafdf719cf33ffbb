//! A request that is sent again is answered again, and done once: collection `idempotency_keys`.
//!
//! The answer is kept in the transaction of what it tells of, so there is never one without the other,
//! and of two requests at once the second waits for the first and gets its answer. Only what was done is
//! kept: a request that was refused may be put right and sent again under its key.

use axum::http::StatusCode;
use bson::{Binary, DateTime, Document, doc, spec::BinarySubtype};
use mongodb::ClientSession;
use sha2::{Digest as _, Sha256};

use super::{Fault, Store, author::Author};
use crate::failure::{Detail, Failure};

/// The collection. It forgets after a day.
pub const COLLECTION: &str = "idempotency_keys";
/// Code of the failure when somebody else was quicker with the same key.
pub const TAKEN: &str = "IDEMPOTENCY_KEY_TAKEN";

const KEY_BYTES_MAX: usize = 255;

/// A request that is done once, however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// Whose request of which route under which key.
    id: Vec<u8>,
    /// What was asked for.
    request: Vec<u8>,
}

/// An answer that can be given again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its status.
    pub status: StatusCode,
    /// Its body, JSON.
    pub body: String,
}

impl Once {
    /// The request of `author` to `route` (method and path) with `body` under the key that they chose.
    ///
    /// # Errors
    ///
    /// When the key is none: 1 to 255 printable characters of ASCII.
    pub fn new(author: &Author, route: &str, key: &[u8], body: &str) -> Result<Self, Failure> {
        let printable = key.iter().all(|byte| (b' '..=b'~').contains(byte));
        if key.is_empty() || key.len() > KEY_BYTES_MAX || !printable {
            return Err(Failure::invalid(
                "VALIDATION_ERROR",
                vec![Detail {
                    field: "Idempotency-Key".to_owned(),
                    code: "not_a_key".to_owned(),
                    message: format!(
                        "an Idempotency-Key is 1 to {KEY_BYTES_MAX} printable characters of ASCII"
                    ),
                }],
            ));
        }
        let (user, run) = (author.id(), author.principal.run().unwrap_or_default());
        let id = hash([&user.bytes(), run.as_bytes(), route.as_bytes(), key]);
        Ok(Self { id, request: hash([body.as_bytes()]) })
    }

    fn filter(&self) -> Document {
        doc! { "_id": binary(&self.id) }
    }

    fn document(&self, kept: &Kept) -> Document {
        let mut document = self.filter();
        document.extend(doc! {
            "requestHash": binary(&self.request),
            "status": i32::from(kept.status.as_u16()),
            "answer": &kept.body,
            "createdAt": DateTime::now(),
        });
        document
    }
}

/// Each part with its length before it, so that no two lists of parts hash alike.
fn hash<const PARTS: usize>(parts: [&[u8]; PARTS]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

fn binary(bytes: &[u8]) -> Binary {
    Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() }
}

impl Store {
    /// What was answered to this request before, if it came before.
    ///
    /// # Errors
    ///
    /// 422 when the key belongs to another request.
    pub async fn answer_before(&self, once: &Once) -> Result<Option<Kept>, Failure> {
        let keys = self.collection(COLLECTION);
        let find = keys.find_one(once.filter());
        let found = self.call("look for the idempotency key", find.into_future()).await?;
        let Some(found) = found else { return Ok(None) };
        if found.get_binary_generic("requestHash").ok() != Some(&once.request) {
            return Err(Failure::invalid(
                "IDEMPOTENCY_KEY_REUSED",
                vec![Detail {
                    field: "Idempotency-Key".to_owned(),
                    code: "reused".to_owned(),
                    message: "this Idempotency-Key was used for another request; choose a new one"
                        .to_owned(),
                }],
            ));
        }
        read(&found).map(Some).map_err(Failure::unexpected)
    }

    /// Keeps the answer of a request, in the transaction of what it did.
    ///
    /// # Errors
    ///
    /// [`TAKEN`] when the request was done meanwhile, by another copy of it.
    pub async fn keep_answer(
        &self,
        session: &mut ClientSession,
        once: &Once,
        kept: &Kept,
    ) -> Result<(), Failure> {
        self.keep_answers(session, [(once, kept.clone())]).await
    }

    /// The same of several requests.
    ///
    /// # Errors
    ///
    /// The same, when it is so with one of them.
    pub async fn keep_answers<'a>(
        &self,
        session: &mut ClientSession,
        answers: impl IntoIterator<Item = (&'a Once, Kept)>,
    ) -> Result<(), Failure> {
        let documents: Vec<Document> =
            answers.into_iter().map(|(once, kept)| once.document(&kept)).collect();
        if documents.is_empty() {
            return Ok(());
        }
        let keys = self.collection(COLLECTION);
        let insert = keys.insert_many(documents).session(session);
        let kept = self.attempt("keep the answer", insert.into_future()).await?;
        match kept.map_err(Fault::of) {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_duplicate() => Err(Failure::conflict(
                TAKEN,
                "the same request is being done at this moment; ask again for its answer",
            )),
            Err(fault) => Err(fault.failure("keep the answer")),
        }
    }
}

fn read(found: &Document) -> anyhow::Result<Kept> {
    let status = u16::try_from(found.get_i32("status")?)?;
    let body = found.get_str("answer")?.to_owned();
    Ok(Kept { status: StatusCode::from_u16(status)?, body })
}
