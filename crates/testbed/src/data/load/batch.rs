//! Some quotes as ready-made insert commands.

use std::{collections::BTreeMap, ops::Range};

use bson::{RawArrayBuf, RawDocumentBuf, raw::cstr, rawdoc};

use super::Loaded;
use crate::data::{
    options::{Options, Validator},
    quote::quote_at,
    shape::Shape,
};

/// Whether the server checks documents against the validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Validation {
    On,
    Bypassed,
}

/// Made by a generator, sent by an inserter.
pub(super) struct Batch {
    commands: Vec<(RawDocumentBuf, usize)>,
    shapes: BTreeMap<Shape, u64>,
    quotes: u64,
    bytes: u64,
}

impl Batch {
    pub(super) fn generate(options: &Options, numbers: Range<u64>) -> Self {
        let mut batch = Self {
            commands: Vec::new(),
            shapes: BTreeMap::new(),
            quotes: numbers.end - numbers.start,
            bytes: 0,
        };
        let (mut typical, mut ugly) = (Vec::new(), Vec::new());
        for n in numbers {
            let (document, shape) = quote_at(options, n);
            batch.bytes += document.as_bytes().len() as u64;
            if let Some(shape) = shape {
                *batch.shapes.entry(shape).or_default() += 1;
            }
            // Typical ones pass the validator, and are checked to; without one the order stays.
            let past_validator = shape.is_some() && options.validator != Validator::None;
            if past_validator { &mut ugly } else { &mut typical }.push(document);
        }
        batch.add(&typical, Validation::On);
        batch.add(&ugly, Validation::Bypassed);
        batch
    }

    fn add(&mut self, documents: &[RawDocumentBuf], validation: Validation) {
        if !documents.is_empty() {
            let command = insert_command("quotes", documents, validation);
            self.commands.push((command, documents.len()));
        }
    }

    /// The commands with the number of documents in each.
    pub(super) fn take_commands(&mut self) -> Vec<(RawDocumentBuf, usize)> {
        std::mem::take(&mut self.commands)
    }

    pub(super) fn add_to(&self, loaded: &mut Loaded) {
        *loaded.counts.entry("quotes".to_owned()).or_default() += self.quotes;
        loaded.quote_bytes += self.bytes;
        for (shape, count) in &self.shapes {
            *loaded.shapes.entry(*shape).or_default() += count;
        }
    }
}

/// One `insert`, unordered. It waits for the primary only: waiting for the majority each time would
/// triple the time, and the indexes that follow wait for it.
pub(super) fn insert_command(
    collection: &str,
    documents: &[RawDocumentBuf],
    validation: Validation,
) -> RawDocumentBuf {
    let mut array = RawArrayBuf::new();
    for document in documents {
        array.push(&**document);
    }
    let mut command = rawdoc! {
        "insert": collection,
        "ordered": false,
        "bypassDocumentValidation": validation == Validation::Bypassed,
        "writeConcern": { "w": 1 },
    };
    command.append(cstr!("documents"), array);
    command
}
