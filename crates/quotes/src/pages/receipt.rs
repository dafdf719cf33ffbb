//! The receipt: how a total comes about, line by line, on a quote and beside its form.

use askama::{Template, filters::HtmlSafe};
use quotes_core::{
    money::Money,
    price::{Breakdown, Line, Standing},
};

use super::words::counted;

/// A price as a receipt.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/receipt.html")]
pub(super) struct Receipt {
    currency: String,
    /// Where the base price comes from.
    base_note: Option<String>,
    base: String,
    counted: Vec<ReceiptLine>,
    /// What is in no total, and why.
    others: Vec<ReceiptLine>,
    custom: Option<Custom>,
    total: String,
    shares: String,
    /// Controls, where it stands beside a form.
    form: Option<Controls>,
}

impl HtmlSafe for Receipt {}

/// One event of it.
#[derive(Debug, Clone)]
struct ReceiptLine {
    name: String,
    basis: String,
    amount: String,
    /// That the group is too small for it.
    note: Option<String>,
}

/// A total that somebody typed.
#[derive(Debug, Clone)]
struct Custom {
    computed: String,
    difference: String,
}

/// What a form adds to the receipt.
#[derive(Debug, Clone)]
pub(super) struct Controls {
    /// What is typed as custom total.
    pub(super) custom_total: String,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
    /// What the totals are in: `£`.
    pub(super) sign: String,
    /// Whether a custom total counts.
    pub(super) is_custom: bool,
}

impl Receipt {
    /// Of a price.
    pub(super) fn of(price: &Breakdown, base_note: Option<String>) -> Self {
        let lines = price.lines.iter().enumerate();
        let (counted, others): (Vec<_>, Vec<_>) =
            lines.partition(|(_, line)| line.standing == Standing::Counted);
        let shown = |(at, line): (usize, &Line)| ReceiptLine::of(line, too_few(price, at));
        let custom = price.is_custom.then(|| Custom {
            computed: price.base.checked_add(price.events_total).unwrap_or(price.base).to_string(),
            difference: signed(price.adjustment),
        });
        Self {
            currency: price.currency.to_string(),
            base_note,
            base: price.base.to_string(),
            counted: counted.into_iter().map(shown).collect(),
            others: others.into_iter().map(shown).collect(),
            custom,
            total: price.total.to_string(),
            shares: shares(price),
            form: None,
        }
    }

    /// The same beside a form.
    pub(super) fn with_controls(self, controls: Controls) -> Self {
        Self { form: Some(controls), ..self }
    }

    /// What is read out when it changes.
    fn said(&self) -> String {
        match self.shares.split(" · ").next().filter(|it| !it.is_empty()) {
            Some(share) => format!("Total {}, {share}", self.total),
            None => format!("Total {}", self.total),
        }
    }
}

impl ReceiptLine {
    fn of(line: &Line, note: Option<String>) -> Self {
        Self { name: line.name.clone(), basis: basis(line), amount: amount(line), note }
    }
}

/// That the group is too small for the event at this place.
fn too_few(price: &Breakdown, at: usize) -> Option<String> {
    let about = format!("selectedEvents.{at}");
    let mut warnings = price.warnings.iter();
    let found = warnings.find(|it| it.code == "below_minimum_people" && it.field == about);
    found.map(|it| it.message.clone())
}

/// `£50.00 × 10 people`, or why it is in no total.
pub(super) fn basis(line: &Line) -> String {
    let unit = line.unit.and_then(|unit| Money::from_decimal(unit, line.currency));
    match (unit, line.per_person) {
        (Some(unit), true) => format!("{unit} × {}", counted(line.quantity, ("person", "people"))),
        (Some(_), false) => "for the group".to_owned(),
        (None, true) => "per person".to_owned(),
        (None, false) => "for the group".to_owned(),
    }
}

/// What it costs, or that nobody knows yet.
pub(super) fn amount(line: &Line) -> String {
    line.amount.map_or_else(|| "on request".to_owned(), |amount| amount.to_string())
}

/// `Boat party £500.00`.
pub(super) fn in_a_line(line: &Line) -> String {
    match line.amount {
        Some(amount) => format!("{} {amount}", line.name),
        None => format!("{}, price on request", line.name),
    }
}

/// `+£36.00`, with a real minus below nothing.
pub(super) fn signed(money: Money) -> String {
    let text = money.to_string();
    match text.strip_prefix('-') {
        Some(below) => format!("−{below}"),
        None => format!("+{text}"),
    }
}

fn shares(price: &Breakdown) -> String {
    let person = price.per_person.map(|it| format!("{it} per person"));
    let night = price.per_night.map(|it| format!("{it} per night"));
    person.into_iter().chain(night).collect::<Vec<_>>().join(" · ")
}
