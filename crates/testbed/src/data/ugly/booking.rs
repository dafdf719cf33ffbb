//! Age, package, price and its history.

use bson::{DateTime, Decimal128, RawBson, RawDocumentBuf, rawdoc};

use super::{super::chance::number, Victim};
use crate::data::{
    draft::array,
    ids::{Kind, object_id},
    shape::Shape,
};

impl Victim {
    pub(super) fn booking(&mut self, shape: Shape) {
        match shape {
            Shape::OlderWithoutOptionals => {
                for field in ["linkedPackage", "priceHistory", "title", "destination"] {
                    self.remove(field);
                }
            }
            Shape::NewerEmptySelectedEvents => self.empty_selected_events(),
            Shape::PackageFlagsOnly => self.set(
                "linkedPackage",
                rawdoc! { "priceWasOnRequest": false, "customPriceApplied": false },
            ),
            Shape::PackagePriceZero => self.package(RawBson::Int32(0), true),
            Shape::PackagePriceNull => self.package(RawBson::Null, true),
            Shape::PackageWithoutTier => self.package(RawBson::Int32(149), false),
            Shape::HistoryNull => self.set("priceHistory", RawBson::Null),
            Shape::HistoryString => self.set("priceHistory", "see notes"),
            Shape::HistoryWithoutUser => self.history("manual_override", false),
            Shape::HistoryUnknownReason => self.history("import_fix", true),
            Shape::HistoryNewReasons => self.history("event_added", true),
            other => self.total(other),
        }
    }

    fn total(&mut self, shape: Shape) {
        let base = self.quote.base;
        match shape {
            Shape::TotalMissing => self.remove("totalPrice"),
            Shape::TotalString => self.set("totalPrice", "1250.00"),
            Shape::TotalFloatNoise => self.set("totalPrice", 863.310_000_000_1),
            Shape::TotalMismatch => {
                self.select_events(2);
                self.set("totalPrice", number(base + 1.0));
            }
            Shape::TotalDecimal => self.set("totalPrice", decimal(86_331)),
            Shape::TotalLong => self.set("totalPrice", 1_250_i64),
            Shape::TotalNan => self.set("totalPrice", f64::NAN),
            Shape::TotalNegativeZero => self.set("totalPrice", -0.0),
            other => unreachable!("{other:?} is not a shape of prices"),
        }
    }

    fn empty_selected_events(&mut self) {
        let base = self.quote.base;
        self.set("selectedEvents", array(Vec::<RawBson>::new()));
        self.set("totalPrice", number(base));
    }

    fn package(&mut self, price: RawBson, with_tier: bool) {
        let mut package = rawdoc! {
            "packageId": object_id(Kind::Package, self.seed, 0),
            "packageName": "Super Offer 1",
            "packageVersion": 1,
        };
        if with_tier {
            let tier = rawdoc! { "tierIndex": 0, "tierLabel": "6-11 People" };
            package.append(bson::raw::cstr!("selectedTier"), tier);
        }
        package.append(bson::raw::cstr!("calculatedPrice"), price);
        package.append(bson::raw::cstr!("priceWasOnRequest"), false);
        package.append(bson::raw::cstr!("customPriceApplied"), false);
        self.set("linkedPackage", package);
    }

    fn history(&mut self, reason: &str, with_user: bool) {
        let mut entry = RawDocumentBuf::new();
        entry.append(bson::raw::cstr!("price"), self.quote.base);
        entry.append(bson::raw::cstr!("reason"), reason);
        entry.append(bson::raw::cstr!("timestamp"), DateTime::from_millis(1_700_000_000_000));
        if with_user {
            entry.append(bson::raw::cstr!("userId"), object_id(Kind::User, self.seed, 1));
        }
        self.set("priceHistory", array([entry]));
    }
}

/// `hundredths` as a decimal with two digits after the point: coefficient, and an exponent of -2.
pub(super) fn decimal(hundredths: u64) -> Decimal128 {
    const EXPONENT_OF_HUNDREDTHS: u64 = (6176 - 2) << 49;
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&hundredths.to_le_bytes());
    bytes[8..].copy_from_slice(&EXPONENT_OF_HUNDREDTHS.to_le_bytes());
    Decimal128::from_bytes(bytes)
}
