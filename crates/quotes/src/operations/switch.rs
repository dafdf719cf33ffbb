//! Maintenance switched from a page: as `causeway maintenance on` and `off` do it, without the fence, which
//! only Causeway can raise and lift.

use bson::{DateTime, deserialize_from_document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Maintenance, Switch};

use super::{Standing, one};
use crate::{failure::Failure, store::Store};

/// The machine that is written down: nobody gave a command on one.
const HOST: &str = "the application";

impl Store {
    /// Switches it on, or changes what is said of it while it is on.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn begin_maintenance(&self, by: &str, switch: &Switch) -> Result<(), Failure> {
        let present = self.maintenance().await?;
        // A fence that stands is not taken away by words.
        let switch = Switch { fence: present.on && present.fence, ..switch.clone() };
        let fields = vec![doc! { "$set": switch.fields((by, HOST)) }];
        let documents = self.collection(COLLECTION);
        let write = documents.update_one(doc! { "_id": ID }, fields).upsert(true);
        self.call("switch maintenance on", write.into_future()).await.map(drop)
    }

    /// Switches it off.
    ///
    /// # Errors
    ///
    /// When it belongs to somebody who still needs it, or the database does not answer.
    pub async fn end_maintenance(&self, by: &str) -> Result<(), Failure> {
        let standing = Standing::read(self).await?;
        if let Some(reason) = standing.needs_maintenance() {
            return Err(Failure::conflict("MAINTENANCE_NEEDED", reason));
        }
        let present = self.maintenance().await?;
        if !present.on {
            return Ok(());
        }
        let documents = self.collection(COLLECTION);
        // First: cut off in between, maintenance is still on, and the period is written once more.
        let (id, fields) = present.ending(by, DateTime::now());
        let period =
            documents.update_one(doc! { "_id": id }, vec![doc! { "$set": fields }]).upsert(true);
        self.call("write down the end of maintenance", period.into_future()).await?;
        let off = doc! { "$set": { "on": false, "fence": false } };
        let write = documents.update_one(doc! { "_id": ID, "since": present.since }, off);
        self.call("switch maintenance off", write.into_future()).await.map(drop)
    }

    async fn maintenance(&self) -> Result<Maintenance, Failure> {
        let asked = (COLLECTION, doc! { "_id": ID });
        let found = one(self, asked, "read the state of maintenance").await?;
        let read = found.map(deserialize_from_document).transpose();
        Ok(read.ok().flatten().unwrap_or_default())
    }
}

impl Standing {
    /// Why maintenance can't be switched off from a page.
    #[must_use]
    pub fn needs_maintenance(&self) -> Option<String> {
        if let Some(run) = self.turn.as_ref().or(self.lease.as_ref()) {
            return Some(format!("run {run} needs it, and switches it off when it is done"));
        }
        let fence = self.fence.as_ref()?;
        let what = fence.collections.join(", ");
        Some(format!(
            "the database itself refuses changes of {what}: `causeway maintenance off` lifts that, \
             and lets people in"
        ))
    }
}
