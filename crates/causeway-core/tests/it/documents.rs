//! Documents of every BSON type, nested and in any order, for properties that must hold for all.

use bson::oid::ObjectId;
use bson::raw::{CString, cstr};
use bson::spec::BinarySubtype;
use bson::{
    DateTime, Decimal128, RawArrayBuf, RawBinaryRef, RawBson, RawDbPointerRef, RawDocumentBuf,
    Timestamp,
};
use proptest::prelude::*;

/// A value of any type, nested up to three deep.
pub(crate) fn value() -> impl Strategy<Value = RawBson> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|values| {
                RawBson::Array(values.into_iter().fold(RawArrayBuf::new(), |mut array, value| {
                    array.push(value);
                    array
                }))
            }),
            prop::collection::vec(("[a-z]{1,3}", inner), 0..4)
                .prop_map(|fields| RawBson::Document(document_of(fields))),
        ]
    })
}

fn scalar() -> impl Strategy<Value = RawBson> {
    prop_oneof![
        any::<f64>().prop_map(RawBson::Double),
        "\\PC{0,12}".prop_map(RawBson::String),
        any::<bool>().prop_map(RawBson::Boolean),
        Just(RawBson::Null),
        Just(RawBson::Undefined),
        Just(RawBson::MinKey),
        Just(RawBson::MaxKey),
        any::<i32>().prop_map(RawBson::Int32),
        any::<i64>().prop_map(RawBson::Int64),
        any::<i64>().prop_map(|millis| RawBson::DateTime(DateTime::from_millis(millis))),
        any::<[u8; 12]>().prop_map(|bytes| RawBson::ObjectId(ObjectId::from_bytes(bytes))),
        any::<[u8; 16]>().prop_map(|bytes| RawBson::Decimal128(Decimal128::from_bytes(bytes))),
        any::<(u32, u32)>()
            .prop_map(|(time, increment)| RawBson::Timestamp(Timestamp { time, increment })),
        prop::collection::vec(any::<u8>(), 0..20)
            .prop_map(|bytes| binary(BinarySubtype::Generic, &bytes)),
        prop::collection::vec(any::<u8>(), 0..20)
            .prop_map(|bytes| binary(BinarySubtype::BinaryOld, &bytes)),
        "[a-z]{0,8}".prop_map(RawBson::JavaScriptCode),
        "[a-z]{0,8}".prop_map(RawBson::Symbol),
        ("[a-z]{0,8}", any::<i32>()).prop_map(|(code, number)| {
            let scope = document_of(vec![("n".to_owned(), RawBson::Int32(number))]);
            RawBson::JavaScriptCodeWithScope(bson::raw::RawJavaScriptCodeWithScope { code, scope })
        }),
        ("[a-z]{0,5}", "[imsx]{0,2}").prop_map(|(pattern, options)| regex(&pattern, &options)),
        any::<[u8; 12]>().prop_map(db_pointer),
    ]
}

fn binary(subtype: BinarySubtype, bytes: &[u8]) -> RawBson {
    RawBson::from(bson::raw::RawBsonRef::Binary(RawBinaryRef { subtype, bytes }))
}

fn regex(pattern: &str, options: &str) -> RawBson {
    let options =
        options.chars().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<String>();
    RawBson::RegularExpression(bson::Regex {
        pattern: CString::try_from(pattern).unwrap(),
        options: CString::try_from(options.as_str()).unwrap(),
    })
}

/// The library offers no constructor for this type of long ago, so it is read from bytes.
fn db_pointer(id: [u8; 12]) -> RawBson {
    let mut bytes = vec![0, 0, 0, 0, 0x0C, b'p', 0, 3, 0, 0, 0, b'n', b's', 0];
    bytes.extend_from_slice(&id);
    bytes.push(0);
    bytes[0] = u8::try_from(bytes.len()).unwrap();
    let document = RawDocumentBuf::from_bytes(bytes).unwrap();
    let pointer: bson::raw::RawBsonRef<'_> = document.get("p").unwrap().unwrap();
    let _: Option<RawDbPointerRef<'_>> = pointer.as_db_pointer();
    RawBson::from(pointer)
}

/// Fields in this order; a name may come twice.
pub(crate) fn document_of(fields: Vec<(String, RawBson)>) -> RawDocumentBuf {
    let mut document = RawDocumentBuf::new();
    for (name, value) in fields {
        document.append(CString::try_from(name.as_str()).unwrap(), value);
    }
    document
}

/// `_id` first, then fields with unlike names.
pub(crate) fn stored() -> impl Strategy<Value = RawDocumentBuf> {
    (any::<i64>(), prop::collection::vec(value(), 0..8)).prop_map(|(id, values)| {
        let mut document = RawDocumentBuf::new();
        document.append(cstr!("_id"), id);
        for (at, value) in values.into_iter().enumerate() {
            document.append(CString::try_from(format!("f{at}").as_str()).unwrap(), value);
        }
        document
    })
}
