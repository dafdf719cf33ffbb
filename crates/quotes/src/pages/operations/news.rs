//! How far the run is, sent whenever it changes: server-sent events, each with the parts of the page.

use std::{convert::Infallible, time::Duration};

use askama::Template as _;
use axum::{
    extract::State,
    response::sse::{Event, Sse},
};
use futures_util::{Stream, stream};
use tokio::time::Instant;

use super::{super::shell::Reader, standing::Live};
use crate::{app::Shared, failure::Failure, operations::Standing};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// A stream is no longer: the browser comes again, and whoever is signed out or asks a server that is to
/// stop does not hold on to it.
const STREAM: Duration = Duration::from_secs(5);
/// When it comes again.
const AGAIN: Duration = Duration::from_millis(250);

/// Where a stream is.
struct Sent {
    app: Shared,
    until: Instant,
    last: Option<String>,
}

/// Sends the parts at once, and again whenever they changed.
pub(super) async fn follow(
    State(app): State<Shared>,
    _reader: Reader,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let first = parts(&app).await?;
    let sent = Sent { app, until: Instant::now() + STREAM, last: None };
    let later = stream::unfold((sent, Some(first)), |(mut sent, first)| async move {
        let parts = match first {
            Some(first) => first,
            None => next(&sent).await?,
        };
        let event = Event::default().retry(AGAIN).data(&parts);
        sent.last = Some(parts);
        Some((Ok(event), (sent, None)))
    });
    Ok(Sse::new(later))
}

/// The next state that is another one; none when the time is over or the database is away: then the
/// browser comes again and is told why.
async fn next(sent: &Sent) -> Option<String> {
    while Instant::now() + LOOK < sent.until {
        tokio::time::sleep(LOOK).await;
        let parts = parts(&sent.app).await.ok()?;
        if sent.last.as_ref() != Some(&parts) {
            return Some(parts);
        }
    }
    None
}

async fn parts(app: &Shared) -> Result<String, Failure> {
    let standing = Standing::read(&app.store).await?;
    let live = Live::of(&standing);
    live.render().map_err(|error| Failure::unexpected(anyhow::Error::new(error)))
}
