//! Categories and events to choose from.

use anyhow::{Context as _, Result};
use bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use super::{Sample, pick};

pub(super) const DESTINATIONS: [&str; 8] =
    ["Budapest", "Prague", "Kraków", "Barcelona", "Lisbon", "Albufeira", "Benidorm", "Hamburg"];

/// Name, slug, whether the agency's programs rely on it.
const CATEGORIES: [(&str, &str, bool); 7] = [
    ("Day", "day", true),
    ("Night", "night", true),
    ("Adult", "adult", true),
    ("Stag", "stag", true),
    ("Hen", "hen", true),
    ("Water sports", "water-sports", false),
    ("Food & drink", "food-drink", false),
];

/// Name, what it is, categories, unit price in pounds where there is one, people it takes at least.
type Activity = (&'static str, &'static str, &'static [&'static str], Option<f64>, i32);

const ACTIVITIES: [Activity; 14] = [
    ("Boat party", "Three hours on the water with a DJ.", &["night", "stag", "hen"], Some(50.0), 8),
    ("Karting", "Ten minutes of practice, then a race.", &["day", "stag"], Some(42.5), 6),
    ("Paintball", "A morning with 200 balls each.", &["day", "stag"], Some(38.0), 8),
    ("Beer bike", "Through the centre by pedals.", &["day", "food-drink"], Some(29.99), 10),
    ("Wine tasting", "Six wines with a sommelier.", &["food-drink", "hen"], Some(34.0), 4),
    ("Cooking class", "Three courses, cooked and eaten.", &["food-drink", "hen"], Some(55.0), 6),
    ("Spa afternoon", "Thermal bath and massage.", &["day", "hen"], Some(64.5), 2),
    ("Bar crawl", "Four bars with a guide.", &["night", "stag", "hen"], Some(18.0), 6),
    ("Club entry", "Queue jump and a table.", &["night"], Some(25.0), 4),
    ("Steak dinner", "Steak, chips and a beer.", &["food-drink", "stag"], Some(32.0), 4),
    ("Jet ski", "Half an hour for two.", &["water-sports", "day"], Some(75.0), 2),
    ("Sailing trip", "A yacht with skipper.", &["water-sports", "day"], Some(480.0), 6),
    ("Cabaret", "An evening show.", &["night", "adult"], Some(45.0), 4),
    // The price depends on the day: it is asked for when somebody chooses it.
    ("Escape room", "An hour for six.", &["day"], None, 4),
];

/// Each activity in so many destinations, and the last one everywhere.
const DESTINATIONS_EACH: usize = 3;

pub(super) fn categories(sample: Sample) -> Vec<Document> {
    let now = DateTime::from_jiff(sample.now);
    (0..)
        .zip(CATEGORIES)
        .map(|(order, (name, slug, is_system)): (i32, _)| {
            doc! {
                "_id": ObjectId::new(), "name": name, "slug": slug, "icon": "🎉",
                "color": "#3B82F6", "isSystem": is_system, "isActive": true,
                "displayOrder": order, "createdAt": now, "updatedAt": now, "__v": 0,
            }
        })
        .collect()
}

pub(super) fn events(sample: Sample, categories: &[Document]) -> Result<Vec<Document>> {
    let mut events = Vec::new();
    for (number, activity) in ACTIVITIES.iter().enumerate() {
        let ids = ids(categories, activity.2)?;
        if number + 1 == ACTIVITIES.len() {
            events.push(event(sample, (activity, &ids), None));
            continue;
        }
        for turn in 0..DESTINATIONS_EACH {
            let destination = pick(&DESTINATIONS, number + turn * 3);
            events.push(event(sample, (activity, &ids), Some(destination)));
        }
    }
    for (order, event) in (0_i32..).zip(&mut events) {
        event.insert("displayOrder", order);
    }
    Ok(events)
}

fn event(
    sample: Sample,
    ((name, description, _, price, people_min), categories): (&Activity, &[Bson]),
    destination: Option<&str>,
) -> Document {
    let now = DateTime::from_jiff(sample.now);
    let name = match destination {
        Some(destination) => format!("{name} in {destination}"),
        None => (*name).to_owned(),
    };
    let mut event = doc! {
        "_id": ObjectId::new(), "name": name, "description": *description,
        "categories": categories.to_vec(), "destinations": destination.into_iter().collect::<Vec<_>>(),
        "availableInAllDestinations": destination.is_none(), "isActive": true,
        "minimumPeople": *people_min,
    };
    if let Some(price) = price {
        event.insert("pricing", doc! { "estimatedCost": *price, "currency": "GBP" });
    }
    event.insert(
        "metadata",
        doc! {
            "createdBy": sample.author, "updatedBy": sample.author,
            "createdAt": now, "updatedAt": now,
        },
    );
    event.insert("__v", 0);
    event
}

fn ids(categories: &[Document], slugs: &[&str]) -> Result<Vec<Bson>> {
    let id = |slug: &&str| {
        let found = categories.iter().find(|it| it.get_str("slug").is_ok_and(|it| it == *slug));
        found.and_then(|it| it.get("_id").cloned()).with_context(|| format!("no category {slug}"))
    };
    slugs.iter().map(id).collect()
}
