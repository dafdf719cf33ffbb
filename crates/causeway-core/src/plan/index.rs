//! What the steps about indexes would do.

use super::state::State;
use super::{Action, ReplaceIndex, StepPlan};
use crate::index::{IndexDefinition, IndexFinding, classify};
use crate::migration::{CreateIndex, DropIndex};

/// From this version on, indexes of the same keys may differ in more than their collation.
const COEXIST_SINCE: [u32; 3] = [5, 0, 0];

impl State<'_> {
    pub(super) fn create_index(&mut self, step: &CreateIndex, planned: &mut StepPlan) {
        let wanted = &step.index;
        let mut present = self.indexes_of(&step.collection);
        let mut former: Vec<String> = Vec::new();
        loop {
            match self.meets(wanted, &present) {
                Meets::Nothing => break,
                Meets::Itself => {
                    planned.action = Action::IndexPresent;
                    return;
                }
                Meets::Beside { name, difference } => {
                    planned.notes.push(format!(
                        "{name} has the same keys but differs ({difference}); both stand side by side"
                    ));
                    break;
                }
                Meets::InTheWay { name, note } => {
                    planned.notes.push(note);
                    present.retain(|index| index.name != name);
                    former.push(name);
                }
                Meets::Refusal { difference } => {
                    self.refuse(format!(
                        "index {} can not be created on {}: {difference}",
                        wanted.name, step.collection
                    ));
                    planned.action = Action::ReplaceIndexRefused { difference };
                    return;
                }
            }
        }
        planned.action =
            if former.is_empty() { Action::CreateIndex } else { Action::ReplaceIndex { former } };
        present.push(wanted.clone());
        self.set_indexes(&step.collection, present);
    }

    pub(super) fn drop_index(&mut self, step: &DropIndex, planned: &mut StepPlan) {
        let mut present = self.indexes_of(&step.collection);
        let Some(at) = present.iter().position(|index| index.name == step.name) else {
            planned.action = Action::IndexAbsent;
            return;
        };
        let dropped = present.remove(at);
        planned.action = Action::DropIndex;
        planned.notes.push(format!("down makes it again: {}", dropped.describe()));
        self.set_indexes(&step.collection, present);
    }

    fn meets(&self, wanted: &IndexDefinition, present: &[IndexDefinition]) -> Meets {
        let allowed = self.options.replace_index == ReplaceIndex::Allow;
        match classify(wanted, present) {
            IndexFinding::Missing => Meets::Nothing,
            IndexFinding::Present => Meets::Itself,
            IndexFinding::Rival { name } => Meets::InTheWay {
                note: format!(
                    "{name} is the same index under another name; it is replaced, and made again by down"
                ),
                name,
            },
            IndexFinding::RivalDifferent { name, difference, may_coexist } => {
                if may_coexist && self.inventory.server_version >= COEXIST_SINCE {
                    return Meets::Beside { name, difference };
                }
                Meets::another(allowed, name, &format!("same keys ({difference})"))
            }
            IndexFinding::NameTaken { present, difference } => Meets::another(
                allowed,
                present.name.clone(),
                &format!("the name is taken by {} ({difference})", present.describe()),
            ),
        }
    }

    fn indexes_of(&self, collection: &str) -> Vec<IndexDefinition> {
        self.indexes.get(collection).cloned().unwrap_or_default()
    }

    fn set_indexes(&mut self, collection: &str, indexes: Vec<IndexDefinition>) {
        if let Some(known) = self.indexes.get_mut(collection) {
            *known = indexes;
        }
    }
}

/// What an index that is wanted meets, and what follows from it.
enum Meets {
    Nothing,
    Itself,
    Beside { name: String, difference: String },
    InTheWay { name: String, note: String },
    Refusal { difference: String },
}

impl Meets {
    /// Another index stands in the way: it goes when that is allowed.
    fn another(allowed: bool, name: String, difference: &str) -> Self {
        if allowed {
            let note = format!("{name}: {difference}; it is replaced, and made again by down");
            Self::InTheWay { name, note }
        } else {
            Self::Refusal { difference: format!("{name}: {difference}") }
        }
    }
}
