//! The lists of a quote, which are changed entry by entry as far as that is possible.

use bson::{Bson, Document, RawArray, RawBsonRef, doc};

use super::{PlacesMoved, Update};
use crate::{
    document::entries,
    quote::{Quote, Selection},
};

const SELECTION: &str = "selectedEvents";
const HISTORY: &str = "priceHistory";

/// An entry that stays.
struct Kept {
    position: usize,
    /// Those that are others now.
    fields: Vec<(&'static str, Bson)>,
}

impl Update<'_> {
    pub(super) fn selection(&mut self, before: &Quote, after: &Quote) {
        let added = after.selection.iter().filter(|entry| entry.stored_at.is_none());
        let added: Vec<Bson> = added.map(|entry| entries::selection(entry).into()).collect();
        let Some(list) = self.list(SELECTION) else {
            if !added.is_empty() {
                self.replace(SELECTION, added);
            }
            return;
        };
        let kept = kept(before, after);
        let is_altered = kept.iter().any(|kept| !kept.fields.is_empty());
        let is_removed = kept.len() < before.selection.len();
        if is_removed || (is_altered && !added.is_empty()) {
            // One update can't change entries and add or remove others.
            let entries = rewritten(list, before, &kept).chain(added).collect::<Vec<_>>();
            self.set.insert(SELECTION, entries);
            self.places_moved = Some(PlacesMoved);
        } else if is_altered {
            self.in_place(&kept);
        } else if !added.is_empty() {
            self.push.insert(SELECTION, doc! { "$each": added });
        }
    }

    /// Changes fields of entries where they are.
    fn in_place(&mut self, kept: &[Kept]) {
        for entry in kept {
            for (key, value) in &entry.fields {
                let path = format!("{SELECTION}.{}.{key}", entry.position);
                if *key == "priceReason" && *value == Bson::Null {
                    self.unset.insert(path, "");
                } else {
                    self.set.insert(path, value.clone());
                }
            }
        }
        self.places_moved = Some(PlacesMoved);
    }

    /// Appends the moves of the price that are new.
    pub(super) fn history(&mut self, before: &Quote, after: &Quote) {
        let new = after.history.iter().skip(before.history.len());
        let new: Vec<Bson> = new.map(|entry| entries::history(entry).into()).collect();
        if new.is_empty() {
            return;
        }
        match self.list(HISTORY) {
            Some(_) => {
                self.push.insert(HISTORY, doc! { "$each": new });
            }
            None => self.replace(HISTORY, new),
        }
    }

    fn list(&self, key: &str) -> Option<&RawArray> {
        self.document.get(key).ok().flatten().and_then(RawBsonRef::as_array)
    }

    /// Makes a list of what is none, and keeps what was there under a name of its own.
    fn replace(&mut self, key: &str, entries: Vec<Bson>) {
        self.set.insert(key, entries);
        let Ok(Some(old)) = self.document.get(key) else { return };
        let Ok(old) = Bson::try_from(old) else { return };
        if old != Bson::Null {
            let name = self.free_name(&format!("{key}Replaced"));
            self.set.insert(name, old);
        }
        self.places_moved = Some(PlacesMoved);
    }

    /// The name, or the first with a number after it that the document doesn't have.
    fn free_name(&self, name: &str) -> String {
        let is_free = |name: &String| matches!(self.document.get(name), Ok(None));
        let numbered = (2..100).map(|number| format!("{name}{number}"));
        let mut names = std::iter::once(name.to_owned()).chain(numbered);
        names.find(is_free).unwrap_or_else(|| name.to_owned())
    }
}

/// The entries that stay, with the fields of each that are others now.
fn kept(before: &Quote, after: &Quote) -> Vec<Kept> {
    let pairs = before.selection.iter().filter_map(|old| {
        let position = old.stored_at?;
        let new = after.selection.iter().find(|new| new.stored_at == Some(position))?;
        Some((position, old, new))
    });
    pairs
        .map(|(position, old, new)| {
            let is_relabelled = before.currency != after.currency;
            let fields = changed(old, new, is_relabelled.then_some(Relabelled));
            Kept { position, fields }
        })
        .collect()
}

/// The quote has another currency: an entry without one was in the old currency, and has to say so.
#[derive(Clone, Copy)]
struct Relabelled;

fn changed(
    old: &Selection,
    new: &Selection,
    relabelled: Option<Relabelled>,
) -> Vec<(&'static str, Bson)> {
    let pairs = entries::selection_fields(old).into_iter().zip(entries::selection_fields(new));
    let is_said = |key: &str| relabelled.is_some() && key == "eventCurrency" && new.unit.is_some();
    let differs = pairs.filter(|((key, old), (_, new))| old != new || is_said(key));
    differs.map(|(_, new)| new).collect()
}

/// The stored entries without the removed ones, with the fields that are others, and with all that
/// nobody knows. What is no entry at all stays too.
fn rewritten<'a>(
    list: &'a RawArray,
    before: &'a Quote,
    kept: &'a [Kept],
) -> impl Iterator<Item = Bson> + 'a {
    list.iter_elements().enumerate().filter_map(move |(position, element)| {
        // Bytes that are no text become the sign for that: better than losing the entry.
        let value = Bson::try_from(element.ok()?.value_utf8_lossy().ok()?).ok()?;
        let was_read = before.selection.iter().any(|entry| entry.stored_at == Some(position));
        match (kept.iter().find(|kept| kept.position == position), value) {
            (Some(kept), Bson::Document(entry)) => Some(with_fields(entry, &kept.fields).into()),
            (None, _) if was_read => None,
            (_, value) => Some(value),
        }
    })
}

fn with_fields(mut entry: Document, fields: &[(&'static str, Bson)]) -> Document {
    for (key, value) in fields {
        if *key == "priceReason" && *value == Bson::Null {
            entry.remove(key);
        } else {
            entry.insert(*key, value.clone());
        }
    }
    entry
}
