//! Categories: collection `categories`, a handful of documents.

use std::collections::HashMap;

use bson::{DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::{FutureExt as _, TryStreamExt as _};
use mongodb::ClientSession;
use quotes_core::fold::fold;

use super::{
    Store,
    catalogue::{Deed, Edit, Editor, guard, opened, taken},
};
use crate::failure::Failure;

/// The collection.
pub const COLLECTION: &str = "categories";
/// More are never read.
const CATEGORIES_MAX: i64 = 1_000;

impl Store {
    /// All categories, in the order in which people see them.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn categories(&self) -> Result<Vec<RawDocumentBuf>, Failure> {
        let categories = self.database.collection::<RawDocumentBuf>(COLLECTION);
        let order = doc! { "displayOrder": 1, "name": 1, "_id": 1 };
        let find = async {
            categories.find(doc! {}).sort(order).limit(CATEGORIES_MAX).await?.try_collect().await
        };
        self.call("list categories", find).await
    }

    /// One category.
    ///
    /// # Errors
    ///
    /// When there is none, or the database does not answer.
    pub async fn category(&self, id: ObjectId) -> Result<RawDocumentBuf, Failure> {
        let categories = self.database.collection::<RawDocumentBuf>(COLLECTION);
        let find = categories.find_one(doc! { "_id": id }).into_future();
        self.call("read a category", find).await?.ok_or_else(not_found)
    }

    /// How many events each category has, whatever their state.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn events_by_category(&self) -> Result<HashMap<ObjectId, u32>, Failure> {
        let events = self.collection(super::events::COLLECTION);
        let find = async {
            let projection = doc! { "_id": 0, "categories": 1 };
            events.find(doc! {}).projection(projection).await?.try_collect::<Vec<_>>().await
        };
        let mut counts = HashMap::new();
        for event in self.call("count events by category", find).await? {
            let categories = event.get_array("categories").into_iter().flatten();
            for category in categories.filter_map(bson::Bson::as_object_id) {
                *counts.entry(category).or_default() += 1;
            }
        }
        Ok(counts)
    }

    /// Adds a category; its slug is made from its name.
    ///
    /// # Errors
    ///
    /// When there is one of that name, or the database does not take it.
    pub async fn create_category(
        &self,
        editor: &Editor,
        edit: Edit,
        slug: String,
    ) -> Result<RawDocumentBuf, Failure> {
        let (id, now) = (ObjectId::new(), DateTime::now());
        let mut category = doc! {
            "_id": id, "slug": slug, "isSystem": false, "isActive": true, "displayOrder": 0,
        };
        category.extend(edit.created());
        category.extend(doc! { "createdAt": now, "updatedAt": now, "__v": 0 });
        self.write_catalogue(COLLECTION, "create a category", |session| {
            let (store, editor, category) = (self.clone(), editor.clone(), category.clone());
            async move {
                store.category_name_free(session, id, &category).await?;
                store.insert(session, COLLECTION, category).await?;
                let (action, subject) = ("category.create", "categoryId");
                let deed =
                    Deed { action, collection: COLLECTION, subject, id, details: Document::new() };
                store.record(session, &editor, deed).await
            }
            .boxed()
        })
        .await?;
        self.category(id).await
    }

    /// Changes a category that is still as somebody saw it.
    ///
    /// # Errors
    ///
    /// When there is none, it changed meanwhile, another has the name, or the database does not take it.
    pub async fn edit_category(
        &self,
        editor: &Editor,
        (id, seen): (ObjectId, Option<String>),
        edit: Edit,
    ) -> Result<RawDocumentBuf, Failure> {
        self.write_catalogue(COLLECTION, "change a category", |session| {
            let (store, editor) = (self.clone(), editor.clone());
            let (seen, edit) = (seen.clone(), edit.clone());
            async move {
                let raw = store.present(session, COLLECTION, id).await?.ok_or_else(not_found)?;
                guard(&raw, seen.as_deref())?;
                let mut edit = edit.against(&opened(&raw)?);
                if edit.is_empty() {
                    return Ok(());
                }
                if let Some(name) = edit.get("name") {
                    store.category_name_free(session, id, &doc! { "name": name }).await?;
                }
                let details = doc! { "fields": edit.names() };
                edit.set("updatedAt", DateTime::now());
                store.change(session, (COLLECTION, id), &edit).await?;
                let (action, subject) = ("category.update", "categoryId");
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
        self.category(id).await
    }

    /// Removes a category that is no system one and that no event has.
    ///
    /// # Errors
    ///
    /// When there is none, it may not be removed, or the database does not take it.
    pub async fn delete_category(&self, editor: &Editor, id: ObjectId) -> Result<(), Failure> {
        self.write_catalogue(COLLECTION, "delete a category", |session| {
            let (store, editor) = (self.clone(), editor.clone());
            async move {
                let raw = store.present(session, COLLECTION, id).await?.ok_or_else(not_found)?;
                if raw.get_bool("isSystem").unwrap_or_default() {
                    let message = "this category belongs to the system; deactivate it instead";
                    return Err(Failure::conflict("SYSTEM_CATEGORY", message));
                }
                let events = store.collection(super::events::COLLECTION);
                let count =
                    events.count_documents(doc! { "categories": id }).session(&mut *session);
                in_use(store.call("count a category's events", count.into_future()).await?)?;
                store.remove(session, (COLLECTION, id)).await?;
                let (action, subject) = ("category.delete", "categoryId");
                let deed =
                    Deed { action, collection: COLLECTION, subject, id, details: Document::new() };
                store.record(session, &editor, deed).await
            }
            .boxed()
        })
        .await
    }

    /// Nobody else has the slug or, case and accents aside, the name.
    async fn category_name_free(
        &self,
        session: &mut ClientSession,
        id: ObjectId,
        wanted: &Document,
    ) -> Result<(), Failure> {
        let others = self.collection(COLLECTION);
        let find = async {
            let mut cursor =
                others.find(doc! { "_id": { "$ne": id } }).session(&mut *session).await?;
            cursor.stream(session).try_collect::<Vec<_>>().await
        };
        let others = self.call("look for categories of that name", find).await?;
        let name = fold(wanted.get_str("name").unwrap_or_default());
        let same = |other: &Document| {
            other.get_str("name").is_ok_and(|it| fold(it) == name)
                || other.get("slug").is_some_and(|it| wanted.get("slug") == Some(it))
        };
        if others.iter().any(same) { Err(taken()) } else { Ok(()) }
    }
}

fn in_use(events: u64) -> Result<(), Failure> {
    if events == 0 {
        return Ok(());
    }
    let message =
        format!("{events} events are in this category; move them first, or deactivate it");
    Err(Failure::conflict("CATEGORY_IN_USE", message))
}

/// There is no such category, or no such id.
pub(crate) fn not_found() -> Failure {
    Failure::not_found("CATEGORY_NOT_FOUND", "there is no such category")
}
