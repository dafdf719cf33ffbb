//! The agency's own things: categories, events and users.

use bson::{RawDocumentBuf, raw::cstr, rawdoc};

use crate::data::{
    chance::{Chance, Purpose, number},
    draft::array,
    events::{city, cost, name},
    ids::{EVENTS, EVENTS_UNPRICED, Kind, USERS, object_id, reference_created},
    words::{COMPANIES, FIRST_NAMES, LAST_NAMES},
};

const CATEGORIES: [(&str, &str, bool); 8] = [
    ("Day", "day", true),
    ("Night", "night", true),
    ("Adult", "adult", true),
    ("Stag", "stag", true),
    ("Hen", "hen", true),
    ("Water sports", "water-sports", false),
    ("Food & drink", "food-drink", false),
    ("Relaxing", "relaxing", false),
];

/// Of "correct horse battery staple", cost 12. One for all: hashing takes a quarter of a second.
const PASSWORD: &str = "$2b$12$SQKyvJHTGc2oIdIYmYKXgOnzdFQDXz/pk1WBaxps6hnPI5hjha7cC";

pub(super) fn categories(seed: u64) -> Vec<RawDocumentBuf> {
    (0..)
        .zip(CATEGORIES)
        .map(|(n, (name, slug, is_system))| {
            rawdoc! {
                "_id": object_id(Kind::Category, seed, n),
                "name": name,
                "slug": slug,
                "icon": "🎉",
                "color": "#3B82F6",
                "isSystem": is_system,
                "isActive": true,
                "displayOrder": i32::try_from(n).unwrap_or_default(),
                "createdAt": reference_created(),
                "updatedAt": reference_created(),
                "__v": 0,
            }
        })
        .collect()
}

/// The first 102 were seeded by a script that knew no prices.
pub(super) fn events(seed: u64) -> Vec<RawDocumentBuf> {
    (0..EVENTS).map(|n| event(seed, n)).collect()
}

fn event(seed: u64, n: u64) -> RawDocumentBuf {
    let mut chance = Chance::new(Purpose::Event, seed, n);
    let everywhere = chance.percent(20);
    let city = city(n);
    let destinations: &[&str] = if everywhere { &[] } else { &[city] };
    let categories = [n % 5, 5 + n % 3].map(|n| object_id(Kind::Category, seed, n));
    let mut event = rawdoc! {
        "_id": object_id(Kind::Event, seed, n),
        "name": name(n),
        "description": format!("{}, with a guide and all equipment.", name(n)),
        "categories": array(categories),
        "destinations": array(destinations.iter().copied()),
        "availableInAllDestinations": everywhere,
        "isActive": n % 25 != 24,
        "displayOrder": i32::try_from(n).unwrap_or_default(),
        "minimumPeople": chance.between(1, 10),
    };
    if let Some(cost) = cost(n) {
        event
            .append(cstr!("pricing"), rawdoc! { "estimatedCost": number(cost), "currency": "GBP" });
    }
    let administrator = object_id(Kind::User, seed, 0);
    let mut metadata = rawdoc! { "createdBy": administrator };
    if n >= EVENTS_UNPRICED {
        metadata.append(cstr!("updatedBy"), administrator);
    }
    metadata.append(cstr!("createdAt"), reference_created());
    metadata.append(cstr!("updatedAt"), reference_created());
    event.append(cstr!("metadata"), metadata);
    event.append(cstr!("__v"), 0);
    event
}

/// The first two are administrators, the last waits for approval.
pub(super) fn users(seed: u64) -> Vec<RawDocumentBuf> {
    let user = |(n, (first, last)): (u64, (&&str, &&str))| {
        let approved = n + 1 < USERS;
        rawdoc! {
            "_id": object_id(Kind::User, seed, n),
            "name": format!("{first} {last}"),
            "company": COMPANIES[usize::try_from(n).unwrap_or_default() % COMPANIES.len()],
            "contactEmail": format!("user{n}@agency.example"),
            "password": PASSWORD,
            "role": if n < 2 { "admin" } else { "agent" },
            "isApproved": approved,
            "registrationStatus": if approved { "approved" } else { "pending" },
            "createdAt": reference_created(),
            "updatedAt": reference_created(),
            "__v": 0,
        }
    };
    (0..USERS).zip(FIRST_NAMES.iter().zip(LAST_NAMES)).map(user).collect()
}
