//! A new quote: what becomes of what was sent.

use axum::http::StatusCode;
use bson::{DateTime, RawDocumentBuf, oid::ObjectId};
use futures_util::try_join;
use quotes_core::{
    changes::{Changes, Edited, Identity},
    document,
    quote::Quote,
};

use super::{Done, Present, Ready, count, creations::Creation, gate, material::Around, refused};
use crate::{
    app::Shared,
    failure::Failure,
    store::{
        audit::{Action, Entry},
        author::Author,
        idempotency::{Once, TAKEN},
    },
};

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
    let creation = decided((app, author, once), edited, around)?;
    let (app, ready) = (creation.app.clone(), creation.ready.clone());
    match app.creations.write(creation).await {
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

/// Everything that is written, before anything is.
fn decided(
    (app, author, once): (Shared, Author, Option<Once>),
    edited: Edited,
    around: Around,
) -> Result<Creation, Failure> {
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
    Ok(Creation { app, author, raw, entry, enquiry, ready, once })
}
