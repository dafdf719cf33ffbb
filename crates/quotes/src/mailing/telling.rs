//! Quotes learn what became of their mail: afterwards, and not while they may only be read.

use std::{sync::Arc, time::Duration};

use bson::{DateTime, Document};
use futures_util::FutureExt as _;
use tokio::sync::watch;

use super::{Mailing, said};
use crate::{
    failure::Failure,
    maintenance,
    store::{
        REFUSED_BY_VALIDATOR,
        outbox::{Delivery, State},
    },
};

/// A document that the database's own rules refuse may be corrected by somebody.
const REFUSED_PAUSE_SECONDS: u64 = 600;
/// But not for ever.
const REFUSED_HOURS_MAX: i64 = 24;
const QUOTES: &str = "quotes";

/// Tells quotes, until told to stop.
pub(super) async fn tell(mailing: Arc<Mailing>, mut stopped: watch::Receiver<bool>) {
    loop {
        let told = match mailing.maintenance.covers(QUOTES) {
            true => Ok(false),
            false => mailing.tell_one().await,
        };
        if let Err(failure) = &told {
            let cause = failure.cause.as_ref().map(|cause| format!("{cause:#}"));
            tracing::debug!(code = failure.code, cause, "failed to tell a quote of its mail");
        }
        if matches!(told, Ok(true)) && !*stopped.borrow() {
            continue;
        }
        let pause = tokio::time::sleep(mailing.pace.look);
        tokio::select! {
            () = pause => {}
            () = said(&mut stopped) => return,
        }
    }
}

impl Mailing {
    /// False when there is nothing to tell.
    async fn tell_one(&self) -> Result<bool, Failure> {
        let Some(mail) = self.store.untold_mail().await? else { return Ok(false) };
        let mail = Arc::new(mail);
        let (store, followed) = (self.store.clone(), self.maintenance.clone());
        let told = self.store.transaction("say in the quote what became of its mail", |session| {
            let (mail, store, followed) = (mail.clone(), store.clone(), followed.clone());
            async move {
                if store.mail_is_told(session, &mail).await? {
                    store.mark_delivery(session, &mail, delivery(&mail)).await?;
                }
                // It may have begun meanwhile.
                match followed.covers(QUOTES) {
                    true => Err(maintenance::refusal(&followed.now(), DateTime::now())),
                    false => Ok(()),
                }
            }
            .boxed()
        });
        match told.await {
            Ok(()) => Ok(true),
            Err(failure) if failure.code == REFUSED_BY_VALIDATOR => {
                self.put_off(&mail).await.map(|()| true)
            }
            Err(failure) => Err(failure),
        }
    }

    /// The database's own rules refuse it: a fence that stands already, or a quote that breaks them.
    async fn put_off(&self, mail: &Document) -> Result<(), Failure> {
        let now = DateTime::now().timestamp_millis();
        let asked = mail.get_datetime("createdAt").map_or(now, |at| at.timestamp_millis());
        let is_old = now.saturating_sub(asked) > REFUSED_HOURS_MAX * 3_600_000;
        if is_old && !self.maintenance.covers(QUOTES) {
            let store = self.store.clone();
            let mail = Arc::new(mail.clone());
            let told = self.store.transaction("leave a quote untold of its mail", |session| {
                let (mail, store) = (mail.clone(), store.clone());
                async move { store.mail_is_told(session, &mail).await }.boxed()
            });
            return told.await.map(drop);
        }
        self.store.tell_later(mail, Duration::from_secs(REFUSED_PAUSE_SECONDS)).await
    }
}

fn delivery(mail: &Document) -> Delivery {
    match mail.get_str("state") {
        Ok(word) if word == State::Sent.word() => Delivery::Delivered,
        _ => Delivery::Failed,
    }
}
