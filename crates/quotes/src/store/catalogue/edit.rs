//! Fields to set and to take away; all others stay as they are.

use bson::{Bson, Document};

use crate::take::Sent;

/// Which fields change, in the order in which they were sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Edit {
    set: Document,
    unset: Vec<&'static str>,
}

impl Edit {
    /// What was sent for a field.
    pub(crate) fn put<T: Into<Bson>>(&mut self, name: &'static str, sent: Sent<T>) {
        match sent {
            Sent::Absent => {}
            Sent::Null => self.unset.push(name),
            Sent::Is(value) => drop(self.set.insert(name, value.into())),
        }
    }

    /// A value of a field, by a path.
    pub fn set(&mut self, path: &str, value: impl Into<Bson>) {
        self.set.insert(path, value.into());
    }

    /// The value that a field gets.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bson> {
        self.set.get(name)
    }

    /// A new document of what is set.
    #[must_use]
    pub fn created(self) -> Document {
        self.set
    }

    /// Only what is otherwise in this document.
    #[must_use]
    pub fn against(mut self, present: &Document) -> Self {
        self.set =
            self.set.into_iter().filter(|(name, new)| present.get(name) != Some(new)).collect();
        self.unset.retain(|name| present.contains_key(name));
        self
    }

    /// Nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }

    /// The fields that change.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let unset = self.unset.iter().map(|name| (*name).to_owned());
        self.set.keys().cloned().chain(unset).collect()
    }

    /// As the server takes it.
    #[must_use]
    pub fn update(&self) -> Document {
        let unset: Document =
            self.unset.iter().map(|name| ((*name).to_owned(), "".into())).collect();
        let mut update = Document::new();
        for (operator, fields) in [("$set", self.set.clone()), ("$unset", unset)] {
            if !fields.is_empty() {
                update.insert(operator, fields);
            }
        }
        update
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn only_what_is_otherwise_is_written() {
        let mut edit = Edit::default();
        edit.put("name", Sent::Is("Karting"));
        edit.put("isActive", Sent::Is(false));
        edit.put("description", Sent::<String>::Null);
        edit.put("icon", Sent::<String>::Null);
        edit.put("color", Sent::<String>::Absent);
        let present = doc! { "name": "Karting", "isActive": true, "icon": "x", "theirs": 1 };
        let edit = edit.against(&present);
        assert_eq!(edit.names(), ["isActive", "icon"]);
        let update = doc! { "$set": { "isActive": false }, "$unset": { "icon": "" } };
        assert_eq!(edit.update(), update);
        assert!(edit.against(&doc! { "isActive": false }).is_empty());
    }
}
