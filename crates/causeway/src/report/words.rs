//! Filters of the templates: numbers and times as people read them.

use jiff::Timestamp;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;

use crate::clock::{duration_words, thousands};
use crate::terminal::quantities::bytes_words;

/// A line that holds nothing but a tag leaves no line behind.
pub(super) fn lines(engine: &mut Environment<'_>) {
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build();
    // The delimiters are the usual ones, which can't be wrong.
    if let Ok(syntax) = syntax {
        engine.set_syntax(syntax);
    }
}

/// Adds them.
pub(super) fn add(engine: &mut Environment<'_>) {
    engine.add_filter("took", |seconds: f64| duration_words(seconds));
    engine.add_filter("thousands", thousands);
    engine.add_filter("kept", |text: String| kept(&text));
    engine.add_filter("bytes", bytes_words);
    engine.add_filter("clock", |at: String| local(&at, "%H:%M:%S"));
    engine.add_filter("moment", |at: String| local(&at, "%-d %B %Y, %H:%M"));
    engine.add_filter("date", |at: String| local(&at, "%-d %B %Y"));
    engine.add_filter("day", |at: String| local(&at, "%A, %-d %B %Y"));
    engine.add_filter("short", |at: String| local(&at, "%-d %b, %H:%M:%S"));
}

/// In the offset that it is written with; what is no time is given back as it is.
fn local(rfc3339: &str, form: &str) -> String {
    let read = strtime::parse("%Y-%m-%dT%H:%M:%S%.f%:z", rfc3339);
    read.and_then(|at| at.to_string(form)).unwrap_or_else(|_| rfc3339.to_owned())
}

/// A number and its unit stay in one line: the space between them does not break.
fn kept(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut before = None;
    for character in text.chars() {
        let after_digit = before.is_some_and(|it: char| it.is_ascii_digit());
        kept.push(if character == ' ' && after_digit { '\u{a0}' } else { character });
        before = Some(character);
    }
    kept
}

/// `Europe/London`, or the offset where the zone has no name.
pub(super) fn zone_words(zone: &TimeZone, at: Timestamp) -> String {
    match zone.iana_name() {
        Some(name) => name.to_owned(),
        None => at.to_zoned(zone.clone()).strftime("UTC%:z").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{kept, local};

    #[test]
    fn only_what_follows_a_number_stays_with_it() {
        assert_eq!(kept("took 21.3 s, all well"), "took 21.3\u{a0}s, all well");
    }

    #[test]
    fn times_stay_in_their_offset() {
        let at = "2026-11-22T02:13:07.000+01:00";
        assert_eq!(local(at, "%A, %-d %B %Y, %H:%M:%S"), "Sunday, 22 November 2026, 02:13:07");
        assert_eq!(local("soon", "%H"), "soon");
    }
}
