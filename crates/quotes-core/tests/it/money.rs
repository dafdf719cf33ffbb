//! Minor units of every currency.

use bson::{Document, RawDocumentBuf, doc};
use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use quotes_core::{
    event::CatalogueEvent,
    money::{Currency, Money, decimal_from_json, decimal_to_bson, decimal_to_json, line_amount},
};
use rust_decimal::Decimal;

/// Every code of three letters that is a currency.
fn currencies() -> Vec<Currency> {
    let letters = || 'A'..='Z';
    let codes = letters()
        .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    codes.filter_map(|code| code.parse().ok()).collect()
}

#[test]
fn there_are_currencies_of_every_kind() {
    let all = currencies();
    assert!(all.len() > 150, "{}", all.len());
    for (code, digits) in [("JPY", 0), ("GBP", 2), ("KWD", 3), ("CLF", 4), ("XAU", 2)] {
        assert_eq!(code.parse::<Currency>().unwrap().minor_digits(), digits, "{code}");
    }
}

fn any_currency() -> impl Strategy<Value = Currency> {
    let all = currencies();
    any::<proptest::sample::Index>().prop_map(move |index| *index.get(&all))
}

proptest! {
    #[test]
    fn an_amount_survives_documents_and_json(
        currency in any_currency(),
        minor in -999_999_999_999_999_i64..=999_999_999_999_999,
    ) {
        let money = Money::from_minor(minor, currency).unwrap();
        let again = Money::from_decimal(money.decimal(), currency);
        prop_assert_eq!(again, Some(money));
        let number = decimal_from_json(&money.to_json()).unwrap();
        prop_assert_eq!(Money::from_decimal(number, currency), Some(money));
        let text = serde_json::to_string(&money).unwrap();
        let number = decimal_from_json(&serde_json::from_str(&text).unwrap()).unwrap();
        prop_assert_eq!(Money::from_decimal(number, currency), Some(money));
    }

    #[test]
    fn a_price_survives_documents(currency in any_currency(), minor in 0_i64..=1_000_000) {
        let price = Money::from_minor(minor, currency).unwrap();
        let document: Document = doc! {
            "pricing": { "estimatedCost": decimal_to_bson(price.decimal()), "currency": currency.code() },
        };
        let event = CatalogueEvent::read(&RawDocumentBuf::try_from(&document).unwrap());
        prop_assert_eq!(event.unit, Some(price.decimal().normalize()));
        prop_assert_eq!(event.currency, currency);
        let json = decimal_to_json(price.decimal());
        prop_assert_eq!(decimal_from_json(&json), Some(price.decimal().normalize()));
    }

    #[test]
    fn a_line_is_rounded_once_and_half_up(
        currency in any_currency(),
        millionths in 0_i64..=1_000_000_000,
        quantity in 1_u32..=100,
    ) {
        let unit = Decimal::new(millionths, 6);
        let line = line_amount(unit, quantity, currency).unwrap();
        // In integers: the exact product in millionths, halves up to minor units.
        let step = 10_i128.pow(6 - currency.minor_digits());
        let exact = i128::from(millionths) * i128::from(quantity);
        prop_assert_eq!(i128::from(line.minor()), (2 * exact + step).div_euclid(2 * step));
    }
}
