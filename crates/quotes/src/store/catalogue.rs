//! What events and categories have in common: partial edits, guarded by the revision that somebody saw,
//! and written down in the audit log together with what they change.

mod edit;

use axum::{extract::FromRequestParts, http::request::Parts};
use bson::{DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::future::BoxFuture;
use mongodb::ClientSession;

use super::{Fault, Store, audit, author::Author};
use crate::{
    app::Shared,
    failure::Failure,
    maintenance::{Follower, explain, stay_open},
};

pub use edit::Edit;

/// Who writes the catalogue, while they may.
#[derive(Debug, Clone)]
pub struct Editor {
    /// Who.
    pub author: Author,
    /// What may not be written at present.
    pub maintenance: Follower,
}

impl FromRequestParts<Shared> for Editor {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Failure> {
        let author = Author::from_request_parts(parts, app).await?;
        Ok(Self { author, maintenance: app.maintenance.clone() })
    }
}

/// Something done to the catalogue.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    /// `event.create`.
    pub(super) action: &'static str,
    /// What is written besides.
    pub(super) collection: &'static str,
    /// The audit log's field for the id: `eventId`.
    pub(super) subject: &'static str,
    /// The id.
    pub(super) id: ObjectId,
    /// Which fields, and how a price moved.
    pub(super) details: Document,
}

impl Store {
    /// Writes the catalogue in one transaction.
    pub(super) async fn write_catalogue<T, F>(
        &self,
        collection: &str,
        what: &'static str,
        work: F,
    ) -> Result<T, Failure>
    where
        F: for<'s> FnMut(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Failure>>,
    {
        match self.transaction(what, work).await {
            Ok(value) => Ok(value),
            Err(failure) => Err(explain(self, collection, failure).await),
        }
    }

    /// Writes down what is done to the catalogue in the same transaction.
    ///
    /// It comes last in each: whether this may still be written is looked at here.
    pub(super) async fn record(
        &self,
        session: &mut ClientSession,
        editor: &Editor,
        deed: Deed,
    ) -> Result<(), Failure> {
        let author = &editor.author;
        let line = audit::Line {
            action: deed.action,
            subject: Some((deed.subject, deed.id.into())),
            at: DateTime::now(),
            details: Some(deed.details).filter(|it| !it.is_empty()),
        };
        self.write_line(session, author, line).await?;
        stay_open(&editor.maintenance, &author.principal, deed.collection)
    }

    /// A document as it is within a transaction.
    pub(super) async fn present(
        &self,
        session: &mut ClientSession,
        collection: &str,
        id: ObjectId,
    ) -> Result<Option<RawDocumentBuf>, Failure> {
        let documents = self.database.collection::<RawDocumentBuf>(collection);
        let find = documents.find_one(doc! { "_id": id }).session(session);
        self.call("read a document of the catalogue", find.into_future()).await
    }

    /// Adds a document; a unique index may say that its name is taken.
    pub(super) async fn insert(
        &self,
        session: &mut ClientSession,
        collection: &str,
        document: Document,
    ) -> Result<(), Failure> {
        let documents = self.collection(collection);
        let inserted = documents.insert_one(document).session(session).await;
        inserted.map(drop).map_err(|error| taken_or(Fault::of(error)))
    }

    /// Changes a document; a unique index may say that its name is taken.
    pub(super) async fn change(
        &self,
        session: &mut ClientSession,
        (collection, id): (&str, ObjectId),
        edit: &Edit,
    ) -> Result<(), Failure> {
        let documents = self.collection(collection);
        let updated =
            documents.update_one(doc! { "_id": id }, edit.update()).session(session).await;
        updated.map(drop).map_err(|error| taken_or(Fault::of(error)))
    }

    /// Removes a document.
    pub(super) async fn remove(
        &self,
        session: &mut ClientSession,
        (collection, id): (&str, ObjectId),
    ) -> Result<(), Failure> {
        let documents = self.collection(collection);
        let delete = documents.delete_one(doc! { "_id": id }).session(session);
        self.call("remove a document of the catalogue", delete.into_future()).await.map(drop)
    }
}

/// The revision that somebody saw must still stand.
pub(super) fn guard(document: &RawDocumentBuf, seen: Option<&str>) -> Result<(), Failure> {
    let present = quotes_core::quote::revision(document);
    match seen {
        Some(seen) if seen != present => Err(Failure::conflict(
            "VERSION_CONFLICT",
            "somebody else changed this meanwhile; read it again, and change what is there now",
        )),
        _ => Ok(()),
    }
}

/// Broken bytes are no document that can be edited.
pub(super) fn opened(document: &RawDocumentBuf) -> Result<Document, Failure> {
    Document::try_from(document.as_ref())
        .map_err(|error| Failure::unexpected(anyhow::Error::new(error).context("read a document")))
}

/// A unique index was quicker than we were.
fn taken_or(fault: Fault) -> Failure {
    if fault.is_duplicate() { taken() } else { fault.failure("write to the catalogue") }
}

pub(super) fn taken() -> Failure {
    let message = "there is one of that name already; names differ by more than case and accents";
    Failure::conflict("NAME_TAKEN", message)
}
