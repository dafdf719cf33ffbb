//! Something done to a quote that is there: it, its audit entry and the answer, together.

use std::sync::Arc;

use axum::http::StatusCode;
use bson::{DateTime, Document, doc};
use futures_util::FutureExt as _;
use mongodb::ClientSession;
use quotes_core::{event::Catalogue, problem::Warning, quote::Quote};

use super::{
    Deed, Done, Present, Ready, Seen,
    change::{change, this},
    count, gate,
    present::QUOTES,
};
use crate::{
    app::Shared,
    failure::Failure,
    store::{
        audit::{Action, Entry},
        author::Author,
        idempotency::Once,
        versions,
    },
};

/// Who does what to which quote.
pub struct Act {
    /// The application.
    pub app: Shared,
    /// Who.
    pub author: Author,
    /// The quote's id, as it stands in a URL.
    pub id: String,
    /// The state that it is meant for.
    pub seen: Seen,
    /// What.
    pub deed: Deed,
    /// Under which key, when there is one.
    pub once: Option<Once>,
}

/// What a deed makes of a quote, before it is written.
pub(super) struct Decided {
    /// The quote as it becomes.
    pub(super) after: Quote,
    /// What becomes of its document.
    pub(super) fate: Fate,
    /// For the audit log.
    pub(super) action: Action,
    /// The same.
    pub(super) details: Document,
    /// What was odd about the request.
    pub(super) warnings: Vec<Warning>,
    /// The events on it.
    pub(super) catalogue: Catalogue,
}

/// What becomes of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays as it is.
    Stays,
    /// It changes.
    Changes,
    /// It goes away for good, with all its versions.
    Goes,
}

/// An answer, and the quote to be counted.
struct Acted {
    ready: Ready,
    edited: Option<Quote>,
}

impl Act {
    /// Does it. Returns 200 with all of the quote.
    ///
    /// # Errors
    ///
    /// What is wrong with what was sent, that the quote is another by now, or that the database does not
    /// take it.
    pub async fn run(self) -> Result<Ready, Failure> {
        let app = self.app.clone();
        let act = Arc::new(self);
        let acted = gate::transaction(&app, "change the quote", move |session| {
            let act = act.clone();
            async move { act.once(session).await }.boxed()
        });
        let Acted { ready, edited } = acted.await?;
        edited.iter().for_each(count::saved);
        Ok(ready)
    }

    async fn once(&self, session: &mut ClientSession) -> Result<Acted, Failure> {
        let present = Present::read(&self.app.store, session, (&self.author, &self.id)).await?;
        let decided = self.deed.decide((&self.app.store, &self.author), &present, &self.seen);
        let Decided { after, fate, action, details, warnings, catalogue } = decided.await?;
        let is_edit = fate == Fate::Changes && action == Action::Update;
        let edited = is_edit.then(|| after.clone());
        let present = match fate {
            Fate::Stays => present,
            Fate::Changes => change(&self.app.store, session, present, &after).await?,
            Fate::Goes => self.remove(session, present, after).await?,
        };
        if fate != Fate::Stays {
            let quote = present.quote.id.as_bson().clone();
            let entry = Entry { action, quote, at: DateTime::now(), details };
            self.app.store.write_down(session, &self.author, &entry).await?;
        }
        let ready = Done { present, catalogue, warnings }.ready(StatusCode::OK, &self.author)?;
        if let Some(once) = &self.once {
            self.app.store.keep_answer(session, once, &ready.kept()).await?;
        }
        gate::stay_open(&self.app, &self.author)?;
        Ok(Acted { ready, edited })
    }

    async fn remove(
        &self,
        session: &mut ClientSession,
        present: Present,
        after: Quote,
    ) -> Result<Present, Failure> {
        let store = &self.app.store;
        let quotes = store.raw(QUOTES);
        let delete = quotes.delete_one(this(&present)).session(&mut *session);
        store.call("remove the quote", delete.into_future()).await?;
        let versions = store.raw(versions::COLLECTION);
        let of_it = doc! { "quoteId": { "$eq": present.quote.id.as_bson() } };
        let delete = versions.delete_many(of_it).session(session);
        store.call("remove the quote's versions", delete.into_future()).await?;
        Ok(Present { quote: after, ..present })
    }
}
