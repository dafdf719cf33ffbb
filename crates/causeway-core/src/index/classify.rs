//! What an index that is wanted finds among those that are there.

use super::compare::{differences, text_fields};
use super::definition::IndexDefinition;
use super::options;

/// What an index that is wanted finds on the collection.
#[derive(Debug, Clone, PartialEq)]
pub enum IndexFinding {
    /// Neither its name nor its keys are there.
    Missing,
    /// It is there, under its name.
    Present,
    /// It is there under another name; the server would refuse it with error 85.
    Rival {
        /// The name it has.
        name: String,
    },
    /// An index with the same keys but other options has another name.
    RivalDifferent {
        /// Its name.
        name: String,
        /// In which way they differ, the wanted one first.
        difference: String,
        /// Whether a server of version 5.0 or later lets both stand side by side: it does when
        /// uniqueness, sparseness, partial filter or collation differ. Else it answers error 85.
        may_coexist: bool,
    },
    /// The name is taken by another index; the server would refuse it with error 86 (or 85).
    NameTaken {
        /// What has the name.
        present: IndexDefinition,
        /// In which way they differ, the wanted one first.
        difference: String,
    },
}

/// Finds out what a wanted index meets. A taken name comes first, because nothing else can be done
/// before it is free: classify again without that index to learn about rivals.
pub fn classify(wanted: &IndexDefinition, present: &[IndexDefinition]) -> IndexFinding {
    let wanted = &wanted.beside(present);
    if let Some(found) = present.iter().find(|index| index.name == wanted.name) {
        let difference = differences(wanted, found);
        if difference.is_empty() {
            return IndexFinding::Present;
        }
        return IndexFinding::NameTaken {
            present: found.clone(),
            difference: difference.join("; "),
        };
    }
    if let Some(same) = present.iter().find(|index| wanted.same_definition(index)) {
        return IndexFinding::Rival { name: same.name.clone() };
    }
    // One that can't stay comes before those that can.
    let rivals = present.iter().filter(|index| rivals(wanted, index));
    match rivals.min_by_key(|index| may_coexist(wanted, index)) {
        None => IndexFinding::Missing,
        Some(rival) => IndexFinding::RivalDifferent {
            name: rival.name.clone(),
            difference: differences(wanted, rival).join("; "),
            may_coexist: may_coexist(wanted, rival),
        },
    }
}

/// A collection can have only one text index, whatever its fields.
fn rivals(wanted: &IndexDefinition, present: &IndexDefinition) -> bool {
    wanted.same_keys(present) || (is_text(wanted) && is_text(present))
}

fn is_text(index: &IndexDefinition) -> bool {
    !text_fields(index).is_empty()
}

/// From server 5.0 on these options, with the keys, are what tells two indexes apart.
fn may_coexist(wanted: &IndexDefinition, present: &IndexDefinition) -> bool {
    !is_text(wanted)
        && ["unique", "sparse", "partialFilterExpression", "collation"]
            .iter()
            .any(|name| !options::same(name, wanted, present))
}
