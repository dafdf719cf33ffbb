//! `_id` values that tools made.

use bson::{Binary, RawBson, rawdoc, spec::BinarySubtype};

use super::{Victim, booking::decimal};
use crate::data::{
    ids::{Kind, object_id},
    shape::Shape,
};

impl Victim {
    /// Numbers of different types compare equal when their value is, so each type has values of its
    /// own: a quote's number, that plus a billion billion, that plus a half or a quarter.
    pub(super) fn identity(&mut self, shape: Shape) {
        let n = self.n;
        let id: RawBson = match shape {
            Shape::IdString => format!("import-{n:09}").into(),
            Shape::IdInt => i32::try_from(n).unwrap_or(i32::MAX).into(),
            Shape::IdLong => {
                (1_000_000_000_000_000_000 + i64::try_from(n).unwrap_or_default()).into()
            }
            Shape::IdDouble => (f64::from(u32::try_from(n).unwrap_or(u32::MAX)) + 0.5).into(),
            Shape::IdDecimal => decimal(n * 100 + 25).into(),
            Shape::IdUuid => self.uuid().into(),
            Shape::IdDocument => rawdoc! {
                "tenant": "north",
                "quote": object_id(Kind::Quote, self.seed, n),
            }
            .into(),
            other => unreachable!("{other:?} is not a shape of identities"),
        };
        self.set("_id", id);
    }

    fn uuid(&self) -> Binary {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.seed.to_be_bytes());
        bytes[8..].copy_from_slice(&self.n.to_be_bytes());
        // Version 4 and variant 1, as a UUID says of itself.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Binary { subtype: BinarySubtype::Uuid, bytes: bytes.to_vec() }
    }
}
