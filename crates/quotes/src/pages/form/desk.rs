//! What is being filled in: worked out, and shown as a page or in parts.

use std::collections::HashMap;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use bson::oid::ObjectId;
use quotes_core::{package::Package, quote::Quote};

use super::{
    choices::{self, Choice, Enquiries, PackageNote},
    chooser::{Chooser, ChosenList, Legacy, Offered},
    fields::FIELDS,
    sheet::Sheet,
    typed::{TEXTS, Typed},
};
use crate::{
    app::Shared,
    failure::{Detail, Failure},
    maintenance::stay_open,
    pages::{
        banners::Banners,
        filled::shown_again,
        receipt::{Controls, Receipt},
        shell::{At, Reader, Shell, page},
        trouble::sentence,
        words::address_of,
    },
    store::author::Author,
    writing::Present,
};

#[derive(Template)]
#[template(path = "pages/form.html")]
struct Form {
    shell: Shell,
    heading: String,
    /// Where it is sent.
    action: String,
    /// Where to without saving.
    back: String,
    /// What a draft in the browser is kept under.
    draft: String,
    /// What the parts are asked with, beside the fields.
    of: String,
    /// What stands in it was sent, and is saved nowhere: the draft in the browser is older.
    was_sent: bool,
    /// So that a form that is sent twice makes one quote.
    key: String,
    /// What stood in it at first, for when two people edit.
    was: String,
    typed: Typed,
    /// What is wrong, by field.
    wrong: HashMap<String, String>,
    /// The same in the order of the form, and what has no field.
    all_wrong: Vec<Wrong>,
    /// Why nothing was saved.
    trouble: Option<String>,
    /// That is maintenance.
    is_paused: bool,
    enquiries: Enquiries,
    packages: Vec<Choice>,
    package_note: PackageNote,
    currencies: [&'static str; 3],
    destinations: Vec<String>,
    sign: &'static str,
    chooser: Chooser,
    chosen: ChosenList,
    legacy: Option<Legacy>,
    receipt: Receipt,
    total: String,
}

/// The parts of the form that a change can move.
#[derive(Template)]
#[template(path = "parts/live.html")]
pub(super) struct Live {
    pub(super) chooser: Option<Chooser>,
    pub(super) enquiries: Option<Enquiries>,
    pub(super) package_note: PackageNote,
    pub(super) chosen: ChosenList,
    pub(super) legacy: Option<Legacy>,
    pub(super) receipt: Receipt,
    pub(super) total: String,
    /// Maintenance may have begun meanwhile.
    pub(super) banners: Banners,
}

/// What is being filled in, and for which quote.
pub(super) struct Desk<'a> {
    pub(super) app: &'a Shared,
    pub(super) reader: &'a Reader,
    pub(super) author: &'a Author,
    pub(super) typed: Typed,
    pub(super) present: Option<&'a Present>,
    /// What stands in it was sent, and is saved nowhere.
    pub(super) was_sent: bool,
}

impl Desk<'_> {
    pub(super) fn quote(&self) -> Option<&Quote> {
        self.present.map(|present| &present.quote)
    }

    pub(super) async fn sheet(&self) -> Result<Sheet, Failure> {
        Sheet::of(self.app, self.author, (&self.typed, self.quote())).await
    }

    /// What can't be saved is shown again with the reason, and nothing of it is lost.
    pub(super) async fn refused(&self, failure: Failure) -> Result<Response, Failure> {
        let is_ours = failure.status == StatusCode::UNPROCESSABLE_ENTITY
            || failure.status == StatusCode::SERVICE_UNAVAILABLE
            || failure.status == StatusCode::CONFLICT;
        if !is_ours {
            return Err(failure);
        }
        self.shown(Some(&failure)).await
    }

    pub(super) fn receipt(&self, sheet: &Sheet, problem: Option<String>) -> Receipt {
        let note = sheet.quote.package.as_ref().and_then(|it| it.name.clone());
        Receipt::of(&sheet.price, note).with_controls(Controls {
            custom_total: self.typed.get("customTotal").to_owned(),
            problem,
            sign: sheet.quote.currency.symbol().unwrap_or_default().to_owned(),
            is_custom: sheet.price.is_custom,
        })
    }

    /// The whole form; again, with why it was not taken.
    pub(super) async fn shown(&self, refused: Option<&Failure>) -> Result<Response, Failure> {
        let mut sheet = self.sheet().await?;
        let (offered, packages, enquiries) = futures_util::try_join!(
            Offered::read(self.app),
            self.app.store.packages(),
            Enquiries::read(self.app, &self.typed)
        )?;
        let package_note = PackageNote::of(&sheet, &self.typed);
        let typed = self.filled(&sheet);
        // A button that only recalculates blames nobody for what is not filled in yet.
        if refused.is_none() {
            sheet.problems.clear();
        }
        let chosen = offered.chosen(&self.typed, &sheet);
        let (wrong, all_wrong) = refused.map(|it| told(&it.details, &chosen)).unwrap_or_default();
        let packages: Vec<Package> = packages.iter().map(|it| Package::read(it)).collect();
        let receipt = self.receipt(&sheet, wrong.get("customTotal").cloned());
        let form = Form {
            shell: self.reader.shell(At::Quotes),
            heading: self.heading(),
            action: self.action(),
            back: self.quote().map_or_else(|| "/quotes".to_owned(), address_of),
            draft: self.quote().map_or("new".to_owned(), |quote| quote.id.to_string()),
            of: self.quote().map(|quote| quote.id.to_string()).unwrap_or_default(),
            was_sent: self.was_sent,
            key: ObjectId::new().to_hex(),
            was: self.first(),
            packages: choices::packages(&packages, &self.typed),
            package_note,
            currencies: ["GBP", "EUR", "USD"],
            destinations: offered.destinations.clone(),
            sign: sheet.quote.currency.symbol().unwrap_or_default(),
            chooser: offered.chooser(&self.typed),
            chosen,
            legacy: offered.legacy(&self.typed, &sheet),
            total: sheet.price.total.to_string(),
            typed,
            trouble: refused.and_then(|it| self.trouble(it)),
            is_paused: self.waits(),
            enquiries: enquiries.refused(wrong.get("enquiryId").cloned()),
            receipt,
            wrong,
            all_wrong,
        };
        Ok(match refused {
            Some(failure) => shown_again(failure, &form),
            None => page(StatusCode::OK, &form),
        })
    }

    /// A price that a package gave stands in its field.
    fn filled(&self, sheet: &Sheet) -> Typed {
        let mut typed = self.typed.clone();
        // One that gives none changes nothing of what stands there.
        if sheet.package_problem().is_some() {
            return typed;
        }
        if typed.recalculate || (typed.get("basePrice").is_empty() && !typed.package.is_empty()) {
            typed.set("basePrice", sheet.price.base.decimal().normalize().to_string());
        }
        typed
    }

    /// Whoever has to wait anyway is told that first, whatever else is wrong.
    fn trouble(&self, refused: &Failure) -> Option<String> {
        trouble(if self.waits() { "MAINTENANCE" } else { refused.code }, refused)
    }

    fn waits(&self) -> bool {
        stay_open(&self.app.maintenance, &self.author.principal, "quotes").is_err()
    }

    /// What the quote says that the form is about.
    fn first(&self) -> String {
        let first = self.quote().map(|quote| Typed::of_quote(quote, String::new()).pairs());
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(first.unwrap_or_default())
            .finish()
    }

    fn heading(&self) -> String {
        let lead = Some(self.typed.get("leadName")).filter(|it| !it.is_empty());
        match (self.quote(), lead) {
            (Some(quote), Some(lead)) => format!("{} · {lead}", quote.reference),
            (Some(quote), None) => quote.reference.to_string(),
            (None, Some(lead)) => format!("New quote for {lead}"),
            (None, None) => "New quote".to_owned(),
        }
    }

    fn action(&self) -> String {
        match self.quote() {
            Some(quote) => format!("{}/edit", address_of(quote)),
            None => "/quotes/new".to_owned(),
        }
    }
}

/// Why nothing was saved, when it is not about single fields.
fn trouble(code: &str, failure: &Failure) -> Option<String> {
    let message = match code {
        "VALIDATION_ERROR" | "EVENTS_NOT_FOUND" | "INVALID_EVENTS" => return None,
        // Somebody went back to a form that was saved, and saved it otherwise.
        "IDEMPOTENCY_KEY_REUSED" => {
            "This form made a quote already. Saving once more makes another one.".to_owned()
        }
        // The banner says what and until when.
        "MAINTENANCE" => "Editing is paused: nothing was saved.".to_owned(),
        _ => sentence(&failure.message),
    };
    Some(format!("{message} What you typed is kept."))
}

/// What is wrong, as the list above the form has it.
#[derive(Debug, Clone)]
struct Wrong {
    /// The control that it is about; none where the form has none.
    control: Option<String>,
    /// What that is called, where the message does not say.
    label: Option<String>,
    message: String,
}

/// What is wrong beside its field, and all of it in the order of the form.
fn told(details: &[Detail], chosen: &ChosenList) -> (HashMap<String, String>, Vec<Wrong>) {
    let (mut beside, mut others) = (HashMap::<String, String>::new(), Vec::new());
    for detail in details {
        let message = sentence(&detail.message);
        let mut path = detail.field.split('.');
        let root = path.next().unwrap_or_default();
        if TEXTS.contains(&root) || root == "linkedPackage" {
            beside.entry(root.to_owned()).or_insert(message);
            continue;
        }
        let row = path.next().and_then(|at| chosen.row(at.parse().ok()?));
        let field = path.next();
        let (control, label) = row.map(|row| row.called(field)).unzip();
        others.push(Wrong { control, label, message });
    }
    let fields = FIELDS.iter().copied().chain([("internalNotes", "Internal notes")]);
    let fields = fields.chain([("linkedPackage", "Package")]);
    let mut all: Vec<Wrong> = fields
        .filter_map(|(field, label)| {
            let message = beside.get(field)?.clone();
            let control = if field == "linkedPackage" { "package" } else { field };
            let (control, label) = (Some(control.to_owned()), Some(label.to_owned()));
            Some(Wrong { control, label, message })
        })
        .collect();
    all.extend(others);
    (beside, all)
}

impl Form {
    fn error(&self, field: &str) -> Option<&str> {
        self.wrong.get(field).map(String::as_str)
    }
}
