//! Super offer packages with their matrix of prices per person.

use bson::{DateTime, RawArrayBuf, RawBson, RawDocumentBuf, rawdoc};

use crate::data::{
    chance::{Chance, Purpose},
    draft::array,
    ids::{Kind, MILLIS_PER_DAY, PACKAGES, object_id, reference_created},
    words::DESTINATIONS,
};

const PERIODS: [&str; 4] = ["April", "May", "June", "September"];
const NIGHTS: [i32; 3] = [2, 3, 4];
/// 2025-04-18, an Easter.
const SPECIAL_STARTS_MILLIS: i64 = 1_744_934_400_000;

pub(super) fn packages(seed: u64) -> Vec<RawDocumentBuf> {
    (0..PACKAGES).map(|n| package(seed, n)).collect()
}

fn package(seed: u64, n: u64) -> RawDocumentBuf {
    let mut chance = Chance::new(Purpose::Package, seed, n);
    let mut matrix: Vec<RawDocumentBuf> = PERIODS
        .iter()
        .map(|period| {
            rawdoc! { "period": *period, "periodType": "month", "prices": prices(&mut chance) }
        })
        .collect();
    matrix.push(rawdoc! {
        "period": "Easter",
        "periodType": "special",
        "startDate": DateTime::from_millis(SPECIAL_STARTS_MILLIS),
        "endDate": DateTime::from_millis(SPECIAL_STARTS_MILLIS + 4 * MILLIS_PER_DAY),
        "prices": prices(&mut chance),
    });
    rawdoc! {
        "_id": object_id(Kind::Package, seed, n),
        "name": format!("Super Offer {}", n + 1),
        "destination": chance.pick(DESTINATIONS),
        "currency": "GBP",
        "groupSizeTiers": [
            { "label": "6-11 People", "minPeople": 6, "maxPeople": 11 },
            { "label": "12+ People", "minPeople": 12, "maxPeople": 999 },
        ],
        "durationOptions": array(NIGHTS),
        "pricingMatrix": array(matrix),
        "status": "active",
        "version": 1,
        "createdBy": object_id(Kind::User, seed, 0),
        "createdAt": reference_created(),
        "updatedAt": reference_created(),
        "__v": 0,
    }
}

/// One price for each tier and duration; some only on request.
fn prices(chance: &mut Chance) -> RawArrayBuf {
    let cells = (0..2).flat_map(|tier| NIGHTS.map(|nights| (tier, nights)));
    array(cells.map(|(tier, nights)| {
        let price = 60 + 35 * nights - 10 * tier + chance.between(0, 20);
        let price =
            if chance.percent(5) { RawBson::from("ON_REQUEST") } else { RawBson::Int32(price) };
        rawdoc! { "groupSizeTierIndex": tier, "nights": nights, "price": price }
    }))
}
