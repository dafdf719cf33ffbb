//! Which price of a package a group gets.

use bson::doc;
use jiff::civil::Date;
use quotes_core::package::{NoOffer, Package};

use crate::office::{package, raw};

fn offer(people: u32, nights: u32, arrival: &str) -> Result<(String, u32, Option<i64>), NoOffer> {
    let arrival: Date = arrival.parse().unwrap();
    let offer = Package::read(&raw(&package())).offer(people, nights, arrival)?;
    Ok((offer.period, offer.tier.index, offer.whole.map(|whole| whole.minor())))
}

#[test]
fn the_first_tier_and_the_special_time_before_the_month() {
    for (people, nights, arrival, period, tier, whole) in [
        (6, 2, "2027-05-28", "May", 0, Some(6 * 200)),
        (11, 3, "2027-05-28", "May", 0, Some(11 * 300)),
        (12, 3, "2028-05-01", "May", 1, Some(12 * 270)),
        (10, 2, "2027-05-29", "Spring holiday", 0, Some(10 * 300)),
        (10, 2, "2027-06-02", "Spring holiday", 0, Some(10 * 300)),
        (6, 2, "2027-04-30", "Apr", 0, None),
        (6, 3, "2027-04-30", "Apr", 0, Some(6 * 300)),
    ] {
        let expected = (period.to_owned(), tier, whole.map(|whole: i64| whole * 100));
        assert_eq!(offer(people, nights, arrival), Ok(expected), "{people} {nights} {arrival}");
    }
}

#[test]
fn what_has_no_price_says_why() {
    for (people, nights, arrival, message) in [
        (
            5,
            3,
            "2027-05-14",
            "the package has no price for 5 people; it is for 6-11 People, 12+ People",
        ),
        (
            10,
            3,
            "2027-06-03",
            "the package has no price for an arrival on 2027-06-03; it is for May, Apr, Spring holiday",
        ),
        (
            10,
            5,
            "2027-05-14",
            "the package has no price for 5 nights in May; it is for 2, 3, 4 nights",
        ),
    ] {
        assert_eq!(offer(people, nights, arrival).unwrap_err().to_string(), message);
    }
}

#[test]
fn what_can_not_be_read_is_left_out_and_marked() {
    let package = Package::read(&raw(&doc! {
        "_id": "text",
        "groupSizeTiers": ["all", { "minPeople": 2 }],
        "pricingMatrix": [
            { "period": "Easter", "periodType": "special", "prices": [] },
            { "period": "June", "prices": [
                { "groupSizeTierIndex": 1, "nights": 2, "price": "a lot" },
                { "groupSizeTierIndex": 1, "nights": 3, "price": 12.5 },
            ] },
        ],
    }));
    let fields: Vec<&str> = package.marks.iter().map(|mark| mark.field.as_str()).collect();
    for field in ["_id", "name", "groupSizeTiers.0", "pricingMatrix.0", "pricingMatrix.1.prices.0"]
    {
        assert!(fields.contains(&field), "{field} is not marked: {fields:?}");
    }
    let offer = package.offer(1_000, 3, "2027-06-01".parse().unwrap()).unwrap();
    assert_eq!((offer.tier.index, offer.whole.map(|whole| whole.minor())), (1, Some(1_250_000)));
}
