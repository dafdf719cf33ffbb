//! The report as Markdown. Whatever comes from outside is escaped by the engine, not by the template:
//! nobody can forget it.

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, Value, context};

use super::{Report, words};
use crate::failure::{Attempt, Result};

const TEMPLATE: &str = include_str!("report.md");
/// Characters that can mean something in a line of Markdown.
const MEANINGFUL: &str = "\\`*_[]|#~>";

/// The Markdown.
pub(super) fn markdown(report: &Report) -> Result<String> {
    let making = || "make the report as Markdown".to_owned();
    let mut engine = Environment::new();
    words::lines(&mut engine);
    engine.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    engine.set_formatter(format);
    words::add(&mut engine);
    engine.add_template("report.md", TEMPLATE).attempt(making)?;
    engine
        .get_template("report.md")
        .attempt(making)?
        .render(context! { report => Value::from(Serde(report)) })
        .attempt(making)
}

fn format(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> std::result::Result<(), Error> {
    if *state.auto_escape() == AutoEscape::None || value.is_safe() {
        return minijinja::escape_formatter(out, state, value);
    }
    let text = value.to_string();
    out.write_str(&escaped(&text))
        .map_err(|error| Error::new(ErrorKind::WriteFailure, error.to_string()))
}

/// A text in one line that shows what it is, in a table as well.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let characters: Vec<char> = text.trim().chars().collect();
    for (at, character) in characters.iter().enumerate() {
        match character {
            '\n' if !safe.ends_with(' ') => safe.push(' '),
            '<' => safe.push_str("&lt;"),
            '&' => safe.push_str("&amp;"),
            '_' if is_within_word(&characters, at) => safe.push('_'),
            // Only at the start of a line are these a list.
            '-' | '+' if at == 0 => safe.extend(['\\', *character]),
            it if MEANINGFUL.contains(*it) => safe.extend(['\\', *it]),
            it if it.is_control() => {}
            it => safe.push(*it),
        }
    }
    safe
}

fn is_within_word(characters: &[char], at: usize) -> bool {
    let is_word = |at: Option<usize>| {
        at.and_then(|at| characters.get(at)).is_some_and(|it| it.is_alphanumeric() || *it == '_')
    };
    is_word(at.checked_sub(1)) && is_word(Some(at + 1))
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_leaves_its_cell() {
        assert_eq!(escaped("a | b\n| c"), "a \\| b \\| c");
        assert_eq!(
            escaped("<script>x</script> & <b>"),
            "&lt;script\\>x&lt;/script\\> &amp; &lt;b\\>"
        );
        assert_eq!(escaped("- [x](y) *z* `q`"), "\\- \\[x\\](y) \\*z\\* \\`q\\`");
        assert_eq!(escaped("selected_events_idx _it_"), "selected_events_idx \\_it\\_");
        assert_eq!(escaped("2,170.0 + 3 - 1"), "2,170.0 + 3 - 1");
    }
}
