//! Index definitions: the server's way of writing them down, and what stands in the way.

use bson::{RawDocumentBuf, rawdoc};
use causeway_core::index::{IndexDefinition, IndexFinding, classify, differences};
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

fn index(document: RawDocumentBuf) -> IndexDefinition {
    IndexDefinition::from_server(&document).expect("an index")
}

fn named(name: &str, keys: RawDocumentBuf) -> IndexDefinition {
    index(rawdoc! { "v": 2, "key": keys, "name": name })
}

fn with(mut document: RawDocumentBuf, more: RawDocumentBuf) -> IndexDefinition {
    for element in &more {
        let (key, value) = element.expect("well-formed");
        document.append(key, value);
    }
    index(document)
}

/// An index on `a` with these options.
fn on_a(options: RawDocumentBuf) -> IndexDefinition {
    with(rawdoc! { "v": 2, "key": { "a": 1 }, "name": "a_1" }, options)
}

#[test]
fn what_the_server_writes_down_is_put_in_order() {
    let found = index(rawdoc! {
        "v": 2, "ns": "db.c", "background": true, "name": "n", "collation": { "locale": "en" },
        "sparse": true, "key": { "b": 1, "a": -1 }, "custom": 1, "unique": true,
    });
    assert_eq!(found.name, "n");
    assert_eq!(found.keys, rawdoc! { "b": 1, "a": -1 });
    let options =
        rawdoc! { "unique": true, "sparse": true, "collation": { "locale": "en" }, "custom": 1 };
    assert_eq!(found.options, options);
    insta::assert_snapshot!(found.describe(), @r#"{ "b": 1, "a": -1 } unique sparse collation: { "locale": "en" } custom: 1"#);
}

#[test]
fn what_is_no_index() {
    for (document, reason) in [
        (rawdoc! { "key": { "a": 1 } }, "it has no name"),
        (rawdoc! { "name": "n" }, "it has no keys"),
        (rawdoc! { "name": 5, "key": { "a": 1 } }, "it has no name"),
        (rawdoc! { "name": "n", "key": [1] }, "it has no keys"),
    ] {
        let error = IndexDefinition::from_server(&document).expect_err(reason);
        assert!(error.to_string().ends_with(reason), "{error}");
    }
}

#[test]
fn directions_are_equal_as_numbers_and_the_order_counts() {
    let one = named("n", rawdoc! { "a": 1, "b": -1 });
    assert!(one.same_keys(&named("m", rawdoc! { "a": 1.0, "b": -1_i64 })));
    assert!(!one.same_keys(&named("m", rawdoc! { "b": -1, "a": 1 })));
    assert!(!one.same_keys(&named("m", rawdoc! { "a": 1 })));
    assert!(!one.same_keys(&named("m", rawdoc! { "a": -1, "b": -1 })));
    assert!(!named("n", rawdoc! { "a": 1 }).same_keys(&named("n", rawdoc! { "a": "hashed" })));
}

#[test]
fn flags_that_are_off_are_as_good_as_absent() {
    let bare = on_a(rawdoc! {});
    assert!(
        bare.same_definition(&on_a(rawdoc! { "unique": false, "sparse": false, "hidden": false }))
    );
    assert!(on_a(rawdoc! { "sparse": true }).same_definition(&on_a(rawdoc! { "sparse": 1 })));
    for flag in [rawdoc! { "unique": true }, rawdoc! { "sparse": true }, rawdoc! { "hidden": true }]
    {
        assert!(!bare.same_definition(&on_a(flag)));
    }
}

#[test]
fn a_text_index_is_recognised_in_the_servers_form() {
    let written = with(
        rawdoc! { "key": { "kind": 1, "title": "text", "body": "text" }, "name": "n" },
        rawdoc! { "weights": { "title": 5 } },
    );
    let kept = index(rawdoc! {
        "v": 2, "key": { "kind": 1, "_fts": "text", "_ftsx": 1 }, "name": "n",
        "weights": { "body": 1, "title": 5 }, "default_language": "english",
        "language_override": "language", "textIndexVersion": 3,
    });
    assert_eq!(kept.keys, rawdoc! { "kind": 1, "body": "text", "title": "text" });
    assert_eq!(differences(&written, &kept), Vec::<String>::new());
    let other = with(
        rawdoc! { "key": { "kind": 1, "title": "text", "body": "text" }, "name": "n" },
        rawdoc! { "weights": { "title": 4 }, "default_language": "german" },
    );
    insta::assert_snapshot!(differences(&other, &kept).join("\n"), @r#"
    weights { "title": 4 } against { "body": 1, "title": 5 }
    default_language "german" against "english"
    "#);
}

#[test]
fn a_collation_is_recognised_when_the_server_filled_it_in() {
    let filled = |locale: &str, upper: &str, backwards: bool| {
        on_a(rawdoc! { "collation": {
            "locale": locale, "caseLevel": false, "caseFirst": upper, "strength": 2,
            "numericOrdering": false, "alternate": "non-ignorable", "maxVariable": "punct",
            "normalization": false, "backwards": backwards, "version": "57.1",
        } })
    };
    let given = |locale: &str| on_a(rawdoc! { "collation": { "locale": locale, "strength": 2 } });
    assert!(given("en").same_definition(&filled("en", "off", false)));
    assert!(!given("de").same_definition(&filled("en", "off", false)));
    assert!(!given("en").same_definition(&filled("en", "off", true)));
    assert!(given("fr_CA").same_definition(&filled("fr_CA", "off", true)));
    assert!(given("da").same_definition(&filled("da", "upper", false)));
    let three = on_a(rawdoc! { "collation": { "locale": "en" } });
    assert!(!three.same_definition(&filled("en", "off", false)));
    assert!(!on_a(rawdoc! {}).same_definition(&filled("en", "off", false)));
    assert!(
        on_a(rawdoc! {}).same_definition(&on_a(rawdoc! { "collation": { "locale": "simple" } }))
    );
}

#[test]
fn other_defaults_of_the_server_make_no_difference() {
    let place = |options| with(rawdoc! { "key": { "at": "2dsphere" }, "name": "n" }, options);
    assert!(place(rawdoc! {}).same_definition(&place(rawdoc! { "2dsphereIndexVersion": 3 })));
    let (two, three) =
        (rawdoc! { "2dsphereIndexVersion": 2 }, rawdoc! { "2dsphereIndexVersion": 3 });
    assert!(!place(two).same_definition(&place(three)));
    let flat = |options| with(rawdoc! { "key": { "at": "2d" }, "name": "n" }, options);
    assert!(
        flat(rawdoc! {}).same_definition(&flat(rawdoc! { "bits": 26, "min": -180.0, "max": 180 }))
    );
    assert!(!flat(rawdoc! {}).same_definition(&flat(rawdoc! { "bits": 20 })));
    assert!(on_a(rawdoc! {}).same_definition(&on_a(rawdoc! { "storageEngine": {} })));
    let one = on_a(rawdoc! { "wildcardProjection": { "b": 0 } });
    assert!(one.same_definition(&on_a(rawdoc! { "wildcardProjection": { "b": false } })));
    assert!(
        on_a(rawdoc! { "expireAfterSeconds": 5 })
            .same_definition(&on_a(rawdoc! { "expireAfterSeconds": 5.0 }))
    );
}

#[test]
fn the_order_of_conditions_makes_no_other_partial_filter() {
    let partial = |filter: RawDocumentBuf| on_a(rawdoc! { "partialFilterExpression": filter });
    let one = partial(rawdoc! { "b": { "$gt": 1, "$lt": 5 }, "$and": [{ "c": 1 }, { "d": 2 }] });
    let other =
        partial(rawdoc! { "$and": [{ "d": 2.0 }, { "c": 1 }], "b": { "$lt": 5, "$gt": 1 } });
    assert!(one.same_definition(&other));
    assert!(!one.same_definition(&partial(rawdoc! { "b": { "$gt": 1, "$lt": 5 } })));
    let value = partial(rawdoc! { "b": { "x": 1, "y": 2 } });
    assert!(!value.same_definition(&partial(rawdoc! { "b": { "y": 2, "x": 1 } })));
    assert!(!value.same_definition(&on_a(rawdoc! {})));
}

#[test]
fn differences_are_told_in_words() {
    let one = on_a(rawdoc! { "unique": true, "partialFilterExpression": { "b": { "$gt": 1 } } });
    let other =
        with(rawdoc! { "key": { "b": 1 }, "name": "b_1" }, rawdoc! { "expireAfterSeconds": 60 });
    insta::assert_snapshot!(differences(&one, &other).join("\n"), @r#"
    keys { "a": 1 } against { "b": 1 }
    unique true against not given
    partialFilterExpression { "b": { "$gt": 1 } } against not given
    expireAfterSeconds not given against 60
    "#);
}

#[test]
fn what_a_wanted_index_finds() {
    let wanted =
        with(rawdoc! { "key": { "s.e": 1 }, "name": "wanted" }, rawdoc! { "sparse": true });
    let id = named("_id_", rawdoc! { "_id": 1 });
    let same =
        with(rawdoc! { "key": { "s.e": 1.0 }, "name": "wanted" }, rawdoc! { "sparse": true });
    let rival = with(rawdoc! { "key": { "s.e": 1 }, "name": "s.e_1" }, rawdoc! { "sparse": true });
    let dense = named("dense", rawdoc! { "s.e": 1 });
    let ttl = with(
        rawdoc! { "key": { "s.e": 1 }, "name": "ttl" },
        rawdoc! { "sparse": true, "expireAfterSeconds": 5 },
    );
    let taken = named("wanted", rawdoc! { "x": 1 });

    assert_eq!(classify(&wanted, &[]), IndexFinding::Missing);
    assert_eq!(classify(&wanted, std::slice::from_ref(&id)), IndexFinding::Missing);
    assert_eq!(classify(&wanted, &[id.clone(), same]), IndexFinding::Present);
    assert_eq!(
        classify(&wanted, &[id, dense.clone(), rival]),
        IndexFinding::Rival { name: "s.e_1".to_owned() }
    );
    let different = |name: &str, difference: &str, may_coexist| IndexFinding::RivalDifferent {
        name: name.to_owned(),
        difference: difference.to_owned(),
        may_coexist,
    };
    assert_eq!(
        classify(&wanted, std::slice::from_ref(&dense)),
        different("dense", "sparse true against not given", true)
    );
    assert_eq!(
        classify(&wanted, &[dense, ttl]),
        different("ttl", "expireAfterSeconds not given against 5", false)
    );
    let IndexFinding::NameTaken { present, difference } =
        classify(&wanted, std::slice::from_ref(&taken))
    else {
        panic!("the name is taken");
    };
    assert_eq!(present, taken);
    insta::assert_snapshot!(difference, @r#"keys { "s.e": 1 } against { "x": 1 }; sparse true against not given"#);
}

#[test]
fn a_collection_has_one_text_index_only() {
    let text = |name: &str, weights: RawDocumentBuf| {
        let keys = rawdoc! { "_fts": "text", "_ftsx": 1 };
        index(rawdoc! { "key": keys, "name": name, "weights": weights })
    };
    let finding =
        classify(&text("wanted", rawdoc! { "a": 1 }), &[text("other", rawdoc! { "b": 1 })]);
    assert!(
        matches!(&finding, IndexFinding::RivalDifferent { name, may_coexist: false, .. } if name == "other"),
        "{finding:?}"
    );
}

#[test]
fn the_command_makes_what_was_read() {
    let found = on_a(rawdoc! { "hidden": true, "unique": true });
    let entry = found.to_create_command_entry();
    assert_eq!(entry, rawdoc! { "key": { "a": 1 }, "name": "a_1", "unique": true, "hidden": true });
    assert_eq!(IndexDefinition::from_server(&entry).expect("an index"), found);
}

fn definition() -> impl Strategy<Value = IndexDefinition> {
    let kind = prop_oneof![Just(1), Just(-1)];
    let keys = proptest::collection::vec(("[ab](\\.[cd])?", kind), 1..3);
    (keys, any::<[Option<bool>; 3]>(), "[ab]").prop_map(|(keys, flags, name)| {
        let mut document = RawDocumentBuf::new();
        for (path, direction) in keys {
            let path = bson::raw::CString::try_from(path).expect("a path");
            document.append(path, direction);
        }
        let mut options = rawdoc! { "key": document, "name": name };
        for (name, flag) in ["unique", "sparse", "hidden"].into_iter().zip(flags) {
            if let Some(flag) = flag {
                options.append(bson::raw::CString::try_from(name).expect("a name"), flag);
            }
        }
        index(options)
    })
}

proptest! {
    #[test]
    fn comparing_is_symmetric_and_classifying_agrees(a in definition(), b in definition()) {
        prop_assert_eq!(a.same_definition(&b), b.same_definition(&a));
        prop_assert!(a.same_definition(&a) && a.same_keys(&a));
        let same_name = a.name == b.name;
        match classify(&a, std::slice::from_ref(&b)) {
            IndexFinding::Missing => prop_assert!(!same_name && !a.same_keys(&b)),
            IndexFinding::Present => prop_assert!(same_name && a.same_definition(&b)),
            IndexFinding::Rival { .. } => prop_assert!(!same_name && a.same_definition(&b)),
            IndexFinding::RivalDifferent { .. } => {
                prop_assert!(!same_name && a.same_keys(&b) && !a.same_definition(&b));
            }
            IndexFinding::NameTaken { .. } => prop_assert!(same_name && !a.same_definition(&b)),
        }
    }

    #[test]
    fn the_servers_form_survives_a_round_trip(a in definition()) {
        let back = IndexDefinition::from_server(&a.to_create_command_entry());
        prop_assert_eq!(back.expect("an index"), a);
    }
}

#[test]
fn without_a_collation_of_its_own_it_gets_that_of_the_collection() {
    let default = rawdoc! { "locale": "en", "strength": 1 };
    let by_id =
        index(rawdoc! { "key": { "_id": 1 }, "name": "_id_", "collation": default.clone() });
    let wanted = named("x", rawdoc! { "a": 1 });
    let made = index(rawdoc! { "key": { "a": 1 }, "name": "x", "collation": default });
    assert_eq!(classify(&wanted, &[by_id.clone(), made.clone()]), IndexFinding::Present);
    let simple = wanted.with_collation_said();
    let both = [by_id.clone(), made];
    assert!(matches!(classify(&simple, &both), IndexFinding::NameTaken { .. }));
    // Kinds that can't have one are left as they are.
    let text = named("t", rawdoc! { "a": "text" });
    assert_eq!(text.beside(&[by_id]), text);
}
