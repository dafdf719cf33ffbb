//! Texts with placeholders, which are filled in when a notice is made.

use super::moment::Channel;
use super::window::Window;

/// What may stand in braces.
pub const PLACEHOLDERS: [&str; 6] = ["date", "time", "until", "minutes", "zone", "database"];
/// A subject is one line of a mailbox.
pub const SUBJECT_CHARACTERS_MAX: usize = 200;
/// A notice is read in a minute.
pub const TEXT_CHARACTERS_MAX: usize = 10_000;

/// What people are told at a moment, and through what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// Subject, with placeholders.
    pub subject: String,
    /// Text, with placeholders.
    pub text: String,
    /// Channels.
    pub channels: Vec<Channel>,
}

/// Looks for a brace that is no placeholder. Returns where it stands, and what is wrong.
///
/// # Errors
/// The first mistake, with its place in bytes.
pub fn check(template: &str) -> Result<(), (usize, String)> {
    let mut at = 0;
    while let Some(found) = template[at..].find(['{', '}']) {
        let open = at + found;
        let name = template[open..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let known = name.filter(|(name, _)| PLACEHOLDERS.contains(name));
        let Some((name, _)) = known else {
            let shown = name.map_or("a brace", |(name, _)| name);
            let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
            return Err((open, format!("unknown placeholder `{shown}`, expected one of {known}")));
        };
        at = open + name.len() + 2;
    }
    Ok(())
}

/// A subject as it is sent: one line, whatever was typed.
#[must_use]
pub fn subject(template: &str, window: &Window, database: &str) -> String {
    let line = fill(template, window, database);
    line.split(char::is_control)
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A text as it is sent: lines without anything that would steer a terminal or break XML.
#[must_use]
pub fn text(template: &str, window: &Window, database: &str) -> String {
    let text = fill(template, window, database).replace("\r\n", "\n").replace('\t', "    ");
    let keep = |c: &char| *c == '\n' || !(c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(c));
    text.trim_matches('\n').chars().filter(keep).collect()
}

/// In one pass: what a placeholder brings in is never taken for one.
fn fill(template: &str, window: &Window, database: &str) -> String {
    let (start, until) = (window.local(window.start()), window.local(window.until()));
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let Some((name, after)) = rest[open + 1..].split_once('}') else { break };
        match name {
            "date" => filled.push_str(&start.strftime("%A, %-d %B %Y").to_string()),
            "time" => filled.push_str(&start.strftime("%H:%M").to_string()),
            "until" if start.date() == until.date() => {
                filled.push_str(&until.strftime("%H:%M").to_string());
            }
            "until" => filled.push_str(&until.strftime("%H:%M on %A, %-d %B").to_string()),
            "minutes" => filled.push_str(&window.length().to_string()),
            "zone" => filled.push_str(&start.strftime("%Z").to_string()),
            "database" => filled.push_str(database),
            other => filled.push_str(&format!("{{{other}}}")),
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{check, subject, text};
    use crate::notices::window::Window;

    fn window() -> Window {
        let start = "2026-11-26T02:00:00Z".parse().unwrap();
        Window::new(start, "15-30".parse().unwrap(), &TimeZone::get("Europe/London").unwrap())
    }

    #[test]
    fn placeholders_are_filled_in_once() {
        let all = "{date} {time} {until} {minutes} {zone} {database}";
        let filled = text(all, &window(), "{time}");
        assert_eq!(filled, "Thursday, 26 November 2026 02:00 02:30 15-30 GMT {time}");
    }

    #[test]
    fn what_is_no_placeholder_is_found_where_it_stands() {
        assert!(check("at {time}, {date}").is_ok());
        for (wrong, place) in [("{when}", 0), ("a {time} {", 9), ("a }", 2), ("{ time }", 0)] {
            let (at, message) = check(wrong).unwrap_err();
            assert_eq!(at, place, "{wrong}: {message}");
        }
    }

    #[test]
    fn a_subject_is_one_line() {
        let line = subject("Hello\r\nBcc: all@example.com\0", &window(), "shop");
        assert_eq!(line, "Hello Bcc: all@example.com");
        assert_eq!(text("a\r\nb\u{1b}[31m\n", &window(), "shop"), "a\nb[31m");
    }
}
