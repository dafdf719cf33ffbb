//! Fields nobody knows, sizes and orders nobody expects, numbers of other types.

use bson::{
    Binary, DateTime, RawBson, RawDocumentBuf, Regex, Timestamp, raw::RawJavaScriptCodeWithScope,
    rawdoc, spec::BinarySubtype,
};

use super::{Victim, booking::decimal};
use crate::data::{
    draft::{array, nested, owned_key},
    ids::{Kind, object_id},
    shape::Shape,
};

const DEEP_LEVELS: usize = 150;
const HUGE_ENTRIES: u64 = 3_000;
const COUNTS: [&str; 5] =
    ["numberOfPeople", "numberOfRooms", "numberOfNights", "totalPrice", "version"];

impl Victim {
    pub(super) fn unknown(&mut self, shape: Shape) {
        match shape {
            Shape::UnknownFields => {
                self.set("legacyRef", format!("Q-{}", self.n));
                self.set("tags", array(["vip", "repeat"]));
                self.set("_import", rawdoc! { "source": "spreadsheet", "row": 17, "checked": null });
            }
            Shape::UnknownTypes => {
                let zoo = self.zoo();
                self.set("zoo", zoo);
            }
            Shape::NestedZeroTimestamp => self.set(
                "sync",
                rawdoc! { "at": Timestamp { time: 0, increment: 0 }, "seen": [Timestamp { time: 0, increment: 0 }] },
            ),
            Shape::DeeplyNested => self.set("tree", nested(DEEP_LEVELS)),
            Shape::Huge => {
                let history = self.long_history();
                self.set("priceHistory", array(history));
            }
            Shape::UnusualOrder => self.shuffle(),
            Shape::CountsAsDoubles => self.convert_counts(RawBson::Double),
            #[expect(clippy::cast_possible_truncation, reason = "prices are far below the limit")]
            Shape::CountsAsLongs => self.convert_counts(|value| RawBson::Int64(value as i64)),
            other => unreachable!("{other:?} is not a shape of the unknown"),
        }
    }

    /// One field of every type of BSON that a server stores.
    fn zoo(&self) -> RawDocumentBuf {
        let values: [RawBson; 20] = [
            RawBson::Double(-0.0),
            RawBson::Double(f64::NAN),
            RawBson::Double(f64::INFINITY),
            RawBson::Double(5e-324),
            "nul \0 inside".into(),
            rawdoc! {}.into(),
            array([RawBson::Int32(7), RawBson::Int64(7), RawBson::Double(7.0)]).into(),
            Binary { subtype: BinarySubtype::UserDefined(0x80), bytes: vec![0, 255, 7] }.into(),
            RawBson::Undefined,
            object_id(Kind::Quote, self.seed, self.n).into(),
            DateTime::from_millis(i64::MIN).into(),
            RawBson::RegularExpression(Regex {
                pattern: bson::raw::cstr!("^Q-\\d+$").into(),
                options: bson::raw::cstr!("i").into(),
            }),
            RawBson::JavaScriptCode("function () { return 1; }".to_owned()),
            RawBson::JavaScriptCodeWithScope(RawJavaScriptCodeWithScope {
                code: "x".to_owned(),
                scope: rawdoc! { "x": 1 },
            }),
            RawBson::Symbol("symbol".to_owned()),
            Timestamp { time: 0, increment: 0 }.into(),
            RawBson::Int64(i64::MIN),
            decimal(7).into(),
            RawBson::MinKey,
            RawBson::MaxKey,
        ];
        values
            .iter()
            .enumerate()
            .map(|(index, value)| (owned_key(format!("v{index}")), value.as_raw_bson_ref()))
            .collect()
    }

    fn long_history(&self) -> impl Iterator<Item = RawDocumentBuf> {
        let (seed, n, base) = (self.seed, self.n, self.quote.base);
        (0..HUGE_ENTRIES).map(move |entry| {
            rawdoc! {
                "price": base,
                "reason": "recalculation",
                "timestamp": DateTime::from_millis(1_700_000_000_000),
                "userId": object_id(Kind::User, seed, entry % 5),
                "_id": object_id(Kind::PriceHistory, seed, n + entry),
            }
        })
    }

    fn shuffle(&mut self) {
        self.select_events(1);
        let Self { quote, chance, .. } = self;
        let fields = quote.document.fields_after_id();
        chance.shuffle(fields);
        if let Some(at) = fields.iter().position(|(name, _)| *name == "selectedEvents") {
            fields.swap(0, at);
        }
    }

    fn convert_counts(&mut self, convert: impl Fn(f64) -> RawBson) {
        for field in COUNTS {
            let value = match self.document().get(field) {
                Some(RawBson::Int32(value)) => f64::from(*value),
                Some(RawBson::Double(value)) => *value,
                other => unreachable!("a typical quote has {field}: {other:?}"),
            };
            self.set(field, convert(value));
        }
    }
}
