//! The price of one event on a quote.

use bson::oid::ObjectId;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::{
    money::{Currency, Money, line_amount},
    problem::Warning,
    quote::Selection,
};

/// One event with its price.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Which event.
    pub event: Option<ObjectId>,
    /// The `_id` of its entry on the quote.
    pub entry: Option<ObjectId>,
    /// Its name when it was chosen.
    pub name: String,
    /// The price of one person or of the group; `None` on request.
    pub unit: Option<Decimal>,
    /// What the unit price and the amount are in.
    pub currency: Currency,
    /// The unit price is of one person.
    pub per_person: bool,
    /// How many units: the people, or one.
    pub quantity: u32,
    /// Unit price times quantity, rounded half-up once; `None` on request.
    pub amount: Option<Money>,
    /// Whether the total has it in it.
    pub standing: Standing,
    /// Where a typed price comes from, or why there is none yet.
    pub reason: Option<String>,
}

/// Whether a line is in the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is.
    Counted,
    /// It is in another currency, and nothing is converted.
    OtherCurrency,
    /// It has no price yet.
    OnRequest,
    /// A line before it has the same event.
    Repeated,
}

impl Line {
    /// The line of a chosen event on a quote in `currency`. A price for each of an unknown number of
    /// people is on request.
    pub(super) fn of(selection: &Selection, people: Option<u32>, currency: Currency) -> Self {
        let quantity = if selection.per_person { people } else { Some(1) };
        let amount = selection
            .unit
            .zip(quantity)
            .and_then(|(unit, quantity)| line_amount(unit, quantity, selection.currency));
        let standing = match amount {
            _ if selection.repeated => Standing::Repeated,
            None => Standing::OnRequest,
            Some(_) if selection.currency != currency => Standing::OtherCurrency,
            Some(_) => Standing::Counted,
        };
        Self {
            event: selection.event,
            entry: selection.id,
            name: selection.name.clone(),
            unit: selection.unit,
            currency: selection.currency,
            per_person: selection.per_person,
            quantity: quantity.unwrap_or_default(),
            amount,
            standing,
            reason: selection.reason.clone(),
        }
    }

    /// The amount, if the total has it in it.
    pub fn counted(&self) -> Option<Money> {
        self.amount.filter(|_| self.standing == Standing::Counted)
    }

    /// Why the total does not have it in it.
    pub(super) fn warning(&self, position: usize) -> Option<Warning> {
        let name = &self.name;
        let (code, message) = match self.standing {
            Standing::Counted => return None,
            Standing::OtherCurrency => (
                "other_currency",
                format!("{name} is priced in {} and is not in the total.", self.currency),
            ),
            Standing::OnRequest => {
                ("price_on_request", format!("{name} has a price on request, not in the total."))
            }
            Standing::Repeated => {
                ("repeated_event", format!("{name} is listed more than once and counts once."))
            }
        };
        Some(Warning::new(code, format!("selectedEvents.{position}"), message))
    }
}
