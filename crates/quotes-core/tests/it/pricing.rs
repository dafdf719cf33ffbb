//! Prices add up, whatever is done to a quote in whatever order.

use bson::Bson;
use proptest::{
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
    sample::subsequence,
    test_runner::TestCaseError,
};
use quotes_core::{
    document,
    money::Currency,
    price::{Breakdown, Calculation, EventChoice},
    quote::Quote,
};
use serde_json::{Value, json};
use testbed::data::quote as typical_quote;

use crate::office::{Office, chosen, event_id, id, raw};

/// Something that a person does.
#[derive(Debug, Clone)]
enum Deed {
    People(u32),
    Nights(u32),
    Base(u32),
    Total(Option<u32>),
    Currency(&'static str),
    Add(u8),
    Mark(u8),
    Remove(u8),
    Link,
}

impl Deed {
    /// The quote after the deed, or as it was when it is refused.
    fn done(&self, office: &Office, quote: &Quote) -> Quote {
        self.tried(office, quote).unwrap_or_else(|| quote.clone())
    }

    fn tried(&self, office: &Office, quote: &Quote) -> Option<Quote> {
        let price = |pennies: u32| f64::from(pennies) / 100.0;
        let edit = |sent: Value| office.edit(quote, &sent);
        let edited = match self {
            Self::People(people) => edit(json!({ "numberOfPeople": people })),
            Self::Nights(nights) => edit(json!({ "numberOfNights": nights })),
            Self::Base(pennies) => edit(json!({ "basePrice": price(*pennies) })),
            Self::Total(pennies) => edit(json!({ "customTotal": pennies.map(price) })),
            Self::Currency(code) => edit(json!({ "currency": code })),
            Self::Add(n) => office.add(quote, &chosen(*n)),
            Self::Mark(n) => office.alter(quote, *n, &json!({ "pricePerPerson": false })),
            Self::Remove(n) => office.remove(quote, *n),
            Self::Link => edit(json!({ "linkedPackage": { "packageId": id(5, 1).to_hex() } })),
        };
        edited.ok().map(|edited| edited.quote)
    }
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        (1_u32..=30).prop_map(Deed::People),
        (1_u32..=6).prop_map(Deed::Nights),
        (0_u32..=100_000_000).prop_map(Deed::Base),
        proptest::option::of(0_u32..=100_000_000).prop_map(Deed::Total),
        prop_oneof![Just("GBP"), Just("EUR")].prop_map(Deed::Currency),
        (0_u8..8).prop_map(Deed::Add),
        (0_u8..8).prop_map(Deed::Mark),
        (0_u8..8).prop_map(Deed::Remove),
        Just(Deed::Link),
    ]
}

fn adds_up(quote: &Quote) -> Result<(), TestCaseError> {
    let price = Breakdown::of(quote);
    let counted = price.lines.iter().filter_map(|line| line.counted());
    let sum: i64 = counted.map(|amount| amount.minor()).sum();
    prop_assert_eq!(price.events_total.minor(), sum);
    prop_assert_eq!(price.base.minor() + sum + price.adjustment.minor(), price.total.minor());
    prop_assert_eq!(price.adjustment.is_zero() || price.is_custom, true);
    prop_assert_eq!(Some(price.total), quote.total);
    Ok(())
}

/// Deeds that don't speak of the same thing.
fn independent() -> impl Strategy<Value = Vec<Deed>> {
    let deeds = (1_u32..=30, 2_u32..=4, 1_u32..=999, 0_u32..=100_000_000).prop_map(
        |(people, nights, base, total)| {
            vec![
                Deed::People(people.max(6)),
                Deed::Nights(nights),
                // No price of the package: a typed base that is the package's is none.
                Deed::Base(base),
                Deed::Total(Some(total)),
                Deed::Currency("EUR"),
                Deed::Add(2),
                Deed::Add(3),
                Deed::Add(6),
                Deed::Add(7),
                Deed::Mark(0),
                Deed::Remove(1),
            ]
        },
    );
    deeds.prop_flat_map(|deeds| subsequence(deeds, 1..=11))
}

/// Whether the price of an event takes a quote over what a total can be.
fn past_the_limit(office: &Office, quote: &Quote, event: u8) -> bool {
    let added = office.edit(quote, &json!({ "customTotal": 0 })).unwrap().quote;
    let added = office.add(&added, &chosen(event)).unwrap().quote;
    let price = Breakdown::of(&added);
    price.base.minor() + price.events_total.minor() > 100_000_000
}

proptest! {
    #[test]
    fn a_price_adds_up_after_any_deeds(deeds in proptest::collection::vec(deed(), 1..12)) {
        let office = Office::new();
        let mut quote = office.quote(&json!({}));
        for deed in deeds {
            quote = deed.done(&office, &quote);
            adds_up(&quote)?;
            let last = quote.history.last().and_then(|entry| entry.price);
            prop_assert_eq!(last, quote.total, "the last move is the price");
        }
    }

    #[test]
    fn adding_and_removing_an_event_is_neutral(
        deeds in proptest::collection::vec(deed(), 0..8),
        event in 0_u8..8,
        n in 0_u64..500,
    ) {
        let office = Office::new();
        let old = Quote::read(&typical_quote(10, n));
        let made = deeds.iter().fold(office.quote(&json!({})), |quote, deed| deed.done(&office, &quote));
        for quote in [old, made] {
            if quote.selected(event_id(event)).is_some() {
                continue;
            }
            let added = match office.add(&quote, &chosen(event)) {
                Ok(edited) => edited.quote,
                Err(refused) => {
                    prop_assert!(past_the_limit(&office, &quote, event), "{:?}", refused);
                    continue;
                }
            };
            adds_up(&added)?;
            let removed = office.remove(&added, event).unwrap().quote;
            prop_assert_eq!(removed.total, quote.total);
            prop_assert_eq!(Breakdown::of(&removed).base, Breakdown::of(&quote).base);
        }
    }

    #[test]
    fn any_order_of_edits_has_the_same_price(
        deeds in independent(),
        linked in any::<bool>(),
        shuffle in any::<u64>(),
    ) {
        let office = Office::new();
        let mut start = office.quote(&json!({ "selectedEvents": [chosen(0), chosen(1)] }));
        if linked {
            start = Deed::Link.done(&office, &start);
        }
        let mut other = deeds.clone();
        let turn = usize::try_from(shuffle % deeds.len() as u64).unwrap_or_default();
        other.rotate_left(turn);
        if shuffle % 2 == 0 {
            other.reverse();
        }
        let all = |deeds: &[Deed]| {
            deeds.iter().try_fold(start.clone(), |quote, deed| deed.tried(&office, &quote))
        };
        // A package has no price in euros: until somebody typed one, the currency stays.
        let (Some(one), Some(another)) = (all(&deeds), all(&other)) else {
            let asks = linked && deeds.iter().any(|deed| matches!(deed, Deed::Currency(_)));
            prop_assert_eq!(asks, true, "only that can be refused");
            return Ok(());
        };
        let (one, another) = (Breakdown::of(&one), Breakdown::of(&another));
        prop_assert_eq!(one.total, another.total);
        prop_assert_eq!(one.events_total, another.events_total);
        prop_assert_eq!(one.base, another.base);
    }
}

/// A quote with 103.50 pounds of events whose document says this about its price.
fn stored(base: Option<i32>, total: Value, custom: Option<i32>) -> Breakdown {
    let office = Office::new();
    let quote = office.quote(&json!({ "selectedEvents": [chosen(0)] }));
    let mut document = document::create(&quote);
    document.insert("basePrice", base);
    document.insert("totalPrice", Bson::try_from(total).unwrap());
    document.insert("customTotal", custom);
    Breakdown::of(&Quote::read(&raw(&document)))
}

#[test]
fn the_total_in_the_document_decides() {
    for (base, total, custom, parts) in [
        // Base and events make the total.
        (Some(1000), json!(1103.5), None, "£1,000.00 + £103.50 + £0.00 = £1,103.50"),
        // An old document, and one that the old application wrote a total into.
        (None, json!(1103.5), None, "£1,000.00 + £103.50 + £0.00 = £1,103.50"),
        (Some(1000), json!(1200), None, "£1,096.50 + £103.50 + £0.00 = £1,200.00"),
        // A typed total, and one that was typed over.
        (Some(1000), json!(900), Some(900), "£1,000.00 + £103.50 + -£203.50 = £900.00"),
        (Some(1000), json!(950), Some(900), "£1,000.00 + £103.50 + -£153.50 = £950.00"),
        // Below its events.
        (None, json!(50), None, "£0.00 + £103.50 + -£53.50 = £50.00"),
        // Noise, and what is no number.
        (None, json!(863.310_000_000_1), None, "£759.81 + £103.50 + £0.00 = £863.31"),
        (Some(1000), json!("a lot"), None, "£1,000.00 + £103.50 + £0.00 = £1,103.50"),
    ] {
        let price = stored(base, total.clone(), custom);
        let Breakdown { base, events_total, adjustment, total: sum, .. } = price;
        assert_eq!(format!("{base} + {events_total} + {adjustment} = {sum}"), parts, "{total}");
    }
}

#[test]
fn events_have_a_price_before_they_are_chosen() {
    let office = Office::new();
    let choice = |n: u8, per_person: bool| EventChoice { event: event_id(n), per_person };
    let calculation = Calculation {
        currency: Currency::GBP,
        base: "99.995".parse().unwrap(),
        people: Some(3),
        nights: Some(2),
        choices: vec![
            choice(0, true),
            choice(1, false),
            choice(0, false),
            choice(6, true),
            choice(8, true),
            EventChoice { event: id(8, 8), per_person: true },
        ],
    };
    let price = calculation.price(&office.catalogue);
    let sums = [price.base, price.events_total, price.total].map(Some);
    let parts = sums.into_iter().chain([price.per_person, price.per_night]);
    let shown: Vec<String> = parts.map(|money| money.unwrap().to_string()).collect();
    assert_eq!(shown, ["£100.00", "£331.20", "£431.20", "£143.73", "£215.60"]);
    assert_eq!(price.lines.len(), 4);
    let codes: Vec<&str> = price.warnings.iter().map(|warning| warning.code).collect();
    let below = "below_minimum_people";
    assert_eq!(codes, ["other_currency", below, below, below, "event_inactive", below]);
}
