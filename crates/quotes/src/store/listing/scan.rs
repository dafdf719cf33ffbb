//! How a list is read: which part of which index, which way.

use bson::{Bson, Document, doc};
use mongodb::options::{Collation, CollationStrength};

use super::{
    index::Index,
    indexes::Present,
    wanted::{Order, Sort, Wanted},
};

/// A walk through a part of an index.
#[derive(Debug, Clone)]
pub(super) struct Scan {
    index: Index,
    /// What the server calls the index.
    pub(super) name: String,
    prefix: Document,
    ends: (Bson, Bson),
    /// What else the quotes must have.
    pub(super) filter: Document,
    order: Order,
}

/// Bounds of keys, the first included and the last not, and how to walk.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Walk {
    pub(super) min: Document,
    pub(super) max: Document,
    /// None where the index itself is the order.
    pub(super) sort: Option<Document>,
}

impl Scan {
    /// The best way to read a list.
    pub(super) fn of(wanted: &Wanted, present: &Present) -> Self {
        let serving = Index::serving(&wanted.filter, wanted.sort);
        let found = serving.into_iter().find_map(|it| Some((it, present.name(it)?.to_owned())));
        let (index, name) = found.unwrap_or((Index::Id, "_id_".to_owned()));
        let mut filter = wanted.filter.query();
        if index == Index::Destination {
            filter.insert("destination", wanted.filter.destination.as_deref());
        }
        Self {
            index,
            name,
            prefix: index.prefix(&wanted.filter),
            ends: index.ends(&wanted.filter),
            filter,
            order: wanted.order,
        }
    }

    /// Whether it is sorted by age because the index for the wanted order is missing.
    pub(super) fn is_by_age_instead_of(&self, sort: Sort) -> bool {
        self.index == Index::Id && sort != Sort::Created
    }

    /// Whether it leads past quotes that the filter does not want.
    pub(super) fn narrows(&self) -> bool {
        !self.prefix.is_empty()
            || self.index == Index::Deleted
            || self.ends.0 != Bson::MaxKey && self.ends.0 != Bson::MinKey
            || self.ends.1 != Bson::MaxKey && self.ends.1 != Bson::MinKey
    }

    /// The fields that a whole key consists of.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.prefix.keys().map(String::as_str).chain(self.index.sorted().0.iter().copied())
    }

    /// A whole key with this value for a field that is no part of the prefix.
    pub(super) fn key(&self, value: impl Fn(&str) -> Bson) -> Document {
        let mut key = self.prefix.clone();
        key.extend(self.index.sorted().0.iter().map(|field| ((*field).to_owned(), value(field))));
        key
    }

    /// Whether the server can say the key of a document: with a collation it has no longer the values,
    /// but what they are sorted by.
    pub(super) fn collation(&self) -> Option<Collation> {
        let alike =
            || Collation::builder().locale("en").strength(CollationStrength::Primary).build();
        (self.index == Index::Destination).then(alike)
    }

    /// The walk from a key that was reached, or from the beginning, to the end.
    pub(super) fn walk(&self, from: Option<&Document>, backwards: bool) -> Walk {
        let (_, order_of_index) = self.index.sorted();
        let order = if backwards { self.order.reversed() } else { self.order };
        let (first, last) = &self.ends;
        let (low, high) = match order_of_index {
            Order::Ascending => (Bson::MinKey, Bson::MaxKey),
            Order::Descending => (Bson::MaxKey, Bson::MinKey),
        };
        let end = |value: &Bson, id: Bson| {
            self.key(|field| {
                let alone = self.index.sorted().0.len() == 1;
                if field == "_id" && !alone { id.clone() } else { value.clone() }
            })
        };
        let (mut min, mut max) = (end(first, low), end(last, high));
        let along = order == order_of_index;
        if let Some(from) = from {
            *(if along { &mut min } else { &mut max }) = from.clone();
        }
        Walk { min, max, sort: (!along).then(|| self.against(order)) }
    }

    /// The order against the one of the index. A field of which a document has several values can't
    /// lead it: all keys have the same one, so it is left out.
    fn against(&self, order: Order) -> Document {
        let order_of_index = self.index.sorted().1;
        let mut sort = Document::new();
        if self.index != Index::Event {
            sort.extend(self.prefix.keys().map(|path| (path.clone(), Bson::Int32(-1))));
        }
        debug_assert_ne!(order, order_of_index, "only against the index");
        for field in self.index.sorted().0 {
            sort.extend(doc! { *field: order.sign() });
        }
        sort
    }
}
