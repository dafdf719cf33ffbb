//! What a form offers to be chosen: enquiries that a quote answers, packages that give its price.

use bson::{RawDocument, oid::ObjectId};
use quotes_core::{package::Package, quote::Quote};
use serde_json::{Map, Value};

use super::typed::Typed;
use crate::{
    app::Shared,
    failure::Failure,
    pages::words::{iso_day, moment, short_day},
    store::enquiries::EnquiriesWanted,
};

/// So many enquiries can be chosen from; others are reached from their own page.
const ENQUIRIES_MAX: usize = 50;

/// Something that can be chosen from a list.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) label: String,
    /// Fields of the form, and what it says of them, as JSON for the script.
    pub(super) said: String,
}

/// What an enquiry says of a quote that answers it: fields of the form.
pub(super) fn said(enquiry: &RawDocument) -> [(&'static str, String); 5] {
    let text = |key: &str| enquiry.get_str(key).map(str::trim).unwrap_or_default().to_owned();
    let number = |key: &str| {
        let number = enquiry.get(key).ok().flatten().and_then(|it| it.as_i32());
        number.filter(|it| *it > 0).map(|it| it.to_string()).unwrap_or_default()
    };
    let travel = enquiry.get_datetime("travelDate").ok().and_then(moment);
    [
        ("leadName", text("leadName")),
        ("destination", text("firstChoiceDestination")),
        ("numberOfPeople", number("numberOfGuests")),
        ("numberOfNights", number("numberOfNights")),
        ("arrivalDate", travel.map(iso_day).unwrap_or_default()),
    ]
}

/// The newest enquiries, and the one that is chosen.
pub(super) async fn enquiries(app: &Shared, typed: &Typed) -> Result<Vec<Choice>, Failure> {
    let wanted = EnquiriesWanted { limit: ENQUIRIES_MAX, ..EnquiriesWanted::default() };
    let (mut found, _more) = app.store.list_enquiries(&wanted).await?;
    let chosen = ObjectId::parse_str(typed.get("enquiryId")).ok();
    let is_there = |id: ObjectId| found.iter().any(|it| it.get_object_id("_id").ok() == Some(id));
    if let Some(id) = chosen.filter(|id| !is_there(*id))
        && let Some(other) = app.store.enquiry(id).await?
    {
        found.insert(0, other);
    }
    Ok(found.iter().filter_map(|it| enquiry_choice(it)).collect())
}

fn enquiry_choice(enquiry: &RawDocument) -> Option<Choice> {
    let text = |key: &str| {
        enquiry.get_str(key).ok().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
    };
    let travel = enquiry.get_datetime("travelDate").ok().and_then(moment);
    let guests = enquiry.get_i32("numberOfGuests").ok().map(|it| format!("{it} guests"));
    let parts = [
        text("leadName"),
        text("tripType"),
        text("firstChoiceDestination"),
        travel.map(short_day),
        guests,
        text("agentName").map(|name| format!("from {name}")),
    ];
    let label = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let id = enquiry.get_object_id("_id").ok()?.to_hex();
    let said: Map<String, Value> =
        said(enquiry).into_iter().map(|(field, said)| (field.to_owned(), said.into())).collect();
    let said = Value::Object(said).to_string();
    Some(Choice { label: if label.is_empty() { id.clone() } else { label }, id, said })
}

/// Those that can be chosen, and the one that is.
pub(super) fn packages(packages: &[Package], typed: &Typed) -> Vec<Choice> {
    let mut choices: Vec<Choice> = packages
        .iter()
        .filter_map(|package| {
            let id = package.id?.to_hex();
            let is_shown = package.active || id == typed.package;
            is_shown.then(|| Choice { label: package.name.clone(), id, said: String::new() })
        })
        .collect();
    choices.sort_by(|a, b| a.label.cmp(&b.label));
    choices
}

/// What a package's price is for.
pub(super) fn package_note(quote: &Quote) -> Option<String> {
    let linked = quote.package.as_ref()?;
    let tier = linked.tier.as_ref().map(|it| it.label.clone());
    let nights = linked.nights.map(|it| format!("{it} nights"));
    let words = [tier, nights, linked.period.clone()];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty())
}
