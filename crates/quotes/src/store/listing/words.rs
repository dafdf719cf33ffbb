//! The words of a search.
//!
//! A quote is found when all of them stand in its lead's name, hotel, title, destination or the names
//! of its events as whole words, case and accents aside.

use bson::{Bson, Document, doc};

use super::spelling;

/// The fields that are searched.
const FIELDS: [&str; 5] =
    ["leadName", "hotelName", "title", "destination", "selectedEvents.eventName"];
/// Accents that follow their letter.
const MARKS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// What somebody searches for, apart from what is no letter or digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Words(Vec<String>);

impl Words {
    /// The words of a text; whatever has no letter or digit in it is none.
    pub(in crate::store) fn of(text: &str) -> Self {
        let apart = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
        let words = apart.map(|word| word.trim_matches(|letter| !is_letter(letter)));
        Self(words.filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }

    /// There is nothing to search for.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Queries of the index of words, each for another one of them: of several words the index would
    /// read all quotes that have any. A long one is mostly rare, so it comes first.
    pub(super) fn by_index(&self) -> Vec<Document> {
        let mut parts: Vec<&str> =
            self.0.iter().flat_map(|word| word.split(|letter| !is_letter(letter))).collect();
        parts.sort_by_key(|part| std::cmp::Reverse(part.chars().count()));
        parts.dedup();
        let query = |part: &&str| {
            let mut query = doc! { "$text": { "$search": *part } };
            if self.0 != [*part] {
                query.extend(self.by_looking());
            }
            query
        };
        parts.iter().filter(|part| !part.is_empty()).map(query).collect()
    }

    /// The same without that index.
    pub(super) fn by_looking(&self) -> Document {
        let words = self.0.iter().map(|word| in_one_of(&FIELDS, &spelling::word(word)));
        doc! { "$and": words.collect::<Vec<_>>() }
    }

    /// Each somewhere in one of these fields, without regard to case and accents.
    pub(in crate::store) fn somewhere_in(&self, fields: &[&str]) -> Vec<Bson> {
        self.0.iter().map(|word| in_one_of(fields, &spelling::part(word))).collect()
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || MARKS.contains(&letter)
}

fn in_one_of(fields: &[&str], condition: &Document) -> Bson {
    let each = fields.iter().map(|field| Bson::Document(doc! { *field: condition }));
    Bson::Document(doc! { "$or": each.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::Words;

    #[test]
    fn what_people_type_is_no_operator() {
        let words = Words::of("o'brien -prague \"a\" \\c");
        assert_eq!(words, Words(["o'brien", "prague", "a", "c"].map(str::to_owned).to_vec()));
        let by_index = words.by_index();
        let first = by_index.first().and_then(|query| query.get_document("$text").ok());
        assert_eq!(first, Some(&doc! { "$search": "prague" }));
        assert_eq!(by_index.len(), 5, "o, brien, prague, a, c");
        assert!(Words::of(" - \u{0} \"\" !").is_empty());
        assert_eq!(Words::of("-Zoë!").by_index(), [doc! { "$text": { "$search": "Zoë" } }]);
    }
}
