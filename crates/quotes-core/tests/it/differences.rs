//! Two states of a quote, for people.

use quotes_core::difference::between;
use serde_json::json;

use crate::office::{Office, chosen};

#[test]
fn what_a_customer_can_see_to_be_another() {
    let office = Office::new();
    let before = office.quote(&json!({ "selectedEvents": [chosen(0), chosen(1), chosen(7)] }));
    let changes = json!({
        "arrivalDate": "2027-06-04",
        "destination": "Kraków",
        "transferIncluded": true,
        "numberOfPeople": 12,
        "internalNotes": "not for customers",
        "selectedEvents": [chosen(1), chosen(6), chosen(7)],
    });
    let after = office.edit(&before, &changes).unwrap().quote;
    let lines: Vec<String> = between(&before, &after)
        .into_iter()
        .map(|it| {
            let side = |text: Option<String>| text.unwrap_or_else(|| "nothing".to_owned());
            format!("{} {}: {} → {}", it.field, it.label, side(it.before), side(it.after))
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    destination Destination: nothing → Kraków
    numberOfPeople People: 10 → 12
    arrivalDate Arrival: 14 May 2027 → 4 June 2027
    transferIncluded Transfer included: no → yes
    selectedEvents Event 0: £10.35 × 10 people = £103.50 → nothing
    selectedEvents Event 1: £20.70 × 10 people = £207.00 → £20.70 × 12 people = £248.40
    selectedEvents Event 6: nothing → €72.45 × 12 people = €869.40
    eventsTotal Events: £310.50 → £248.40
    totalPrice Total: £1,310.50 → £1,248.40
    ");
    assert_eq!(between(&after, &after.clone()), []);
}
