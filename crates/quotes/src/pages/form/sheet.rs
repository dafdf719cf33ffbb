//! What comes of a form while it is typed: the quote that it would be, its price, what is wrong with it.

use bson::oid::ObjectId;
use jiff::{Timestamp, ToSpan as _};
use quotes_core::{
    changes::{Changes, Identity},
    event::Catalogue,
    package::Package,
    price::Breakdown,
    problem::{Problem, Warning},
    quote::Quote,
};
use serde_json::{Map, Value, json};

use super::typed::Typed;
use crate::{app::Shared, failure::Failure, store::author::Author, writing::Around};

/// So often what can't be used is left out, to see whether the rest has a price.
const TRIES: usize = 4;

/// A form, worked out.
pub(super) struct Sheet {
    /// The quote that it would be, as far as it can be one.
    pub(super) quote: Quote,
    pub(super) price: Breakdown,
    /// Everything that is wrong, by field.
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Warning>,
    /// The events on it as the catalogue has them.
    pub(super) catalogue: Catalogue,
    pub(super) package: Option<Package>,
}

impl Sheet {
    /// Why the package gives no price.
    pub(super) fn package_problem(&self) -> Option<&str> {
        self.problems.iter().find(|it| is_about_package(it)).map(|it| it.message.as_str())
    }

    /// Works a form out. Nothing is written.
    pub(super) async fn of(
        app: &Shared,
        author: &Author,
        (typed, present): (&Typed, Option<&Quote>),
    ) -> Result<Self, Failure> {
        let mut fields = typed.fields(present);
        let around = Around::look_up(&app.store, &Changes::parse(&fields), present).await?;
        let mut problems = None;
        let (mut unknown_people, mut unknown_nights) = (false, false);
        for _ in 0..TRIES {
            let changes = Changes::parse(&fields);
            let context = around.context(author);
            let tried = match present {
                Some(present) => changes.edit(present, &context),
                None => changes.create(nobody(), &context),
            };
            match tried {
                Ok(edited) => {
                    let mut quote = edited.quote;
                    if unknown_people {
                        quote.trip.people = None;
                    }
                    if unknown_nights {
                        quote.trip.nights = None;
                    }
                    let price = Breakdown::with_catalogue(&quote, &around.catalogue);
                    let warnings = edited.warnings.into_iter().chain(price.warnings.clone());
                    return Ok(Self {
                        warnings: warnings.collect(),
                        quote,
                        price,
                        problems: problems.unwrap_or_default(),
                        catalogue: around.catalogue,
                        package: around.package,
                    });
                }
                Err(wrong) => {
                    let wrong: Vec<Problem> = wrong.into_iter().collect();
                    for problem in &wrong {
                        if is_about_package(problem) {
                            // Nobody typed anything wrong: this group has no price there.
                            leave_out(&mut fields, "linkedPackage", present.is_none());
                            if present.is_none() {
                                fields.entry("basePrice").or_insert_with(|| json!(0));
                            }
                            continue;
                        }
                        unknown_people |= problem.field == "numberOfPeople" && present.is_none();
                        unknown_nights |= problem.field == "numberOfNights" && present.is_none();
                        leave_out(&mut fields, &problem.field, present.is_none());
                    }
                    problems.get_or_insert(wrong);
                }
            }
        }
        // Locked or deleted: then the price is the one that stands.
        let quote = present.cloned().ok_or_else(|| {
            Failure::unexpected(anyhow::anyhow!("a form without anything in it has no price"))
        })?;
        let price = Breakdown::with_catalogue(&quote, &around.catalogue);
        Ok(Self {
            warnings: price.warnings.clone(),
            quote,
            price,
            problems: problems.unwrap_or_default(),
            catalogue: around.catalogue,
            package: around.package,
        })
    }
}

/// A package that gives no price, or can't be chosen.
fn is_about_package(problem: &Problem) -> bool {
    problem.field.starts_with("linkedPackage")
        || problem.code.starts_with("package_")
        || problem.code == "price_on_request" && problem.field == "basePrice"
}

/// A quote that is never written.
fn nobody() -> Identity {
    Identity { id: ObjectId::new(), made_by_run: None }
}

/// Leaves a field out that can't be used; what a new quote can't do without gets something harmless.
fn leave_out(fields: &mut Map<String, Value>, field: &str, is_new: bool) {
    let mut path = field.split('.');
    let name = path.next().unwrap_or_default();
    if name == "selectedEvents"
        && let Some(at) = path.next().and_then(|it| it.parse::<usize>().ok())
    {
        let list = fields.get_mut(name).and_then(Value::as_array_mut);
        let entry = list.and_then(|list| list.get_mut(at));
        let Some(entry) = entry else { return };
        match (path.next(), entry.as_object_mut()) {
            // What it costs is shown before it is said who named the price.
            (Some("priceReason"), Some(entry)) if said_nothing(entry) => {
                entry.insert("priceReason".to_owned(), json!("-"));
            }
            (Some("price" | "priceReason"), Some(entry)) => {
                entry.remove("price");
                entry.remove("priceReason");
            }
            // An id of its own lets an entry stand without an event.
            _ => *entry = json!({ "_id": null }),
        }
        return;
    }
    fields.remove(name);
    if is_new {
        let harmless = match name {
            "enquiryId" => json!(ObjectId::new().to_hex()),
            "numberOfPeople" | "numberOfRooms" | "numberOfNights" => json!(1),
            "leadName" | "hotelName" | "whatsIncluded" => json!("-"),
            "basePrice" => json!(0),
            "arrivalDate" => json!(in_a_month()),
            _ => return,
        };
        fields.insert(name.to_owned(), harmless);
    }
}

fn said_nothing(entry: &Map<String, Value>) -> bool {
    let reason = entry.get("priceReason").and_then(Value::as_str);
    entry.contains_key("price") && reason.is_none_or(|it| it.trim().is_empty())
}

fn in_a_month() -> String {
    let zoned = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    zoned.saturating_add(30.days()).strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::leave_out;

    #[test]
    fn what_can_not_be_used_is_left_out_and_the_rest_stays() {
        let mut fields = json!({ "hotelName": 7, "title": "x", "selectedEvents": [
            { "eventId": "a", "price": -1, "priceReason": "r" }, { "eventId": "?" }] });
        let map = fields.as_object_mut().unwrap();
        for field in ["hotelName", "selectedEvents.0.price", "selectedEvents.1.eventId", "title"] {
            leave_out(map, field, true);
        }
        assert_eq!(fields["hotelName"], "-");
        assert_eq!(fields["selectedEvents"], json!([{ "eventId": "a" }, { "_id": null }]));
        assert_eq!(fields.get("title"), None::<&Value>);
    }
}
