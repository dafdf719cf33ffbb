//! Equality of values as the server sees it in index definitions and enums.

use bson::{RawArray, RawBson, RawBsonRef, RawDocument};

/// Whether the server takes both values for the same: numbers by value whatever their type, order
/// of keys counts, everything else as it stands.
pub(crate) fn same_value(a: RawBsonRef<'_>, b: RawBsonRef<'_>) -> bool {
    if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
        return a.equals(b);
    }
    match (a, b) {
        (RawBsonRef::Document(a), RawBsonRef::Document(b)) => same_document(a, b),
        (RawBsonRef::Array(a), RawBsonRef::Array(b)) => same_array(a, b),
        _ => RawBson::from(a) == RawBson::from(b),
    }
}

/// [`same_value`] for the elements of two documents, in order.
fn same_document(a: &RawDocument, b: &RawDocument) -> bool {
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(Ok((key, value))), Some(Ok((other_key, other))))
                if key == other_key && same_value(value, other) => {}
            _ => return false,
        }
    }
}

fn same_array(a: &RawArray, b: &RawArray) -> bool {
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(Ok(value)), Some(Ok(other))) if same_value(value, other) => {}
            _ => return false,
        }
    }
}

#[derive(Clone, Copy)]
enum Number {
    Integer(i64),
    Double(f64),
    /// Compared with its own kind only bytewise, with others by what it prints as: 1.10 and 1.1
    /// count as different, which at worst leaves a value standing twice.
    Decimal(bson::Decimal128),
}

impl Number {
    fn of(value: RawBsonRef<'_>) -> Option<Number> {
        match value {
            RawBsonRef::Int32(value) => Some(Number::Integer(value.into())),
            RawBsonRef::Int64(value) => Some(Number::Integer(value)),
            RawBsonRef::Double(value) => Some(Number::Double(value)),
            RawBsonRef::Decimal128(value) => Some(Number::Decimal(value)),
            _ => None,
        }
    }

    fn equals(self, other: Number) -> bool {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => a == b,
            (Number::Double(a), Number::Double(b)) => a == b || (a.is_nan() && b.is_nan()),
            (Number::Integer(a), Number::Double(b)) | (Number::Double(b), Number::Integer(a)) => {
                same_integer(a, b)
            }
            (Number::Decimal(a), Number::Decimal(b)) => a == b,
            (Number::Decimal(a), Number::Integer(b)) | (Number::Integer(b), Number::Decimal(a)) => {
                a.to_string() == b.to_string()
            }
            (Number::Decimal(a), Number::Double(b)) | (Number::Double(b), Number::Decimal(a)) => {
                a.to_string().parse() == Ok(b)
            }
        }
    }
}

/// Exact: beyond 2⁵³ several integers would round to the same double.
fn same_integer(integer: i64, double: f64) -> bool {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    if double.fract() != 0.0 || !(-TWO_TO_63..TWO_TO_63).contains(&double) {
        return false;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range, as just checked")]
    let whole = double as i64;
    whole == integer
}

#[cfg(test)]
mod tests {
    use bson::{RawBson, rawdoc};

    use super::{same_document, same_value};

    fn same(a: impl Into<RawBson>, b: impl Into<RawBson>) -> bool {
        let (a, b) = (a.into(), b.into());
        same_value(a.as_raw_bson_ref(), b.as_raw_bson_ref())
    }

    #[test]
    fn numbers_are_equal_by_value() {
        assert!(same(1, 1_i64) && same(1, 1.0) && same(-1_i64, -1.0));
        assert!(!same(1, 1.5) && !same(1, "1") && !same(1, true));
        assert!(same("1".parse::<bson::Decimal128>().expect("valid"), 1));
        assert!(same(f64::NAN, f64::NAN));
        // These two round to the same double.
        assert!(!same((1_i64 << 53) + 1, 9_007_199_254_740_992.0));
        assert!(!same(i64::MAX, 9_223_372_036_854_775_808.0));
    }

    #[test]
    fn the_order_of_keys_counts() {
        assert!(same_document(&rawdoc! { "a": 1, "b": [1.0] }, &rawdoc! { "a": 1.0, "b": [1] }));
        assert!(!same_document(&rawdoc! { "a": 1, "b": 2 }, &rawdoc! { "b": 2, "a": 1 }));
        assert!(!same_document(&rawdoc! { "a": 1 }, &rawdoc! { "a": 1, "b": 2 }));
    }
}
