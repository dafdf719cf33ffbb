//! Maintenance mode, as it stands in the database and as applications follow it.

use bson::{Bson, DateTime, Document, doc};
use serde::{Deserialize, Serialize};

/// Collection that holds it; an application's own user may write this one.
pub const COLLECTION: &str = "causeway_state";
/// `_id` of the document.
pub const ID: &str = "maintenance";
/// What a period of maintenance that is over says in its field `kind`, in the same collection.
pub const PERIOD_KIND: &str = "maintenance_period";

/// What is switched on.
#[derive(Debug, Clone, Default)]
pub struct Switch {
    /// When people may expect to write again.
    pub until: Option<DateTime>,
    /// What people are told.
    pub message: String,
    /// Collections that may only be read; without any, all of them.
    pub scope: Vec<String>,
    /// Whether the database itself is to refuse other writers.
    pub fence: bool,
    /// The run that it belongs to.
    pub run: Option<String>,
}

impl Switch {
    /// Fields, for an update with a pipeline, that switch it on or change what is said of it: whoever
    /// `by` is, on machine `host`.
    #[must_use]
    pub fn fields(&self, (by, host): (&str, &str)) -> Document {
        doc! {
            "on": true,
            // The server's clock: that of applications and of who looks may be another.
            "since": { "$cond": ["$on", "$since", "$$NOW"] },
            "until": self.until.map_or(Bson::Null, Bson::DateTime),
            "message": { "$literal": &self.message },
            "scope": { "$literal": &self.scope },
            "fence": self.fence,
            "was_fenced": { "$and": ["$on", "$was_fenced"] },
            "by": { "$literal": by },
            "host": { "$literal": host },
            // What is changed by hand while it is on for a run stays the run's.
            "run": self.run.as_ref().map_or_else(
                || doc! { "$cond": ["$on", "$run", Bson::Null] },
                |run| doc! { "$literal": run },
            ),
        }
    }
}

/// What may not be written at present, and what people are told. Fields that are missing are as when
/// nobody ever switched it on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Maintenance {
    /// Whether it is on.
    pub on: bool,
    /// Since when, on the server's clock; when it was off last, since when it was on then.
    pub since: Option<DateTime>,
    /// When people may expect to write again. It does not end by itself.
    pub until: Option<DateTime>,
    /// What people are told.
    pub message: String,
    /// Collections that may only be read; without any, all of them.
    pub scope: Vec<String>,
    /// Whether the database itself refuses writers that do not know of this.
    pub fence: bool,
    /// Whether it did, earlier in this period.
    pub was_fenced: bool,
    /// Who switched it on.
    pub by: String,
    /// On which machine.
    pub host: String,
    /// The run that it belongs to; none when it was switched on by hand.
    pub run: Option<String>,
}

impl Maintenance {
    /// Whether a collection may only be read.
    #[must_use]
    pub fn covers(&self, collection: &str) -> bool {
        self.on && (self.scope.is_empty() || self.scope.iter().any(|it| it == collection))
    }

    /// `_id` and fields, for an update with a pipeline, of the period that ends now. Written once more it
    /// ends later; one whose beginning nobody knows began `now`.
    #[must_use]
    pub fn ending(&self, ended_by: &str, now: DateTime) -> (String, Document) {
        let began = self.since.unwrap_or(now);
        let fields = doc! {
            "kind": PERIOD_KIND,
            "began": began,
            "ended": "$$NOW",
            "message": { "$literal": &self.message },
            "by": { "$literal": &self.by },
            "ended_by": { "$literal": ended_by },
            "fence": self.fence || self.was_fenced,
            "run": self.run.as_ref().map_or(Bson::Null, |run| doc! { "$literal": run }.into()),
        };
        (format!("maintenance:{}", began.timestamp_millis()), fields)
    }

    /// Whether it should have ended before `now`.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime) -> bool {
        self.on && self.until.is_some_and(|until| until < now)
    }
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, deserialize_from_document, doc};

    use super::Maintenance;

    #[test]
    fn what_nobody_wrote_is_off() {
        let read: Maintenance = deserialize_from_document(doc! { "_id": "maintenance" }).unwrap();
        assert_eq!(read, Maintenance::default());
        assert!(!read.covers("quotes"));
    }

    #[test]
    fn it_covers_its_scope_or_everything() {
        let all = Maintenance { on: true, ..Maintenance::default() };
        assert!(all.covers("quotes") && all.covers("events"));
        let some = Maintenance { scope: vec!["quotes".to_owned()], ..all };
        assert!(some.covers("quotes") && !some.covers("events"));
        assert!(!Maintenance { on: false, ..some }.covers("quotes"));
    }

    #[test]
    fn it_is_overdue_after_its_end_and_while_it_is_on() {
        let until = Some(DateTime::from_millis(1_000));
        let on = Maintenance { on: true, until, ..Maintenance::default() };
        assert!(on.is_overdue(DateTime::from_millis(1_001)));
        assert!(!on.is_overdue(DateTime::from_millis(1_000)));
        assert!(!Maintenance { on: false, ..on.clone() }.is_overdue(DateTime::from_millis(2_000)));
        assert!(!Maintenance { until: None, ..on }.is_overdue(DateTime::MAX));
    }
}
