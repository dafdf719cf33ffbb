//! What people are told where nobody wrote anything else.

use crate::notices::moment::{Channel, Moment};
use crate::notices::wording::Wording;

/// Minutes that a maintenance takes, where nobody says otherwise.
pub(super) const MINUTES: &str = "15-30";
/// Hours between the first notice and the maintenance.
pub(super) const LEAD_HOURS: u32 = 24;
/// How long a server that does not answer is tried.
pub(super) const RETRY_SECONDS: u64 = 30;
/// Title of the status page.
pub(super) const PAGE_TITLE: &str = "Service status";

/// The built-in words of a moment.
pub(super) fn wording(moment: Moment) -> Wording {
    let (subject, text) = words(moment);
    let channels = match moment {
        Moment::During => vec![Channel::StatusPage, Channel::InApp],
        Moment::Before | Moment::After | Moment::Failed | Moment::Changed | Moment::Cancelled => {
            vec![Channel::Email, Channel::InApp]
        }
    };
    Wording { subject: subject.to_owned(), text: text.to_owned(), channels }
}

const fn words(moment: Moment) -> (&'static str, &'static str) {
    match moment {
        Moment::Before => (
            "Scheduled Maintenance Notice",
            "\
We will be performing a system upgrade on {date} at {time} {zone}.
Expected downtime: {minutes} minutes
During this time, quote creation and editing will be unavailable.
All other features will remain accessible.",
        ),
        Moment::During => (
            "System Maintenance in Progress",
            "\
We are currently upgrading our quote management system.
Expected completion: {until} {zone}
Thank you for your patience.",
        ),
        Moment::After => (
            "Maintenance Complete",
            "\
Our system upgrade is complete. You can now:
- Add events to quotes
- See event pricing in quote breakdowns
- Include events in quote emails

Thank you for your patience!",
        ),
        Moment::Failed => (
            "Maintenance Ended Without the Upgrade",
            "\
Our system upgrade could not be completed, and was taken back.
Quotes can be created and edited as before.

We will announce a new date. Thank you for your patience.",
        ),
        Moment::Changed => (
            "Scheduled Maintenance Moved",
            "\
The system upgrade that we announced has been moved. It is now on {date} at {time} {zone}.
Expected downtime: {minutes} minutes
During this time, quote creation and editing will be unavailable.
All other features will remain accessible.",
        ),
        Moment::Cancelled => (
            "Scheduled Maintenance Cancelled",
            "\
The system upgrade announced for {date} at {time} {zone} will not take place.
Quotes can be created and edited as usual.",
        ),
    }
}
