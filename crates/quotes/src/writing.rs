//! What happens to quotes: each act one transaction with its audit entry, its price history and its mail.
//!
//! `quotes-core` decides what a change does. Here it gets what it needs to know, and what it decided is
//! written together, once, and never half.

mod once;

mod act;
mod create;
mod creations;
mod deed;
mod letter;
mod resend;
mod send;

mod change;
mod material;
mod present;
mod seen;

mod gate;
mod refused;

mod count;
mod done;
mod ready;

pub use act::Act;
pub use create::create;
pub use creations::Creations;
pub use deed::Deed;
pub(crate) use letter::{Words, letter, sent_before};
pub use material::Agent;
pub(crate) use material::Around;
pub use once::write;
pub use present::Present;
pub use ready::Ready;
pub(crate) use refused::event_not_on_quote;
pub use resend::Resending;
pub(crate) use resend::{Requeued, no_such_mail};
pub use seen::Seen;
pub(crate) use send::Queued;
pub use send::Sending;

use done::Done;
