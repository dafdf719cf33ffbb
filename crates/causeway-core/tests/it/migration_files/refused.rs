//! Every way to be refused, with place, message and help.

use miette::{GraphicalReportHandler, GraphicalTheme};

use super::{refused, with_step};

/// Line, what is wrong, and what to do about it, for each text.
fn renderings<'t>(texts: impl IntoIterator<Item = &'t str>, wrap: fn(&str) -> String) -> String {
    let mut out = String::new();
    for text in texts {
        let file = wrap(text);
        let error = refused(&file);
        let line = file.lines().nth(error.line() - 1).unwrap_or_default();
        out.push_str(&format!("{line}\n  {}\n", error.one_line()));
        if let Some(help) = error.help() {
            out.push_str(&format!("  help: {help}\n"));
        }
        out.push('\n');
    }
    out
}

fn as_it_is(text: &str) -> String {
    text.to_owned()
}

fn with_head(line: &str) -> String {
    format!("{line}\n[[step]]\nremove_field = {{ collection = \"c\", field = \"f\" }}\n")
}

#[test]
fn the_file_as_a_whole() {
    let out = renderings(
        [
            "",
            "version = \"010\"\ntitle = \"t",
            "version = 010\n",
            "version = \"1\"\nversion = \"2\"\n",
            "version = \"010\"\n",
            "version = \"010\"\ntitle = \"t\"\n",
            "version = \"010\"\ntitle = \"t\"\nstep = []\n",
            "version = \"010\"\ntitle = \"t\"\nstep = 5\n",
            "version = \"010\"\ntitle = \"t\"\n\n[step]\nremove_field = { collection = \"c\", field = \"f\" }\n",
            "version = \"010\"\ntitle = \"t\"\n\n[[steps]]\n",
            "version = \"010\"\ntitle = \"t\"\n\n[[step]]\n",
            "version = \"010\"\ntitle = \"t\"\nstep = [7]\n",
        ],
        as_it_is,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn the_head() {
    let out = renderings(
        [
            "version = 10\ntitle = \"t\"",
            "version = 1.5\ntitle = \"t\"",
            "version = true\ntitle = \"t\"",
            "version = \"\"\ntitle = \"t\"",
            "version = \"1/2\"\ntitle = \"t\"",
            "version = \"../1\"\ntitle = \"t\"",
            "version = \"10\"\ntitle = 5",
            "version = \"10\"\ntitle = \"  \"",
            "version = \"10\"\ntitel = \"t\"",
            "version = \"10\"\ntitle = \"t\"\nauthor = \"me\"",
            "version = \"10\"\ntitle = \"t\"\nrequires = \"009\"",
            "version = \"10\"\ntitle = \"t\"\nrequires = [9]",
            "version = \"10\"\ntitle = \"t\"\nrequires = [\"009\", \"009\"]",
            "version = \"10\"\ntitle = \"t\"\nrequires = [\"009\", \"10\"]",
            "version = \"10\"\ntitle = \"t\"\nrequires = [\"010\"]",
        ],
        with_head,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn the_kind_of_a_step() {
    let out = renderings(
        [
            "add_feild = {}",
            "update = {}",
            "remove_field = { collection = \"c\", field = \"a\" }\ndrop_index = { collection = \"c\", name = \"i\" }",
            "remove_field = \"a\"",
            "remove_field = { collection = \"c\", field = \"a\" }\n[[step.drop_index]]\nname = \"i\"",
            "[[step.drop_index]]\nname = \"i\"",
        ],
        with_step,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn fields() {
    let out = renderings(
        [
            "add_field = { collection = \"c\", feild = \"f\", value = 1 }",
            "add_field = { field = \"f\", value = 1 }",
            "add_field = { collection = \"c\", value = 1 }",
            "add_field = { collection = \"c\", field = \"f\" }",
            "add_field = { collection = 5, field = \"f\", value = 1 }",
            "add_field = { collection = \"\", field = \"f\", value = 1 }",
            "add_field = { collection = \"system.users\", field = \"f\", value = 1 }",
            "add_field = { collection = \"migrations\", field = \"f\", value = 1 }",
            "add_field = { collection = \"causeway_lock\", field = \"f\", value = 1 }",
            "add_field = { collection = \"a$b\", field = \"f\", value = 1 }",
            "add_field = { collection = \"c\", field = \"a.b\", value = 1 }",
            "add_field = { collection = \"c\", field = \"$f\", value = 1 }",
            "add_field = { collection = \"c\", field = \"_id\", value = 1 }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, value_json = '1' }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, type = \"Array\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, type = \"array\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, type = \"double\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, type = \"long\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1.5, type = \"decimal\" }",
            "add_field = { collection = \"c\", field = \"f\", value = \"2024-05-01\", type = \"date\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, type = \"money\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, malformed = \"ignore\" }",
            "add_field = { collection = \"c\", field = \"f\", value = 1, malformed = true }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$timestamp\": {\"t\": 0, \"i\": 0}}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$undefined\": true}' }",
            "remove_field = { collection = \"c\", field = \"f\", value = 1 }",
            "rename_field = { collection = \"c\", from = \"a\" }",
            "rename_field = { collection = \"c\", from = \"a\", to = \"a\" }",
            "rename_field = { collection = \"c\", from = \"a\", to = \"b.c\" }",
        ],
        with_step,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn values() {
    let out = renderings(
        [
            "add_field = { collection = \"c\", field = \"f\", value = 2024-05-01 }",
            "add_field = { collection = \"c\", field = \"f\", value = 10:00:00 }",
            "add_field = { collection = \"c\", field = \"f\", value = 2024-05-01T10:00:00 }",
            "add_field = { collection = \"c\", field = \"f\", value = 2024-05-01T10:00:00.123456Z }",
            "add_field = { collection = \"c\", field = \"f\", value = { \"$oid\" = \"5f1d7a3b2c4e6f8091a2b3c4\" } }",
            "add_field = { collection = \"c\", field = \"f\", value = { a.b = 1 } }",
            "add_field = { collection = \"c\", field = \"f\", value = { \"a\\u0000b\" = 1 } }",
            "add_field = { collection = \"c\", field = \"f\", value_json = 5 }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"a\": tru}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '''\n{\n  \"a\": 1,\n  \"a\": 2\n}''' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = \"{\\\"a\\\": 1,}\" }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '9223372036854775808' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$oid\": \"xyz\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$oid\": 5}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$oid\": \"5f1d7a3b2c4e6f8091a2b3c4\", \"a\": 1}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$date\": \"yesterday\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$date\": 5}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$numberInt\": \"3000000000\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$numberLong\": 5}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$numberDouble\": \"five\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$numberDecimal\": \"1,5\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$binary\": \"AAAA\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$binary\": {\"base64\": \"*\", \"subType\": \"00\"}}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$binary\": {\"base64\": \"\", \"subType\": \"xyz\"}}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$uuid\": \"1\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$regularExpression\": \"a\"}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$timestamp\": {\"t\": -1, \"i\": 0}}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$minKey\": 2}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$code\": \"f\", \"$scope\": 1}' }",
            "add_field = { collection = \"c\", field = \"f\", value_json = '{\"$dbPointer\": {}}' }",
        ],
        with_step,
    );
    insta::assert_snapshot!(out);
}

/// A `set_computed` with another value for one key.
fn with_computed(keys: &str) -> String {
    let mut lines = vec![
        "collection = \"c\"",
        "fields = [\"f\"]",
        "pipeline = [{ \"$set\" = { f = 1 } }]",
        "done = { f = 1 }",
    ];
    let name = |line: &str| {
        line.split(" = ").next().unwrap_or_default().trim_end_matches("_json").to_owned()
    };
    lines.retain(|line| {
        !keys.lines().any(|given| name(given.trim_start_matches('-')) == name(line))
    });
    let given = keys.lines().filter(|line| !line.starts_with('-'));
    format!(
        "[step.set_computed]\n{}",
        lines.into_iter().chain(given).collect::<Vec<_>>().join("\n")
    )
}

#[test]
fn computed_fields() {
    let out = renderings(
        [
            "-fields",
            "-pipeline",
            "-done",
            "where = {}",
            "fields = []",
            "fields = \"f\"",
            "fields = [\"f\", \"f\"]",
            "fields = [\"f\", \"a.b\"]",
            "fields = [\"f\", \"g\"]",
            "pipeline = []",
            "pipeline = {}",
            "pipeline = [1]",
            "pipeline = [{}]",
            "pipeline = [{ \"$set\" = { f = 1 }, \"$unset\" = \"g\" }]",
            "pipeline = [{ \"$set\" = { f = 1 } }, { \"$unset\" = \"g\" }]",
            "pipeline = [{ \"$replaceWith\" = { f = 1 } }]",
            "pipeline = [{ \"$project\" = { f = 1 } }]",
            "pipeline = [{ \"$set\" = {} }]",
            "pipeline = [{ \"$set\" = 1 }]",
            "pipeline = [{ \"$set\" = { f = 1, g = 2 } }]",
            "pipeline = [{ \"$set\" = { f = 1, \"f.g\" = 2 } }]",
            "pipeline = [{ \"$set\" = { f = \"$$NOW\" } }]",
            "pipeline = [{ \"$set\" = { f = { \"$add\" = [1, \"$$CLUSTER_TIME\"] } } }]",
            "pipeline = [{ \"$set\" = { f = { \"$cond\" = [true, 1, \"$$REMOVE\"] } } }]",
            "pipeline = [{ \"$set\" = { f = { \"$rand\" = {} } } }]",
            "pipeline = [{ \"$set\" = { f = { \"$function\" = { body = \"\", args = [], lang = \"js\" } } } }]",
            "pipeline_json = '[{\"$set\": {\"f\": \"$$NOW\"}}]'",
            "pipeline_json = '{}'",
            "filter = 5",
            "filter = { \"$where\" = \"true\" }",
            "filter = { \"$expr\" = { \"$lt\" = [\"$at\", \"$$NOW\"] } }",
            "filter = { \"$and\" = [{ \"$sampleRate\" = 0.5 }] }",
            "filter = { \"$text\" = { \"$search\" = \"x\" } }",
            "filter = { a.b = 1 }",
            "done = {}",
            "done_json = '[]'",
        ],
        |keys| with_step(&with_computed(keys)),
    );
    insta::assert_snapshot!(out);
}

#[test]
fn indexes() {
    let create =
        |rest: &str| with_step(&format!("create_index = {{ collection = \"c\", {rest} }}"));
    let out = renderings(
        [
            "name = \"i\"",
            "keys = {}",
            "keys = 5",
            "keys = [\"a\"]",
            "keys = { a = 2 }",
            "keys = { a = 1.0 }",
            "keys = { a = true }",
            "keys = { a = \"btree\" }",
            "keys = { a.b = 1 }",
            "keys = { \"a..b\" = 1 }",
            "keys = { \"$a\" = 1 }",
            "keys = { _id = 1 }",
            "keys = { a = 1 }, name = \"\"",
            "keys = { a = 1 }, name = \"_id_\"",
            "keys = { a = 1 }, name = \"*\"",
            "keys = { a = 1 }, name = \"$i\"",
            "keys = { a = 1 }, name = 5",
            "keys = { a = 1 }, uniqe = true",
            "keys = { a = 1 }, background = true",
            "keys = { a = 1 }, expireAfterSeconds = 5",
            "keys = { a = 1 }, unique = 1",
            "keys = { a = 1 }, sparse = \"yes\"",
            "keys = { a = 1 }, expire_after_seconds = -1",
            "keys = { a = 1 }, expire_after_seconds = 2147483648",
            "keys = { a = 1 }, expire_after_seconds = 1.5",
            "keys = { a = 1, b = 1 }, expire_after_seconds = 5",
            "keys = { a = 1 }, partial_filter = {}",
            "keys = { a = 1 }, partial_filter = 5",
            "keys = { a = 1 }, partial_filter = { b = 1 }, partial_filter_json = '{}'",
            "keys = { a = 1 }, partial_filter = { b = 1 }, sparse = true",
            "keys = { a = 1 }, partial_filter = { \"$expr\" = { \"$gt\" = [\"$a\", \"$$NOW\"] } }",
            "keys = { a = 1 }, collation = \"en\"",
            "keys = { a = 1 }, collation = { strength = 2 }",
            "keys = { a = 1 }, collation = { locale = \"en\", strenght = 2 }",
            "keys = { a = 1 }, weights = { a = 2 }",
            "keys = { a = \"text\" }, weights = {}",
            "keys = { a = \"text\" }, text_index_version = 4",
            "keys = { a = \"text\" }, default_language = 5",
            "keys = { a = \"text\" }, bits = 20",
            "keys = { a = \"2d\" }, bits = 33",
            "keys = { a = \"2d\" }, min = \"-180\"",
            "keys = { a = \"2d\" }, sphere_2d_version = 3",
            "keys = { a = 1 }, wildcard_projection = { b = 1 }",
        ],
        create,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn dropped_indexes() {
    let out = renderings(
        [
            "drop_index = { collection = \"c\" }",
            "drop_index = { collection = \"c\", name = \"_id_\" }",
            "drop_index = { collection = \"c\", name = \"*\" }",
            "drop_index = { collection = \"c\", name = \"i\", keys = { a = 1 } }",
        ],
        with_step,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn enums() {
    let out = renderings(
        [
            "extend_enum = { collection = \"c\", values = [\"a\"] }",
            "extend_enum = { collection = \"c\", path = \"\", values = [\"a\"] }",
            "extend_enum = { collection = \"c\", path = \"a.\", values = [\"a\"] }",
            "extend_enum = { collection = \"c\", path = \"a.$[].b\", values = [\"a\"] }",
            "extend_enum = { collection = \"c\", path = \"a.0.b\", values = [\"a\"] }",
            "extend_enum = { collection = \"c\", path = \"a\" }",
            "extend_enum = { collection = \"c\", path = \"a\", values = [] }",
            "extend_enum = { collection = \"c\", path = \"a\", values = \"b\" }",
            "extend_enum = { collection = \"c\", path = \"a\", values = [\"b\", \"b\"] }",
            "extend_enum = { collection = \"c\", path = \"a\", values = [1, 1.0] }",
            "extend_enum = { collection = \"c\", path = \"a\", values_json = '[null, null]' }",
        ],
        with_step,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn steps_that_take_the_same() {
    let out = renderings(
        [
            "remove_field = { collection = \"c\", field = \"f\" }\n[[step]]\nadd_field = { collection = \"c\", field = \"f\", value = 1 }",
            "rename_field = { collection = \"c\", from = \"a\", to = \"f\" }\n[[step]]\nremove_field = { collection = \"c\", field = \"a\" }",
            "drop_index = { collection = \"c\", name = \"a_1\" }\n[[step]]\ncreate_index = { collection = \"c\", keys = { a = 1 } }",
            "extend_enum = { collection = \"c\", path = \"a\", values = [\"b\"] }\n[[step]]\nextend_enum = { collection = \"c\", path = \"a\", values = [\"c\"] }",
        ],
        with_step,
    );
    insta::assert_snapshot!(out);
}

#[test]
fn a_file_that_is_too_long() {
    let error = refused(&format!("# {}", "x".repeat(1 << 20)));
    insta::assert_snapshot!(error.one_line(), @"migrations/010.toml:1:1: longer than 1 MiB");
}

#[test]
fn the_source_is_drawn_around_the_error() {
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut out = String::new();
    for step in [
        "add_field = { collection = \"quotes\", feild = \"selectedEvents\", value = [] }",
        "add_field = { collection = \"quotes\", field = \"selectedEvents\", value = 5, type = \"array\" }",
        "add_field = { collection = \"quotes\", field = \"f\", value_json = '''\n{ \"a\": 1\n  \"b\": 2 }\n''' }",
    ] {
        handler.render_report(&mut out, &refused(&with_step(step))).expect("a report can be drawn");
        out.push('\n');
    }
    insta::assert_snapshot!(out);
}

#[test]
fn characters_count_not_bytes() {
    let error =
        refused(&with_step("add_field = { collection = \"äöü\", feild = \"f\", value = 1 }"));
    assert_eq!((error.line(), error.column()), (5, 35));
    assert_eq!(error.file(), "migrations/010.toml");
    assert_eq!(error.key(), "step[0].add_field.feild");
    assert_eq!(error.message(), "unknown key");
}
