//! Super offer packages: few enough to be listed whole.

use std::time::Duration;

use bson::{RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;

use super::Store;
use crate::failure::Failure;

const COLLECTION: &str = "super_offer_packages";
const LIST_TIME_MAX: Duration = Duration::from_secs(2);
/// More no agency has.
const PACKAGES_MAX: i64 = 1_000;

impl Store {
    /// The packages, whatever their state, at most a thousand.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn packages(&self) -> Result<Vec<RawDocumentBuf>, Failure> {
        let packages = self.database().collection::<RawDocumentBuf>(COLLECTION);
        let find = packages.find(doc! {}).limit(PACKAGES_MAX).max_time(LIST_TIME_MAX);
        self.call("list packages", async { find.await?.try_collect().await }).await
    }
}
