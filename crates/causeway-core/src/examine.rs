//! Looks at one raw document with the eyes of a migration: its `_id`, its hashes, its state.
//!
//! One walk over the elements answers everything a pass wants to know, for this runs once for each
//! document of a collection, twice in a run.

use bson::RawDocument;
use xxhash_rust::xxh3::{Xxh3Default, xxh3_128};

use crate::digest::Digest;
use crate::element::{Element, Elements, Malformed};
use crate::migration::{BsonType, Migration, Step};
use crate::record::State;

/// What a migration's steps ask of the documents of one collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Lens {
    /// Top-level fields that the steps own, without repetition.
    owned: Vec<String>,
    rules: Vec<Rule>,
}

/// What one step asks of a document; fields are positions in [`Lens::owned`].
#[derive(Debug, Clone, Copy, PartialEq)]
enum Rule {
    Has {
        step: usize,
        field: usize,
        bson_type: BsonType,
    },
    Lacks {
        step: usize,
        field: usize,
    },
    Renamed {
        step: usize,
        from: usize,
        to: usize,
    },
    /// Only the server can tell whether a computed field is up to date.
    Computed,
}

/// What a document looks like through a lens.
#[derive(Debug)]
pub struct Examined<'a> {
    /// Its `_id`; none only in a damaged document, for the server adds one.
    pub id: Element<'a>,
    /// Its hashes.
    pub digest: Digest,
    /// Its state with respect to all steps together.
    pub state: State,
    /// The owned elements found, with the position of their name in [`Lens::owned`].
    pub owned: Vec<(usize, Element<'a>)>,
}

/// A document that can't be examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotExamine {
    /// Its bytes make no sense.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It has no `_id`.
    #[error("the document has no _id")]
    NoId,
}

impl Lens {
    /// The lens of `migration` for `collection`.
    #[must_use]
    pub fn of(migration: &Migration, collection: &str) -> Self {
        let mut lens = Self { owned: Vec::new(), rules: Vec::new() };
        for (number, step) in migration.steps.iter().enumerate() {
            if step.collection().as_str() != collection {
                continue;
            }
            match step {
                Step::AddField(step) => {
                    let field = lens.own(step.field.as_str());
                    lens.rules.push(Rule::Has { step: number, field, bson_type: step.bson_type });
                }
                Step::RemoveField(step) => {
                    let field = lens.own(step.field.as_str());
                    lens.rules.push(Rule::Lacks { step: number, field });
                }
                Step::RenameField(step) => {
                    let (from, to) = (lens.own(step.from.as_str()), lens.own(step.to.as_str()));
                    lens.rules.push(Rule::Renamed { step: number, from, to });
                }
                Step::SetComputed(step) => {
                    for field in &step.fields {
                        lens.own(field.as_str());
                    }
                    lens.rules.push(Rule::Computed);
                }
                Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => {}
            }
        }
        lens
    }

    fn own(&mut self, name: &str) -> usize {
        self.owned.iter().position(|owned| owned == name).unwrap_or_else(|| {
            self.owned.push(name.to_owned());
            self.owned.len() - 1
        })
    }

    /// The owned fields' names.
    #[must_use]
    pub fn owned(&self) -> Vec<&str> {
        self.owned.iter().map(String::as_str).collect()
    }

    /// For each `add_field` step: its number, and the position of its field among the owned ones.
    pub fn added_fields(&self) -> impl Iterator<Item = (usize, usize)> {
        self.rules.iter().filter_map(|rule| match rule {
            Rule::Has { step, field, .. } => Some((*step, *field)),
            Rule::Lacks { .. } | Rule::Renamed { .. } | Rule::Computed => None,
        })
    }

    /// Looks at `document`.
    ///
    /// # Errors
    /// When it is no well-formed document with an `_id`.
    pub fn examine<'a>(&self, document: &'a RawDocument) -> Result<Examined<'a>, CannotExamine> {
        let bytes = document.as_bytes();
        let mut id = None;
        let mut owned = Vec::new();
        let mut hasher: Option<Xxh3Default> = None;
        let mut stretch_start = 4;
        for element in Elements::of(document) {
            let element = element?;
            if id.is_none() && element.name == b"_id" {
                id = Some(element);
            }
            if let Some(field) = self.owned.iter().position(|it| it.as_bytes() == element.name) {
                // Hash the stretches between owned elements: one-shot where there are none.
                hasher
                    .get_or_insert_with(Xxh3Default::new)
                    .update(&bytes[stretch_start..element.start]);
                stretch_start = element.end;
                owned.push((field, element));
            }
        }
        let last = &bytes[stretch_start..bytes.len() - 1];
        let rest = hasher.map_or_else(
            || xxh3_128(last),
            |mut hasher| {
                hasher.update(last);
                hasher.digest128()
            },
        );
        Ok(Examined {
            id: id.ok_or(CannotExamine::NoId)?,
            digest: Digest { all: xxh3_128(bytes), rest },
            state: self.state(&owned),
            owned,
        })
    }

    fn state(&self, owned: &[(usize, Element<'_>)]) -> State {
        let mut overall = State::Applied;
        for rule in &self.rules {
            overall = match (overall, rule.state(owned)) {
                (State::Malformed, _) | (_, State::Malformed) => State::Malformed,
                (State::Absent, _) | (_, State::Absent) => State::Absent,
                (State::Applied, State::Applied) => State::Applied,
            };
        }
        overall
    }

    /// Why a document is malformed: the steps that object to it, each with the field, as a position
    /// in [`Lens::owned`], that it objects to.
    pub fn objections(
        &self,
        owned: &[(usize, Element<'_>)],
    ) -> impl Iterator<Item = (usize, usize)> {
        let malformed = self.rules.iter().filter(|rule| rule.state(owned) == State::Malformed);
        malformed.filter_map(|rule| match *rule {
            Rule::Has { step, field, .. } | Rule::Lacks { step, field } => Some((step, field)),
            Rule::Renamed { step, to, .. } => Some((step, to)),
            Rule::Computed => None,
        })
    }

    /// Whether some step's result can only be judged by the server.
    #[must_use]
    pub fn has_computed(&self) -> bool {
        self.rules.contains(&Rule::Computed)
    }
}

impl Rule {
    fn state(self, owned: &[(usize, Element<'_>)]) -> State {
        match self {
            Self::Has { field, bson_type, .. } => state_of_added(owned, field, bson_type),
            Self::Lacks { field, .. } => match present(owned, field) {
                0 => State::Applied,
                1 => State::Absent,
                _ => State::Malformed,
            },
            Self::Renamed { from, to, .. } => match (present(owned, from), present(owned, to)) {
                (0, _) => State::Applied,
                (1, 0) => State::Absent,
                _ => State::Malformed,
            },
            Self::Computed => State::Absent,
        }
    }
}

fn present(owned: &[(usize, Element<'_>)], field: usize) -> usize {
    owned.iter().filter(|(owned, _)| *owned == field).count()
}

/// A field name can stand twice in a document that a tool made; the server updates the first one
/// only, so the second makes the document malformed.
fn state_of_added(owned: &[(usize, Element<'_>)], field: usize, bson_type: BsonType) -> State {
    let mut found = owned.iter().filter(|(owned, _)| *owned == field);
    match (found.next(), found.next()) {
        (None, _) => State::Absent,
        (Some((_, element)), None) if bson_type.matches_element_type(element.kind) => {
            State::Applied
        }
        _ => State::Malformed,
    }
}
