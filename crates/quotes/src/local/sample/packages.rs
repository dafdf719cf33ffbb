//! Super offer packages with their prices per person.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use super::{Sample, catalogue::DESTINATIONS};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const NIGHTS: [i32; 3] = [2, 3, 4];
const PACKAGES: usize = 4;

pub(super) fn packages(sample: Sample) -> Vec<Document> {
    let now = DateTime::from_jiff(sample.now);
    (0_i32..)
        .zip(DESTINATIONS)
        .take(PACKAGES)
        .map(|(number, destination)| {
            let matrix: Vec<Document> = (0_i32..)
                .zip(MONTHS)
                .map(|(month, name)| {
                    let prices = prices(60 + 10 * number, month);
                    doc! { "period": name, "periodType": "month", "prices": prices }
                })
                .collect();
            doc! {
                "_id": ObjectId::new(), "name": format!("{destination} Super Offer"),
                "destination": destination, "currency": "GBP",
                "groupSizeTiers": [
                    { "label": "6-11 People", "minPeople": 6, "maxPeople": 11 },
                    { "label": "12+ People", "minPeople": 12, "maxPeople": 100 },
                ],
                "durationOptions": NIGHTS.to_vec(), "pricingMatrix": matrix,
                "status": "active", "version": 1, "createdBy": sample.author,
                "createdAt": now, "updatedAt": now, "__v": 0,
            }
        })
        .collect()
}

/// Each tier and number of nights. Four nights in August are a matter of asking.
fn prices(from: i32, month: i32) -> Vec<Document> {
    let cells = [0, 1].into_iter().flat_map(|tier| NIGHTS.map(|nights| (tier, nights)));
    cells
        .map(|(tier, nights)| {
            let price = match (month, nights) {
                (7, 4) => Bson::from("ON_REQUEST"),
                _ => Bson::Int32(from + 35 * nights + 3 * month - 10 * tier),
            };
            doc! { "groupSizeTierIndex": tier, "nights": nights, "price": price }
        })
        .collect()
}
