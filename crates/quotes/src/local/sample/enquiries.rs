//! What the agency was asked for.

use bson::{DateTime, Document, doc, oid::ObjectId};
use jiff::ToSpan as _;

use super::{Sample, catalogue::DESTINATIONS, pick};

const ENQUIRIES: usize = 100;
const FIRST_NAMES: [&str; 10] =
    ["Olivia", "Noah", "Amelia", "Arthur", "Isla", "George", "Ava", "Leo", "Freya", "Oscar"];
const LAST_NAMES: [&str; 9] =
    ["Ashby", "Barlow", "Cole", "Dawson", "Ellis", "Farrow", "Grant", "Hale", "Irwin"];
const COMPANIES: [&str; 4] =
    ["Last Night Travel", "Weekend Makers", "Best Man Tours", "Hen House Holidays"];

pub(super) fn enquiries(sample: Sample) -> Vec<Document> {
    (0..ENQUIRIES).map(|number| enquiry(sample, number)).collect()
}

fn enquiry(sample: Sample, number: usize) -> Document {
    let days = i64::try_from(number % 90).unwrap_or_default();
    let made = sample.now - (days * 24 + 1).hours();
    let travel = sample.now + ((30 + days * 2) * 24).hours();
    let people = i32::try_from(6 + number * 5 % 19).unwrap_or_default();
    let nights = i32::try_from(2 + number % 3).unwrap_or_default();
    let (first, last) = (pick(&FIRST_NAMES, number), pick(&LAST_NAMES, number));
    doc! {
        "_id": ObjectId::new(),
        "leadName": format!("{first} {last}"),
        "tripType": pick(&["stag", "hen", "stag", "hen", "other"], number),
        "agentName": pick(&FIRST_NAMES, number + 3),
        "agentCompany": pick(&COMPANIES, number),
        "agentEmail": format!("agent{}@agency.example", number % 12),
        "firstChoiceDestination": pick(&DESTINATIONS, number),
        "travelDate": DateTime::from_jiff(travel),
        "numberOfNights": nights,
        "numberOfGuests": people,
        "eventsRequested": [],
        "budgetPerPerson": i32::try_from(150 + number % 8 * 50).unwrap_or_default(),
        "status": "quoted",
        "createdAt": DateTime::from_jiff(made),
        "updatedAt": DateTime::from_jiff(made),
        "__v": 0,
    }
}
