//! A new quote: it, its audit entry and what its enquiry says of it.

use std::sync::Arc;

use axum::http::StatusCode;
use bson::{Bson, DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::{FutureExt as _, try_join};
use mongodb::ClientSession;
use quotes_core::{
    changes::{Changes, Edited, Identity},
    document,
    quote::Quote,
};

use super::{Done, Present, Ready, count, gate, material::Around, present::QUOTES, refused};
use crate::{
    app::Shared,
    failure::Failure,
    store::{
        audit::{Action, Entry},
        author::Author,
        idempotency::{Once, TAKEN},
    },
};

const ENQUIRIES: &str = "enquiries";

/// Everything that is written, decided before anything is.
struct Creation {
    app: Shared,
    author: Author,
    raw: RawDocumentBuf,
    entry: Entry,
    /// The enquiry that gets to know of it.
    enquiry: Option<ObjectId>,
    ready: Ready,
    once: Option<Once>,
}

/// Makes a quote of what was sent. Returns 201 with all of it.
///
/// # Errors
///
/// What is wrong with what was sent, or that the database does not take it.
pub async fn create(
    app: Shared,
    author: Author,
    changes: Changes,
    once: Option<Once>,
) -> Result<Ready, Failure> {
    match made(app, author, changes, once).await {
        Ok((ready, quote)) => {
            count::created(&quote);
            Ok(ready)
        }
        Err(failure) => {
            // Of a repetition the first time counts.
            if failure.code != TAKEN {
                count::not_created(&failure);
            }
            Err(failure)
        }
    }
}

async fn made(
    app: Shared,
    author: Author,
    changes: Changes,
    once: Option<Once>,
) -> Result<(Ready, Quote), Failure> {
    let enquiry = changes.enquiry();
    let (around, ()) =
        try_join!(Around::look_up(&app.store, &changes, None), known(&app, &author, enquiry))?;
    let identity =
        Identity { id: ObjectId::new(), made_by_run: author.principal.run().map(str::to_owned) };
    let edited = changes.create(identity, &around.context(&author)).map_err(refused::problems)?;
    let quote = edited.quote.clone();
    let creation = Creation::of((app, author, once), edited, around)?;
    let (ready, creation) = (creation.ready.clone(), Arc::new(creation));
    let app = creation.app.clone();
    let written = app.store.transaction("create the quote", move |session| {
        let creation = creation.clone();
        async move { creation.write(session).await }.boxed()
    });
    match written.await {
        Ok(()) => Ok((ready, quote)),
        Err(failure) => Err(gate::explain(&app, failure).await),
    }
}

/// Nothing is noted in the enquiry of what a run makes, so nothing else would notice that there is none.
async fn known(app: &Shared, author: &Author, enquiry: Option<ObjectId>) -> Result<(), Failure> {
    match enquiry.filter(|_| author.principal.run().is_some()) {
        Some(enquiry) if app.store.agent_of(enquiry).await?.is_none() => {
            Err(refused::unknown_enquiry())
        }
        _ => Ok(()),
    }
}

impl Creation {
    fn of(
        (app, author, once): (Shared, Author, Option<Once>),
        edited: Edited,
        around: Around,
    ) -> Result<Self, Failure> {
        let Edited { quote, audit, warnings } = edited;
        let raw = RawDocumentBuf::try_from(&document::create(&quote))
            .map_err(|error| Failure::unexpected(error.into()))?;
        let entry = Entry {
            action: Action::Create,
            quote: quote.id.as_bson().clone(),
            at: quote.times.created.map_or_else(DateTime::now, DateTime::from_jiff),
            details: audit.to_document(),
        };
        let enquiry = quote.enquiry.filter(|_| author.principal.run().is_none());
        let present = Present { raw: raw.clone(), quote };
        let done = Done { present, catalogue: around.catalogue, warnings };
        let ready = done.ready(StatusCode::CREATED, &author)?;
        Ok(Self { app, author, raw, entry, enquiry, ready, once })
    }

    async fn write(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let store = &self.app.store;
        let quotes = store.raw(QUOTES);
        let insert = quotes.insert_one(&self.raw).session(&mut *session);
        store.call("write the quote", insert.into_future()).await?;
        store.write_down(session, &self.author, &self.entry).await?;
        if let Some(once) = &self.once {
            store.keep_answer(session, once, &self.ready.kept()).await?;
        }
        // Last, because others may want the same enquiry: they wait as shortly as can be.
        self.note_in_enquiry(session).await?;
        gate::stay_open(&self.app, &self.author)
    }

    async fn note_in_enquiry(&self, session: &mut ClientSession) -> Result<(), Failure> {
        let Some(enquiry) = self.enquiry else { return Ok(()) };
        let enquiries = self.app.store.collection(ENQUIRIES);
        let note = note(&self.entry.quote, self.entry.at);
        let update = enquiries.update_one(doc! { "_id": enquiry }, note).session(session);
        let noted = self.app.store.call("note it in the enquiry", update.into_future()).await?;
        if noted.matched_count == 0 { Err(refused::unknown_enquiry()) } else { Ok(()) }
    }
}

/// A pipeline, because what years left behind in these fields may be of any type.
fn note(quote: &Bson, at: DateTime) -> Vec<Document> {
    let list = doc! { "$cond": [{ "$isArray": "$quotes" }, "$quotes", []] };
    // `$literal`, because an id may be a text that begins with a dollar.
    let added = doc! { "$concatArrays": [list, [{ "$literal": quote }]] };
    vec![
        doc! { "$set": { "quotes": added, "hasQuotes": true, "latestQuoteDate": at } },
        doc! { "$set": { "quotesCount": { "$size": "$quotes" } } },
    ]
}
