//! The words that documents are made of.

pub(super) const FIRST_NAMES: &[&str] = &[
    "Oliver", "Amelia", "Jack", "Isla", "Harry", "Ava", "Siân", "Zoë", "Noah", "Róisín", "George",
    "Freya", "Łukasz", "Chloe", "Ellie", "Tom", "Nia", "Björn", "Priya", "Declan",
];
pub(super) const LAST_NAMES: &[&str] = &[
    "Smith", "Jones", "Taylor", "O'Brien", "Williams", "Brown", "Evans", "Núñez", "Walker",
    "Wright", "Robinson", "Thompson", "White", "Hughes", "Edwards", "Green", "Hall", "Müller",
];
pub(super) const DESTINATIONS: &[&str] = &[
    "Benidorm",
    "Albufeira",
    "Prague",
    "Budapest",
    "Kraków",
    "Marbella",
    "Magaluf",
    "Dublin",
    "Amsterdam",
    "Barcelona",
];
pub(super) const HOTELS: &[&str] = &[
    "Hotel Melia Centro",
    "Sol Pelicanos Ocas",
    "Grand Hotel Bernard",
    "Ibis Old Town",
    "Hotel Río Park",
    "Belroy Art Hotel",
    "Victoria Boutique",
    "Clube Praia da Oura",
];
pub(super) const ACTIVITIES: &[&str] = &[
    "Go-karting",
    "Paintball",
    "Boat party",
    "Bar crawl",
    "Escape room",
    "Cocktail making",
    "Beach Olympics",
    "Quad bikes",
    "Spa afternoon",
    "Clay pigeon shooting",
    "Dance class",
    "Life drawing",
    "Bubble football",
    "Wine tasting",
    "Dinner and show",
];
pub(super) const INCLUDED: &[&str] = &[
    "Three nights' accommodation in shared rooms with breakfast each morning.",
    "Guided bar crawl with entry to four venues and a welcome drink in each of them.",
    "Private airport transfers in both directions, with a representative to meet you.",
    "Reserved table at a nightclub on the second night, with two bottles of spirits.",
    "Three-course meal with half a bottle of wine per person.",
    "24-hour support by telephone from our team in the resort.",
];
pub(super) const NOTES: &[&str] = &[
    "Customer called, wants twin rooms rather than triples.",
    "Waiting for the hotel to confirm late check-out.",
    "Price matched against a competitor; do not discount further.",
    "Deposit promised for Friday.",
];
pub(super) const COMPANIES: &[&str] =
    &["Last Night Ltd", "Hen & Stag Travel", "Weekenders", "Party Breaks UK"];
