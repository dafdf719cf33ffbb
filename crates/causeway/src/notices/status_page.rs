//! The status page: what there is to say now in one sentence, and what was said before.
//!
//! It is made anew of all notices that go through it, as a folder for a web server and as a document
//! in the database: whichever of the two can be reached says the same.

use std::path::Path;

use bson::doc;
use jiff::Timestamp;

use super::means;
use super::moment::Channel;
use super::store;
use crate::failure::{Attempt, Result};
use crate::requests;
use crate::target::Target;

mod content;
mod feed;
mod folder;
mod html;

pub(super) use content::Content;

/// `_id` of the document in `causeway_state`.
pub(super) const DOCUMENT: &str = "status_page";
/// So many notices are shown.
const NOTICES_MAX: u32 = 50;

/// What the page says at this moment.
///
/// # Errors
/// When the notices can't be read.
pub(super) async fn content(target: &Target, page: &means::Page) -> Result<Content> {
    let notices = store::latest_through(target, Channel::StatusPage, NOTICES_MAX).await?;
    Ok(Content::of(&notices, &page.title, Timestamp::now()))
}

/// Writes the document.
///
/// # Errors
/// When the server refuses.
pub(super) async fn write_document(target: &Target, page: &means::Page) -> Result<()> {
    let writing = || format!("write the status page into {}", requests::COLLECTION);
    let mut document =
        bson::serialize_to_document(&content(target, page).await?).attempt(writing)?;
    document.insert("_id", DOCUMENT);
    let state = target.database.collection::<bson::Document>(requests::COLLECTION);
    let replaced = state.replace_one(doc! { "_id": DOCUMENT }, document).upsert(true).await;
    replaced.attempt(writing).map(drop)
}

/// Writes the folder.
///
/// # Errors
/// When a file can't be written; then the former one is still there.
pub(super) async fn write_folder(target: &Target, page: &means::Page, folder: &Path) -> Result<()> {
    let content = content(target, page).await?;
    let json = serde_json::to_string_pretty(&content)
        .attempt(|| "write the status page as JSON".to_owned())?;
    folder::write(
        folder,
        &[
            ("status.json", &format!("{json}\n")),
            ("feed.xml", &feed::feed(&content, page.url.as_deref())?),
            ("index.html", &html::html(&content)?),
        ],
    )
}
