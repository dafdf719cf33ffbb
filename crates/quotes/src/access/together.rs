//! A change of accounts and its entry in the audit log: both or neither.

use futures_util::{FutureExt as _, future::BoxFuture};
use mongodb::ClientSession;

use super::{Access, Sessions, Tokens, Users, trail::Deed};
use crate::failure::Failure;

/// What a change writes to.
#[derive(Debug, Clone)]
pub(super) struct Collections {
    pub(super) users: Users,
    pub(super) tokens: Tokens,
    pub(super) sessions: Sessions,
}

impl Access {
    /// Does `work` and writes down `deed`, in one transaction. What is known of people is forgotten, so
    /// that the change counts at once.
    pub(super) async fn together<F>(
        &self,
        what: &'static str,
        deed: Deed,
        work: F,
    ) -> Result<(), Failure>
    where
        F: for<'s> Fn(Collections, &'s mut ClientSession) -> BoxFuture<'s, Result<(), Failure>>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        let collections = Collections {
            users: self.users.clone(),
            tokens: self.tokens.clone(),
            sessions: self.sessions.clone(),
        };
        let trail = self.trail.clone();
        self.store
            .transaction(what, move |session| {
                let (collections, work) = (collections.clone(), work.clone());
                let (trail, deed) = (trail.clone(), deed.clone());
                async move {
                    work(collections, &mut *session).await?;
                    trail.write(deed, session).await
                }
                .boxed()
            })
            .await?;
        self.known.forget();
        Ok(())
    }
}
