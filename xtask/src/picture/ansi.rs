//! The output of a terminal as lines of coloured spans.
//!
//! Understands what causeway prints: colours, dim, carriage returns. Other sequences are dropped.

/// How a piece of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Style {
    #[default]
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

/// Text in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) style: Style,
    pub(super) text: String,
}

/// The lines as a terminal of this width shows them in the end. Where nothing is coloured, answers
/// and commands are: it was captured from a pipe.
pub(super) fn lines(text: &str, columns: usize) -> Vec<Vec<Span>> {
    if !text.contains('\x1b') {
        let lines: Vec<String> = text.lines().map(painted).collect();
        return lines_of(&lines.join("\n"), columns);
    }
    lines_of(text, columns)
}

fn painted(line: &str) -> String {
    let first = line.split_whitespace().next().unwrap_or_default();
    let code = match first {
        "$" => return format!("\x1b[1m{line}\x1b[0m"),
        "#" => return format!("\x1b[2m{line}\x1b[0m"),
        "ok" => "32",
        "warning" => "33",
        "refuses" | "wrong" => "31",
        _ => return line.to_owned(),
    };
    line.replacen(first, &format!("\x1b[{code}m{first}\x1b[0m"), 1)
}

fn lines_of(text: &str, columns: usize) -> Vec<Vec<Span>> {
    let mut style = Style::Plain;
    let mut lines: Vec<Vec<Span>> = text
        .split('\n')
        .map(|line| {
            // What was overwritten is not seen any more. A line may end with a return, too.
            let line = line.trim_end_matches('\r');
            let seen = line.rsplit('\r').next().unwrap_or_default();
            spans(seen, &mut style, columns)
        })
        .collect();
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

fn spans(line: &str, style: &mut Style, columns: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    let mut shown = 0;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if let Some(sequence) = rest.strip_prefix("\x1b[") {
            let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(sequence.len());
            if sequence[end..].starts_with('m') {
                *style = styled(&sequence[..end]);
            }
            rest = sequence.get(end + 1..).unwrap_or_default();
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c.is_control() || shown == columns {
            continue;
        }
        shown += 1;
        let is_cut = shown == columns && rest.chars().any(|c| !c.is_control());
        let c = if is_cut { '…' } else { c };
        match spans.last_mut() {
            Some(span) if span.style == *style => span.text.push(c),
            _ => spans.push(Span { style: *style, text: c.to_string() }),
        }
    }
    spans
}

/// The last code counts: causeway never combines them.
fn styled(codes: &str) -> Style {
    match codes.rsplit(';').next().unwrap_or_default() {
        "1" => Style::Bold,
        "2" => Style::Dim,
        "31" => Style::Red,
        "32" => Style::Green,
        "33" => Style::Yellow,
        _ => Style::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Style, lines};

    fn span(style: Style, text: &str) -> Span {
        Span { style, text: text.to_owned() }
    }

    #[test]
    fn colours_become_spans() {
        assert_eq!(
            lines("a \x1b[32mok\x1b[0m b\n\n", 80),
            [vec![span(Style::Plain, "a "), span(Style::Green, "ok"), span(Style::Plain, " b")]]
        );
    }

    #[test]
    fn plain_output_is_painted_by_its_first_word() {
        assert_eq!(
            lines("$ causeway status\n  ok  disk", 80),
            [
                vec![span(Style::Bold, "$ causeway status")],
                vec![
                    span(Style::Plain, "  "),
                    span(Style::Green, "ok"),
                    span(Style::Plain, "  disk")
                ],
            ]
        );
    }

    #[test]
    fn only_what_is_seen_in_the_end_stays() {
        assert_eq!(lines("10 %\r\x1b[2K20 %\r\n", 80), [vec![span(Style::Plain, "20 %")]]);
        assert_eq!(lines("abc", 3), [vec![span(Style::Plain, "abc")]]);
        assert_eq!(lines("abcdef", 3), [vec![span(Style::Plain, "ab…")]]);
    }
}
