//! A price for events that nobody has put on a quote yet.

use bson::oid::ObjectId;
use rust_decimal::Decimal;

use super::{Basis, Breakdown};
use crate::{
    event::Catalogue,
    money::{Currency, Money},
    quote::Selection,
};

/// What to calculate.
#[derive(Debug, Clone, PartialEq)]
pub struct Calculation {
    /// What the total is in.
    pub currency: Currency,
    /// The price without events.
    pub base: Decimal,
    /// For how many.
    pub people: Option<u32>,
    /// For how long.
    pub nights: Option<u32>,
    /// The events.
    pub choices: Vec<EventChoice>,
}

/// An event and its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventChoice {
    /// Which event.
    pub event: ObjectId,
    /// Its price is of each person.
    pub per_person: bool,
}

impl Calculation {
    /// The price, with the catalogue's prices and warnings. An event given twice counts once; one that
    /// the catalogue doesn't have is left out: say so before.
    pub fn price(&self, catalogue: &Catalogue) -> Breakdown {
        let zero = Money::zero(self.currency);
        let base = Money::from_decimal(self.base, self.currency).unwrap_or(zero);
        let mut selection: Vec<Selection> = Vec::with_capacity(self.choices.len());
        for choice in &self.choices {
            let there = selection.iter().any(|entry| entry.event == Some(choice.event));
            match catalogue.get(choice.event) {
                Some(event) if !there => selection.push(Selection {
                    per_person: choice.per_person,
                    ..Selection::of_event(event, self.currency)
                }),
                Some(_) | None => {}
            }
        }
        let basis = Basis { base, custom_total: None };
        let mut breakdown = Breakdown::calculate(&basis, &selection, (self.people, self.nights));
        breakdown.warnings.extend(catalogue.warnings(&selection, self.people));
        breakdown
    }
}
