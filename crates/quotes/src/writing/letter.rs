//! The e-mail of a quote, rendered once for the preview and for what is sent.

use quotes_core::{
    difference::between,
    mail::{Mail, Occasion, Previous},
    price::Breakdown,
    quote::Quote,
};

use super::material::Agent;
use crate::{access::Principal, app::App, failure::Failure, store::Store};

/// Whom a run of Causeway writes as; nobody gets such a mail.
const RUN: &str = "Causeway";

/// What a mail says beside the quote.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// Whom it goes to, if the enquiry says it.
    pub(crate) agent: Option<Agent>,
    /// The version that was sent before.
    pub(crate) previous: Option<Quote>,
    /// What the author adds.
    pub(crate) message: Option<String>,
}

/// The version that was sent before this one. A quote that another program changed since without a new
/// version gets one, so that what was sent stays as it was.
///
/// # Errors
///
/// When the database does not answer.
pub(crate) async fn sent_before(
    store: &Store,
    quote: &mut Quote,
) -> Result<Option<Quote>, Failure> {
    let versions = store.sent_versions(quote.id.as_bson()).await?;
    let mut versions =
        versions.into_iter().map(|(number, raw)| (number, raw.map(|raw| Quote::read(&raw))));
    let Some((number, last)) = versions.next() else { return Ok(None) };
    // Of one that can't be read nobody can say that it is the same.
    let is_other = last.as_ref().is_none_or(|last| !between(last, quote).is_empty());
    if number >= quote.version && is_other {
        quote.version = number.saturating_add(1);
    }
    if number < quote.version { Ok(last) } else { Ok(versions.next().and_then(|(_, it)| it)) }
}

/// The mail that brings `quote`, in the name of `sender`.
pub(crate) fn letter(app: &App, sender: &Principal, quote: &Quote, words: &Words) -> Mail {
    let person = sender.person();
    let before = words.previous.as_ref().map(|quote| (quote, Breakdown::of(quote)));
    let occasion = Occasion {
        agency: &app.settings.agency,
        sender: person.map_or(RUN, |person| &person.name),
        sender_email: person.map(|person| person.email.as_str()),
        recipient: words.agent.as_ref().and_then(|agent| agent.name.as_deref()),
        message: words.message.as_deref(),
        previous: before.as_ref().map(|(quote, breakdown)| Previous { quote, breakdown }),
    };
    Mail::of(quote, &Breakdown::of(quote), &occasion)
}
