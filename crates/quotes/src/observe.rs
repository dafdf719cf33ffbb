//! What can be seen of the running server: logs, metrics, the id of each request. None of it holds
//! anything about people.

mod adoption;
mod logs;
mod metrics;
mod request;
mod request_id;
mod tally;

pub use adoption::follow_adoption;
pub use logs::write_logs;
pub use metrics::{CONTENT_TYPE, render, start_counting};
pub(crate) use metrics::{MAIL_OLDEST, MAILS, MAILS_QUEUED};
pub use request::{observe, who};
pub use request_id::RequestId;
pub(crate) use tally::BUCKETS;
pub use tally::{Counted, Tally};
