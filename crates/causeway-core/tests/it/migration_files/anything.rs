//! Whatever the text, reading ends with a migration or an error that points into it.

use causeway_core::migration::Migration;
use proptest::prelude::{Strategy, any, prop_assert, prop_oneof, proptest};
use proptest::sample::Index;

const VALID: &str = include_str!("../fixtures/every-kind.toml");

/// What is put into a valid text.
fn fragment() -> impl Strategy<Value = String> {
    let telling = [
        "{",
        "}",
        "[",
        "]",
        "=",
        "\"",
        "'''",
        "\n",
        ",",
        ".",
        "$set",
        "$$NOW",
        "_json",
        "é",
        "\0",
        "\u{feff}",
        "\r\n",
        "[[step]]",
        "1e999",
        "-0",
        "99999999999999999999",
        "2024-05-01T00:00:00Z",
        "null",
        "{}",
        "a.b = 1",
    ];
    prop_oneof![
        3 => proptest::sample::select(telling.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn boundary(text: &str, place: &Index) -> usize {
    let mut at = place.index(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn read_without_panic(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    match Migration::parse("m.toml", text) {
        Ok(migration) => prop_assert!(!migration.steps.is_empty()),
        Err(error) => {
            let lines = text.split('\n').count();
            prop_assert!((1..=lines).contains(&error.line()), "{}", error.one_line());
            prop_assert!(error.column() >= 1);
            prop_assert!(!error.message().is_empty());
            // Drawing it must not fail either.
            let mut out = String::new();
            let drawn = miette::GraphicalReportHandler::new().render_report(&mut out, &error);
            prop_assert!(drawn.is_ok());
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_changed_file(
        changes in proptest::collection::vec((any::<Index>(), any::<Index>(), 0_usize..12, fragment()), 1..4),
        start in any::<Index>(),
    ) {
        // A few steps of the file, so that errors behind the first one are reached too.
        let steps: Vec<&str> = VALID.split_inclusive("\n\n").collect();
        let from = 1 + start.index(steps.len() - 1);
        let mut text = format!("{}{}", steps[0], steps[from..].concat());
        for (place, _, length, with) in &changes {
            let start = boundary(&text, place);
            let mut end = (start + length).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            text.replace_range(start..end, with);
        }
        read_without_panic(&text)?;
    }

    #[test]
    fn any_text(text in any::<String>()) {
        read_without_panic(&text)?;
    }

    #[test]
    fn any_json(text in "[\\[\\]{}:,\"$a-z0-9.eE+-]{0,40}") {
        read_without_panic(&super::with_step(&format!(
            "add_field = {{ collection = \"c\", field = \"f\", value_json = '{text}' }}"
        )))?;
    }
}
