//! Notices that are shown once, until somebody has read them. How many are left stands on every page, so
//! what was read is known here for a few seconds; as long as nothing is to be read, nobody asks.

use std::{collections::HashSet, sync::Arc, time::Duration};

use bson::oid::ObjectId;
use moka::future::Cache;

use super::{Banner, Follower};
use crate::{failure::Failure, store::Store};

/// What was read through another server still counts as new for so long.
const REMEMBERED: Duration = Duration::from_secs(5);
const PEOPLE_MAX: u64 = 10_000;

/// What people have read.
#[derive(Debug, Clone)]
pub struct NoticeReads(Cache<ObjectId, Arc<HashSet<String>>>);

impl Default for NoticeReads {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(PEOPLE_MAX).time_to_live(REMEMBERED).build())
    }
}

impl NoticeReads {
    /// The ids of what somebody has read.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn of(&self, store: &Store, user: ObjectId) -> Result<Arc<HashSet<String>>, Failure> {
        let found = async { store.notices_read_by(user).await.map(Arc::new) };
        let known = self.0.try_get_with(user, found).await;
        known.map_err(|failure| failure.as_ref().clone())
    }

    /// Somebody has just read something here.
    pub async fn forget(&self, user: ObjectId) {
        self.0.invalidate(&user).await;
    }
}

impl Follower {
    /// What is to be read at present, the newest first.
    #[must_use]
    pub fn notifications(&self) -> Vec<Banner> {
        let told = self.told.borrow();
        told.banners.iter().filter(|it| it.kind == "notification").cloned().collect()
    }
}
