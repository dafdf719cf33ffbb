//! Writing to the end, once: whoever asks may hang up, and may ask again.

use std::future::Future;

use tracing::Instrument as _;

use super::Ready;
use crate::{app::Shared, failure::Failure, store::idempotency::Once};

/// Does `work` to its end, also when nobody waits for it any more. A request under a key that was done
/// before gets the answer of then.
///
/// # Errors
///
/// What `work` failed with, or that the key belongs to another request.
pub async fn write<W>(app: &Shared, once: Option<Once>, work: W) -> Result<Ready, Failure>
where
    W: Future<Output = Result<Ready, Failure>> + Send + 'static,
{
    let Some(once) = once else { return finish(work).await };
    if let Some(kept) = app.store.answer_before(&once).await? {
        return Ok(kept.into());
    }
    match finish(work).await {
        Ok(ready) => Ok(ready),
        // A copy of this request may have been quicker: then it had the key, or had changed the quote.
        Err(failure) => app.store.answer_before(&once).await?.map(Ready::from).ok_or(failure),
    }
}

/// A request that is dropped half-way drops what waits for it, and not the work.
async fn finish<W>(work: W) -> Result<Ready, Failure>
where
    W: Future<Output = Result<Ready, Failure>> + Send + 'static,
{
    let done = tokio::spawn(work.in_current_span()).await;
    done.unwrap_or_else(|panic| Err(Failure::unexpected(anyhow::Error::new(panic))))
}
