//! Valid migrations of every kind.

use bson::{Bson, Document, RawBson, RawDocumentBuf, doc};
use causeway_core::index::IndexDefinition;
use causeway_core::migration::{
    AddField, BsonType, CollectionName, CreateIndex, DropIndex, ExtendEnum, FieldName, Malformed,
    RemoveField, RenameField, SetComputed, Step, Version,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) version: Version,
    pub(super) title: String,
    pub(super) requires: Vec<Version>,
    pub(super) steps: Vec<Step>,
}

pub(super) fn migration() -> impl Strategy<Value = Model> {
    (10_u32..20, "[^\\s\\x00]\\PC{0,20}", vec(0_u32..10, 0..3), vec(step(), 1..5)).prop_map(
        |(version, title, mut requires, steps)| {
            requires.sort_unstable();
            requires.dedup();
            let version_of = |number: u32| format!("{number:03}").parse().expect("a version");
            Model {
                version: version_of(version),
                title,
                requires: requires.into_iter().map(version_of).collect(),
                steps: steps
                    .into_iter()
                    .enumerate()
                    // Each step in a collection of its own, so that none takes what another has.
                    .map(|(place, step)| in_collection(step, &format!("c{place}")))
                    .collect(),
            }
        },
    )
}

fn in_collection(mut step: Step, name: &str) -> Step {
    let collection = match &mut step {
        Step::AddField(step) => &mut step.collection,
        Step::RemoveField(step) => &mut step.collection,
        Step::RenameField(step) => &mut step.collection,
        Step::SetComputed(step) => &mut step.collection,
        Step::CreateIndex(step) => &mut step.collection,
        Step::DropIndex(step) => &mut step.collection,
        Step::ExtendEnum(step) => &mut step.collection,
    };
    *collection = some_collection(name);
    step
}

fn some_collection(name: &str) -> CollectionName {
    name.parse().expect("a collection name")
}

fn step() -> impl Strategy<Value = Step> {
    let collection = || some_collection("c");
    prop_oneof![
        (field(), value(), any::<bool>()).prop_map(move |(field, value, archive)| {
            let value = raw(value);
            let bson_type = BsonType::of(value.element_type() as u8).expect("a type");
            let malformed = if archive { Malformed::Archive } else { Malformed::Refuse };
            let collection = collection();
            Step::AddField(AddField {
                collection,
                field,
                value,
                bson_type,
                malformed,
                contributes: None,
            })
        }),
        field().prop_map(move |field| {
            Step::RemoveField(RemoveField { collection: collection(), field })
        }),
        field().prop_map(move |from| {
            let to = format!("{from}2").parse().expect("a field name");
            Step::RenameField(RenameField { collection: collection(), from, to })
        }),
        computed().prop_map(Step::SetComputed),
        index().prop_map(move |index| {
            Step::CreateIndex(CreateIndex { collection: collection(), index })
        }),
        "[a-z_]{1,8}".prop_map(move |name| {
            Step::DropIndex(DropIndex { collection: collection(), name: format!("i{name}") })
        }),
        ("[a-z]{1,4}(\\.[a-z]{1,4}){0,2}", vec("\\PC{0,6}", 1..4)).prop_map(
            move |(path, mut values)| {
                values.sort();
                values.dedup();
                let values = values.into_iter().map(RawBson::String).collect();
                Step::ExtendEnum(ExtendEnum { collection: collection(), path, values })
            }
        ),
    ]
}

fn field() -> impl Strategy<Value = FieldName> {
    "[a-zA-Zé][a-zA-Z0-9_$ ]{0,6}".prop_map(|name| name.parse().expect("a field name"))
}

fn computed() -> impl Strategy<Value = SetComputed> {
    (vec(field(), 1..3), vec(value(), 1..3), document(), document()).prop_map(
        |(mut fields, values, filter, mut done)| {
            fields.sort();
            fields.dedup();
            let pipeline = fields
                .iter()
                .zip(values.iter().cycle())
                .map(|(field, value)| {
                    raw_document(&doc! { "$set": { field.as_str(): { "$literal": value } } })
                })
                .collect();
            done.insert("always", true);
            let (filter, done) = (raw_document(&filter), raw_document(&done));
            SetComputed { collection: some_collection("c"), fields, filter, pipeline, done }
        },
    )
}

fn index() -> impl Strategy<Value = IndexDefinition> {
    let keys = proptest::collection::hash_map("[a-z]{1,3}(\\.[a-z]{1,3})?", any::<bool>(), 1..4);
    (keys, any::<[bool; 3]>(), option::of(0_i32..100), option::of(Just("en")), "i[a-z]{1,4}")
        .prop_map(|(keys, [unique, sparse, hidden], expiry, locale, name)| {
            let keys: Document = keys
                .into_iter()
                .map(|(path, up)| (path, Bson::Int32(if up { 1 } else { -1 })))
                .collect();
            let mut options = doc! { "unique": unique };
            if sparse {
                options.insert("sparse", true);
            } else {
                options.insert("partialFilterExpression", doc! { "z": { "$gt": 1.5 }, "a": "x" });
            }
            if let Some(seconds) = expiry.filter(|_| keys.len() == 1) {
                options.insert("expireAfterSeconds", seconds);
            }
            options.insert("hidden", hidden);
            if let Some(locale) = locale {
                options.insert("collation", doc! { "locale": locale, "strength": 2 });
            }
            let (keys, options) = (raw_document(&keys), raw_document(&options));
            IndexDefinition { name, keys, options }
        })
}

fn document() -> impl Strategy<Value = Document> {
    vec((key(), value()), 0..3).prop_map(|entries| entries.into_iter().collect())
}

/// Neither an operator nor a wrapper of extended JSON.
fn key() -> impl Strategy<Value = String> {
    "[a-zA-Zäß][a-zA-Z0-9. '\"\\\\]{0,4}"
}

fn value() -> impl Strategy<Value = Bson> {
    let single = prop_oneof![
        Just(Bson::Null),
        any::<bool>().prop_map(Bson::Boolean),
        any::<i32>().prop_map(Bson::Int32),
        // Smaller ones would be read back as ints from TOML.
        (i64::from(i32::MAX) + 1..=i64::MAX).prop_map(Bson::Int64),
        (-1e9..1e9).prop_map(Bson::Double),
        any::<String>().prop_map(Bson::String),
        any::<[u8; 12]>().prop_map(|bytes| Bson::ObjectId(bytes.into())),
        (-1_000_000_000_000_i64..4_000_000_000_000)
            .prop_map(|millis| Bson::DateTime(bson::DateTime::from_millis(millis))),
    ];
    single.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Bson::Array),
            vec((key(), inner), 0..4)
                .prop_map(|entries| Bson::Document(entries.into_iter().collect())),
        ]
    })
}

fn raw(value: Bson) -> RawBson {
    value.try_into().expect("a raw value")
}

fn raw_document(document: &Document) -> RawDocumentBuf {
    document.try_into().expect("a raw document")
}
