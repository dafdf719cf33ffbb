//! Maintenance switched from a page: as `causeway maintenance on` and `off` do it, without the fence, which
//! only Causeway can raise and lift. Each act is one transaction with its line in the audit log.

use bson::{DateTime, Document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Switch};
use futures_util::FutureExt as _;
use mongodb::ClientSession;

use super::Standing;
use crate::{
    failure::Failure,
    store::{Fault, Store, audit::Line, author::Author},
};

/// The machine that is written down: nobody gave a command on one.
const HOST: &str = "the application";

/// What is done to maintenance.
#[derive(Debug, Clone)]
pub enum Switched {
    /// It is switched on.
    On(Switch),
    /// While it is on, people are told something else; nothing more of it changes.
    Told(Switch),
    /// It is switched off.
    Off,
}

impl Switched {
    /// Does it, in somebody's name.
    ///
    /// # Errors
    ///
    /// When it does not fit how maintenance stands, or the database does not answer.
    pub async fn carry_out(self, store: &Store, author: &Author, by: &str) -> Result<(), Failure> {
        let standing = Standing::read(store).await?;
        let deeds = self.deeds(&standing, by)?;
        let (owner, author) = (store.clone(), author.clone());
        let done = store.transaction("switch maintenance", move |session| {
            let (store, author, deeds) = (owner.clone(), author.clone(), deeds.clone());
            async move { deeds.write(&store, session, &author).await }.boxed()
        });
        done.await
    }

    fn deeds(self, standing: &Standing, by: &str) -> Result<Deeds, Failure> {
        let present = &standing.maintenance;
        let details = |switch: &Switch| doc! { "until": switch.until, "message": &switch.message };
        match self {
            Self::On(_) if present.on => Err(is_on_already()),
            Self::On(switch) => {
                // A fence that stands without maintenance was left behind: it is not denied.
                let switch = Switch { fence: standing.fence.is_some(), ..switch };
                Ok(Deeds {
                    which: doc! { "_id": ID, "on": { "$ne": true } },
                    fields: switch.fields((by, HOST)),
                    is_first: true,
                    period: None,
                    action: ("maintenance.on", details(&switch)),
                })
            }
            Self::Told(_) | Self::Off if !present.on => Err(is_off_already()),
            Self::Told(switch) => Ok(Deeds {
                which: doc! { "_id": ID, "on": true },
                fields: doc! {
                    "until": switch.until,
                    "message": { "$literal": &switch.message },
                    "by": { "$literal": by },
                    "host": HOST,
                },
                is_first: false,
                period: None,
                action: ("maintenance.tell", details(&switch)),
            }),
            Self::Off => {
                if let Some(reason) = &standing.needs_maintenance {
                    return Err(Failure::conflict("MAINTENANCE_NEEDED", reason.clone()));
                }
                Ok(Deeds {
                    // Of a run that took it over meanwhile it is not ended.
                    which: doc! { "_id": ID, "on": true, "since": present.since,
                    "run": present.run.clone() },
                    fields: doc! { "on": false, "fence": false },
                    is_first: false,
                    period: Some(present.ending(by, DateTime::now())),
                    action: ("maintenance.off", Document::new()),
                })
            }
        }
    }
}

/// What is written.
#[derive(Debug, Clone)]
struct Deeds {
    which: Document,
    fields: Document,
    /// The document may not be there yet.
    is_first: bool,
    period: Option<(String, Document)>,
    action: (&'static str, Document),
}

impl Deeds {
    async fn write(
        self,
        store: &Store,
        session: &mut ClientSession,
        author: &Author,
    ) -> Result<(), Failure> {
        const WHAT: &str = "switch maintenance";
        let states = store.collection(COLLECTION);
        if let Some((id, fields)) = self.period {
            let fields = vec![doc! { "$set": fields }];
            let end = states.update_one(doc! { "_id": id }, fields).upsert(true);
            store.call(WHAT, end.session(&mut *session).into_future()).await?;
        }
        let fields = vec![doc! { "$set": self.fields }];
        let write = states.update_one(self.which, fields).upsert(self.is_first);
        let written = store.attempt(WHAT, write.session(&mut *session).into_future()).await?;
        match written.map_err(Fault::of) {
            Ok(written)
                if written.matched_count + u64::from(written.upserted_id.is_some()) == 1 => {}
            Ok(_) => return Err(changed_meanwhile()),
            Err(fault) if fault.is_duplicate() => return Err(is_on_already()),
            Err(fault) => return Err(fault.failure(WHAT)),
        }
        let (action, details) = self.action;
        store.write_line(session, author, Line::now(action, details)).await
    }
}

fn is_on_already() -> Failure {
    let message = "maintenance is on already: look at what people are told, and change that";
    Failure::conflict("MAINTENANCE_ON", message)
}

fn is_off_already() -> Failure {
    Failure::conflict("MAINTENANCE_OFF", "maintenance is off by now: nothing was changed")
}

fn changed_meanwhile() -> Failure {
    let message = "somebody else switched maintenance just now: nothing was changed";
    Failure::conflict("MAINTENANCE_CHANGED", message)
}
