//! From what a copy took to what the real run will take.

use std::time::{Duration, Instant};

use bson::{Document, RawDocumentBuf, doc};
use causeway_core::migration::Migration;
use futures_util::StreamExt;

use super::measure::Taken;
use super::rehearsal::{Forecast, Stage};
use crate::backup::copy::Copied;
use crate::failure::{Attempt, Result};
use crate::survey::data_collections;
use crate::target::Target;

/// Nobody can tell the time of a run more exactly than this.
const UNCERTAINTY_MIN: f64 = 0.15;
/// Documents read on both servers to compare their speed.
const SAMPLE_DOCUMENTS: i64 = 30_000;
/// A server that others use is not kept busy for longer.
const SAMPLE_MAX: Duration = Duration::from_secs(10);

/// What the real run will take.
///
/// # Errors
/// When the real database can't be read.
pub(super) async fn forecast(
    (real, copy): (&Target, &Target),
    migration: &Migration,
    copied: &Copied,
    (stages, taken, lag): (&[Stage], &Taken, Option<f64>),
) -> Result<Forecast> {
    let (mut there, mut here) = (0, 0);
    for collection in data_collections(migration) {
        there += documents(real, &collection).await?;
        here += copied.by_collection.get(&collection).copied().unwrap_or_default();
    }
    let scale = if here == 0 { 1.0 } else { ratio(there, here) };
    let ups: Vec<f64> =
        stages.iter().filter(|stage| stage.name == "up").map(|stage| stage.seconds).collect();
    #[expect(clippy::cast_precision_loss, reason = "two stages")]
    let mean = ups.iter().sum::<f64>() / ups.len().max(1) as f64;
    let spread = ups.iter().map(|seconds| (seconds - mean).abs() / mean).fold(0.0, f64::max);
    let uncertainty = spread.max(UNCERTAINTY_MIN);
    let slower = match data_collections(migration).first() {
        Some(collection) => slower(real, copy, collection).await.unwrap_or(1.0),
        None => 1.0,
    };
    let seconds = mean * scale;
    let scaled = |bytes: Option<u64>| bytes.map(|bytes| times(bytes, scale));
    Ok(Forecast {
        seconds,
        seconds_min: seconds * (1.0 - uncertainty) * slower.min(1.0),
        seconds_max: seconds * (1.0 + uncertainty) * slower.max(1.0),
        real_server_slower: slower,
        documents: there,
        oplog_bytes: scaled(taken.oplog_bytes),
        disk_bytes: scaled(taken.disk_bytes),
        lag_seconds: lag,
    })
}

async fn documents(target: &Target, collection: &str) -> Result<u64> {
    target
        .database
        .collection::<Document>(collection)
        .estimated_document_count()
        .await
        .attempt(|| format!("count {collection}"))
}

/// How many times as long the real server takes to hand the same documents over.
async fn slower(real: &Target, copy: &Target, collection: &str) -> Option<f64> {
    let (theirs, ours) = (pace(real, collection).await?, pace(copy, collection).await?);
    Some((theirs / ours).clamp(0.1, 10.0))
}

/// Seconds for one document.
async fn pace(target: &Target, collection: &str) -> Option<f64> {
    let documents = target.database.collection::<RawDocumentBuf>(collection);
    let started = Instant::now();
    let reading = documents.find(doc! {}).limit(SAMPLE_DOCUMENTS).max_time(SAMPLE_MAX);
    let mut cursor = reading.batch().await.ok()?;
    let mut many = 0_u32;
    while let Some(reply) = cursor.next().await {
        many += u32::try_from(reply.ok()?.doc_slices().ok()?.into_iter().count()).ok()?;
    }
    (many > 0).then(|| started.elapsed().as_secs_f64() / f64::from(many))
}

#[expect(clippy::cast_precision_loss, reason = "an estimate for people")]
fn ratio(there: u64, here: u64) -> f64 {
    there as f64 / here as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate for people"
)]
fn times(bytes: u64, scale: f64) -> u64 {
    (bytes as f64 * scale) as u64
}
