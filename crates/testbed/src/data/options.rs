//! What to generate.

use super::shape::Shape;

/// What [`super::load`] puts into a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many quotes.
    pub quotes: u64,
    /// The same seed gives the same documents.
    pub seed: u64,
    /// How many of a hundred quotes have an ugly shape, 0 to 100. From 2,000 quotes on each shape
    /// occurs at least once, unless this is 0.
    pub ugly_percent: u64,
    /// At least one quote of each [`Shape`] also in smaller sets; with fewer quotes than shapes
    /// there are as many quotes as shapes.
    pub ugly_each: bool,
    /// The validator of `quotes`, there from the start. Documents that it would refuse are put past it.
    pub validator: Validator,
    /// The index that the new model makes when it starts before the migration ran:
    /// `selectedEvents.eventId_1`, sparse.
    pub rival_index: bool,
    /// Audit log entries so old that the TTL index removes them within a minute or so.
    pub expired_auditlogs: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            quotes: 2_000,
            seed: 10,
            ugly_percent: 4,
            ugly_each: false,
            validator: Validator::None,
            rival_index: false,
            expired_auditlogs: 0,
        }
    }
}

/// The validator of `quotes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validator {
    /// There is none.
    #[default]
    None,
    /// Counts are `int`, three statuses, and the reasons of `priceHistory` are listed.
    Strict,
    /// As `Strict`, but any reason will do.
    WithoutReason,
}

/// From this many quotes on each shape occurs.
const EACH_SHAPE_FROM_QUOTES: u64 = 2_000;

impl Options {
    /// How many quotes there will be.
    pub fn quotes_total(&self) -> u64 {
        if self.ugly_each { self.quotes.max(Shape::count()) } else { self.quotes }
    }

    /// The ugly shape of quote `n`, if it has one: every so manieth quote, one shape after another.
    pub(super) fn shape(&self, n: u64) -> Option<Shape> {
        let stride = self.stride()?;
        if !n.is_multiple_of(stride) {
            return None;
        }
        let (round, index) = (n / stride / Shape::count(), n / stride % Shape::count());
        let shape = Shape::ALL[usize::try_from(index).ok()?];
        Some(shape.in_round(round))
    }

    fn stride(&self) -> Option<u64> {
        let wanted = (self.ugly_percent > 0).then(|| (100 / self.ugly_percent).max(1));
        let all_fit = (self.quotes_total() / Shape::count()).max(1);
        if self.ugly_each {
            Some(wanted.map_or(all_fit, |wanted| wanted.min(all_fit)))
        } else if self.quotes >= EACH_SHAPE_FROM_QUOTES {
            wanted.map(|wanted| wanted.min(all_fit))
        } else {
            wanted
        }
    }
}
