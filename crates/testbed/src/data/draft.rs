//! A document under construction: fields in order, which can still be changed.

use bson::{
    RawArrayBuf, RawBson, RawDocumentBuf,
    raw::{CStr, CString},
};

/// Fields in their order. Keys are this crate's own words.
#[derive(Debug, Default)]
pub(super) struct Draft {
    fields: Vec<(&'static str, RawBson)>,
}

impl Draft {
    pub(super) fn with_capacity(fields: usize) -> Self {
        Self { fields: Vec::with_capacity(fields) }
    }

    /// Appends a field that is not there yet.
    pub(super) fn push(&mut self, key: &'static str, value: impl Into<RawBson>) {
        self.fields.push((key, value.into()));
    }

    /// Replaces a field in its place, or appends it.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<RawBson>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(name, _)| *name == key) {
            Some((_, present)) => *present = value,
            None => self.fields.push((key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.fields.retain(|(name, _)| *name != key);
    }

    pub(super) fn get(&self, key: &str) -> Option<&RawBson> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The fields after `_id`, to be put into another order: the server itself puts `_id` first.
    pub(super) fn fields_after_id(&mut self) -> &mut [(&'static str, RawBson)] {
        &mut self.fields[1..]
    }

    pub(super) fn finish(&self) -> RawDocumentBuf {
        let mut document = RawDocumentBuf::new();
        for (name, value) in &self.fields {
            document.append(key(name), value.as_raw_bson_ref());
        }
        document
    }
}

/// A field's name as BSON wants it.
pub(super) fn key(name: &str) -> &CStr {
    name.try_into().expect("names of fields have no nul in them")
}

/// `levels` documents, one in the other, each in a field `d`.
pub(super) fn nested(levels: usize) -> RawDocumentBuf {
    (1..levels).fold(RawDocumentBuf::new(), |inner, _| {
        let mut outer = RawDocumentBuf::new();
        outer.append(key("d"), inner);
        outer
    })
}

pub(super) fn array(values: impl IntoIterator<Item = impl Into<RawBson>>) -> RawArrayBuf {
    let mut array = RawArrayBuf::new();
    for value in values {
        array.push(value.into().as_raw_bson_ref());
    }
    array
}

/// A field's name that was put together.
pub(super) fn owned_key(name: String) -> CString {
    name.try_into().expect("names of fields have no nul in them")
}
