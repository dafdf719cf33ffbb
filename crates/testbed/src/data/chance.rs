//! Random choices that depend on the seed and a number only.

use bson::RawBson;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// What a random stream is for: two kinds never share one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Quote = 1,
    Ugly = 2,
    Event = 3,
    Enquiry = 4,
    Package = 5,
    AuditLog = 6,
    Writer = 7,
}

/// The generator for thing number `n`.
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    pub(super) fn new(purpose: Purpose, seed: u64, n: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(((purpose as u64) << 56) | n);
        Self(generator)
    }

    /// From `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        self.0.random_range(low..=high)
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.0.random_ratio(percent, 100)
    }

    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.random_range(0..choices.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.0.random_range(0..=end));
        }
    }
}

/// A number as the Node driver stores it: whole ones as `int`, others as `double`.
#[expect(clippy::cast_possible_truncation, reason = "only whole numbers in range are cast")]
pub(super) fn number(value: f64) -> RawBson {
    if value.fract() == 0.0 && value.abs() < f64::from(i32::MAX) {
        RawBson::Int32(value as i32)
    } else {
        RawBson::Double(value)
    }
}
