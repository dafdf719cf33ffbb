//! Maintenance mode, as it stands in the database and as applications follow it.

use bson::DateTime;
use serde::{Deserialize, Serialize};

/// Collection that holds it; an application's own user may write this one.
pub const COLLECTION: &str = "causeway_state";
/// `_id` of the document.
pub const ID: &str = "maintenance";

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
