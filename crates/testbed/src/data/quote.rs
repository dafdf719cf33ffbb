//! One quote, typical or ugly.

use bson::RawDocumentBuf;

use super::{options::Options, shape::Shape, typical, ugly};

/// Typical quote `n`: what the model says, in the variety that it allows.
pub fn quote(seed: u64, n: u64) -> RawDocumentBuf {
    typical::typical(seed, n).document.finish()
}

/// Quote `n` with one thing wrong.
pub fn ugly_quote(shape: Shape, seed: u64, n: u64) -> RawDocumentBuf {
    ugly::ugly(shape, seed, n).finish()
}

/// Quote `n` of the set that `options` describes, and its shape when it is an ugly one: exactly what
/// [`super::load`] inserts.
pub fn quote_at(options: &Options, n: u64) -> (RawDocumentBuf, Option<Shape>) {
    match options.shape(n) {
        None => (quote(options.seed, n), None),
        Some(shape) => (ugly_quote(shape, options.seed, n), Some(shape)),
    }
}
