//! Creating, changing and deleting events.

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::{FutureExt as _, TryStreamExt as _};
use mongodb::ClientSession;
use quotes_core::fold::fold;

use super::{
    COLLECTION, in_use, not_found,
    pricing::{Price, pricing, reprice, shown},
};
use crate::{
    failure::{Detail, Failure},
    store::{
        Store,
        catalogue::{Deed, Edit, Editor, guard, opened, taken},
        categories,
    },
    take::Sent,
};

/// What changes of an event.
#[derive(Debug, Clone)]
pub struct EventEdit {
    /// Its own fields.
    pub(crate) fields: Edit,
    /// `pricing`, of which other programs may have written more than the price.
    pub(crate) price: Sent<Price>,
}

impl Store {
    /// Adds an event.
    ///
    /// # Errors
    ///
    /// When there is one of that name, a category is unknown, or the database does not take it.
    pub async fn create_event(
        &self,
        editor: &Editor,
        edit: EventEdit,
    ) -> Result<RawDocumentBuf, Failure> {
        let (id, now) = (ObjectId::new(), DateTime::now());
        let mut event = doc! {
            "_id": id, "categories": [], "destinations": [], "availableInAllDestinations": false,
            "isActive": true, "displayOrder": 0,
        };
        event.extend(edit.fields.created());
        if let Sent::Is(price) = edit.price {
            event.insert("pricing", pricing(price));
        }
        let by = editor.author.id();
        let metadata =
            doc! { "createdBy": by, "updatedBy": by, "createdAt": now, "updatedAt": now };
        event.extend(doc! { "metadata": metadata, "__v": 0 });
        self.write_catalogue(COLLECTION, "create an event", |session| {
            let (store, editor, event) = (self.clone(), editor.clone(), event.clone());
            async move {
                store.event_fits(session, id, &event).await?;
                let details = doc! { "price": shown(event.get("pricing")) };
                store.insert(session, COLLECTION, event).await?;
                let (action, subject) = ("event.create", "eventId");
                store
                    .record(
                        session,
                        &editor,
                        Deed { action, collection: COLLECTION, subject, id, details },
                    )
                    .await
            }
            .boxed()
        })
        .await?;
        self.event(id).await
    }

    /// Changes an event that is still as somebody saw it. No quote changes: each has the price of when
    /// it was chosen.
    ///
    /// # Errors
    ///
    /// When there is none, it changed meanwhile, another has the name, a category is unknown, or the
    /// database does not take it.
    pub async fn edit_event(
        &self,
        editor: &Editor,
        (id, seen): (ObjectId, Option<String>),
        edit: EventEdit,
    ) -> Result<RawDocumentBuf, Failure> {
        self.write_catalogue(COLLECTION, "change an event", |session| {
            let (store, editor) = (self.clone(), editor.clone());
            let (seen, edit) = (seen.clone(), edit.clone());
            async move {
                let raw = store.present(session, COLLECTION, id).await?.ok_or_else(not_found)?;
                guard(&raw, seen.as_deref())?;
                store.write_event(session, &editor, (id, opened(&raw)?, edit)).await
            }
            .boxed()
        })
        .await?;
        self.event(id).await
    }

    async fn write_event(
        &self,
        session: &mut ClientSession,
        editor: &Editor,
        (id, present, edit): (ObjectId, Document, EventEdit),
    ) -> Result<(), Failure> {
        let mut fields = edit.fields.against(&present);
        let wanted: Document = ["name", "categories"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), fields.get(name)?.clone())))
            .collect();
        self.event_fits(session, id, &wanted).await?;
        let mut details = doc! {};
        let before = shown(present.get("pricing"));
        if reprice(&mut fields, edit.price, &present) {
            details.insert("priceBefore", before);
        }
        if fields.is_empty() {
            return Ok(());
        }
        details.insert("fields", fields.names());
        stamp(&mut fields, editor.author.id(), &present);
        self.change(session, (COLLECTION, id), &fields).await?;
        let (action, subject) = ("event.update", "eventId");
        self.record(session, editor, Deed { action, collection: COLLECTION, subject, id, details })
            .await
    }

    /// Removes an event that is on no quote.
    ///
    /// # Errors
    ///
    /// When there is none, a quote has it, or the database does not take it.
    pub async fn delete_event(&self, editor: &Editor, id: ObjectId) -> Result<(), Failure> {
        self.write_catalogue(COLLECTION, "delete an event", |session| {
            let (store, editor) = (self.clone(), editor.clone());
            async move {
                store.present(session, COLLECTION, id).await?.ok_or_else(not_found)?;
                in_use(store.uses(session, id).await?)?;
                store.remove(session, (COLLECTION, id)).await?;
                let (action, subject) = ("event.delete", "eventId");
                let deed =
                    Deed { action, collection: COLLECTION, subject, id, details: Document::new() };
                store.record(session, &editor, deed).await
            }
            .boxed()
        })
        .await
    }

    /// Its categories exist, and nobody else has its name, case and accents aside.
    async fn event_fits(
        &self,
        session: &mut ClientSession,
        id: ObjectId,
        wanted: &Document,
    ) -> Result<(), Failure> {
        if let Ok(wanted) = wanted.get_array("categories") {
            self.categories_exist(session, wanted).await?;
        }
        let Ok(name) = wanted.get_str("name").map(fold) else { return Ok(()) };
        let events = self.collection(COLLECTION);
        let find = async {
            let others = events.find(doc! { "_id": { "$ne": id } }).projection(doc! { "name": 1 });
            let mut cursor = others.session(&mut *session).await?;
            cursor.stream(session).try_collect::<Vec<_>>().await
        };
        let others = self.call("look for events of that name", find).await?;
        let same = |other: &Document| other.get_str("name").is_ok_and(|it| fold(it) == name);
        if others.iter().any(same) { Err(taken()) } else { Ok(()) }
    }

    async fn categories_exist(
        &self,
        session: &mut ClientSession,
        wanted: &[Bson],
    ) -> Result<(), Failure> {
        if wanted.is_empty() {
            return Ok(());
        }
        let categories = self.collection(categories::COLLECTION);
        let distinct = categories.distinct("_id", doc! { "_id": { "$in": wanted } });
        let found =
            self.call("look for categories", distinct.session(session).into_future()).await?;
        let details: Vec<Detail> = (0..)
            .zip(wanted)
            .filter(|(_, id)| !found.contains(id))
            .map(|(position, _): (usize, _)| Detail {
                field: format!("categories.{position}"),
                code: "unknown_category".to_owned(),
                message: "there is no such category".to_owned(),
            })
            .collect();
        if details.is_empty() { Ok(()) } else { Err(Failure::invalid("VALIDATION_ERROR", details)) }
    }
}

/// Who changes it, and when. What is no object there is replaced.
fn stamp(fields: &mut Edit, by: ObjectId, present: &Document) {
    let now = DateTime::now();
    if present.get("metadata").is_none_or(|it| it.as_document().is_some()) {
        fields.set("metadata.updatedBy", by);
        fields.set("metadata.updatedAt", now);
    } else {
        fields.set("metadata", doc! { "updatedBy": by, "updatedAt": now });
    }
}
