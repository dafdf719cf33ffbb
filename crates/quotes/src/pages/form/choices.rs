//! What a form offers to be chosen: enquiries that a quote answers, packages that give its price.

use askama::{Template, filters::HtmlSafe};
use axum::http::StatusCode;
use bson::{RawDocument, oid::ObjectId};
use jiff::Timestamp;
use quotes_core::{package::Package, quote::Quote};
use serde_json::{Map, Value};

use super::{sheet::Sheet, typed::Typed};
use crate::{
    app::Shared,
    failure::Failure,
    pages::{
        trouble::sentence,
        words::{iso_day, moment, short_day},
    },
    store::enquiries::EnquiriesWanted,
};

/// So many enquiries can be chosen from at once.
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
    // One that is past can't be entered.
    let travel = travel.filter(|at| *at > Timestamp::now());
    [
        ("leadName", text("leadName")),
        ("destination", text("firstChoiceDestination")),
        ("numberOfPeople", number("numberOfGuests")),
        ("numberOfNights", number("numberOfNights")),
        ("arrivalDate", travel.map(iso_day).unwrap_or_default()),
    ]
}

/// Enquiries that can be chosen.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/enquiries.html")]
pub(super) struct Enquiries {
    /// The words that they were searched by.
    search: String,
    choices: Vec<Choice>,
    chosen: String,
    /// How many were found: `more than 50`.
    found: String,
    note: Option<String>,
    error: Option<String>,
}

impl HtmlSafe for Enquiries {}

impl Enquiries {
    /// The newest ones that have all the words, and the one that is chosen.
    pub(super) async fn read(app: &Shared, typed: &Typed) -> Result<Self, Failure> {
        let search = typed.enquiry_search.clone();
        let is_all = search.is_empty();
        let words = (!is_all).then(|| search.clone());
        let wanted = EnquiriesWanted { search: words, limit: ENQUIRIES_MAX, cursor: None };
        let (mut listed, more, refused) = match app.store.list_enquiries(&wanted).await {
            Ok((listed, more)) => (listed, more.is_some(), None),
            Err(failure) if failure.status == StatusCode::UNPROCESSABLE_ENTITY => {
                (Vec::new(), false, Some(sentence(&failure.message)))
            }
            Err(failure) => return Err(failure),
        };
        let found =
            if more { format!("more than {}", listed.len()) } else { listed.len().to_string() };
        let note = match (more, is_all) {
            (true, true) => {
                Some(format!("The newest {ENQUIRIES_MAX} are listed; the search finds all."))
            }
            (true, false) => Some(format!("The newest {ENQUIRIES_MAX} of them are listed.")),
            (false, _) => refused,
        };
        let chosen = ObjectId::parse_str(typed.get("enquiryId")).ok();
        let is_there =
            |id: ObjectId| listed.iter().any(|it| it.get_object_id("_id").ok() == Some(id));
        if let Some(id) = chosen.filter(|id| !is_there(*id))
            && let Some(other) = app.store.enquiry(id).await?
        {
            listed.insert(0, other);
        }
        Ok(Self {
            search,
            choices: listed.iter().filter_map(|it| enquiry_choice(it)).collect(),
            chosen: typed.get("enquiryId").to_owned(),
            found,
            note,
            error: None,
        })
    }

    /// With what is wrong with the choice.
    pub(super) fn refused(self, error: Option<String>) -> Self {
        Self { error, ..self }
    }
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

/// What a package's price is for, or why it gives none.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/package.html")]
pub(super) struct PackageNote {
    note: Option<String>,
    problem: Option<String>,
}

impl HtmlSafe for PackageNote {}

impl PackageNote {
    /// Of a form that was worked out; what is wrong with a package that nobody chose is nothing.
    pub(super) fn of(sheet: &Sheet, typed: &Typed) -> Self {
        let chosen = !typed.package.is_empty();
        let problem = sheet.package_problem().filter(|_| chosen).map(str::to_owned);
        Self { note: sheet.package.as_ref().and_then(|_| tier(&sheet.quote)), problem }
    }
}

fn tier(quote: &Quote) -> Option<String> {
    let linked = quote.package.as_ref()?;
    let tier = linked.tier.as_ref().map(|it| it.label.clone());
    let nights = linked.nights.map(|it| format!("{it} nights"));
    let words = [tier, nights, linked.period.clone()];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(", ")).filter(|it| !it.is_empty())
}
