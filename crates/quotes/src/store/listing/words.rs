//! The words of a search.
//!
//! A quote is found when all of them stand in its lead's name, hotel, title, destination or the names
//! of its events; at least one as a whole word, case and accents aside.

use bson::{Bson, Document, doc};

use super::wanted::literally;

/// The fields that are searched.
const FIELDS: [&str; 5] =
    ["leadName", "hotelName", "title", "destination", "selectedEvents.eventName"];

/// What somebody searches for, apart from what is no letter or digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// The words of a text; whatever has no letter or digit in it is none.
    pub(super) fn of(text: &str) -> Self {
        let apart = text.split(|letter: char| {
            letter.is_whitespace() || letter.is_control() || matches!(letter, '"' | '\\')
        });
        let words = apart.map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()));
        Self(words.filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }

    /// There is nothing to search for.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// For the index of words: each is a phrase, so that all are required, and none is an operator.
    pub(super) fn query(&self) -> Document {
        let phrases: Vec<String> = self.0.iter().map(|word| format!("\"{word}\"")).collect();
        doc! { "$search": phrases.join(" ") }
    }

    /// Where there is no such index: each somewhere, without regard to case.
    pub(super) fn pattern(&self) -> Vec<Bson> {
        let each = self.0.iter().map(|word| {
            let pattern: String = word.chars().map(literally).collect();
            let somewhere = FIELDS.map(|field| {
                Bson::Document(doc! { field: { "$regex": &pattern, "$options": "i" } })
            });
            Bson::Document(doc! { "$or": somewhere.to_vec() })
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn what_people_type_is_no_operator() {
        let search = |text: &str| Words::of(text).query().get_str("$search").unwrap().to_owned();
        assert_eq!(search("o'brien -prague"), "\"o'brien\" \"prague\"");
        assert_eq!(search("\"a b\" \\c"), "\"a\" \"b\" \"c\"");
        assert!(Words::of(" - \u{0} \"\" !").is_empty());
    }
}
