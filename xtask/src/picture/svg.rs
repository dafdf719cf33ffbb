//! Lines of spans as an SVG: monospaced, light, readable without loading anything.

use std::fmt::Write as _;

use super::ansi::{Span, Style};

const FONT_SIZE: f64 = 13.0;
/// Of every monospaced font in [`FONTS`], about: spans are placed by it, so that columns align
/// whatever font there is.
const CHARACTER_WIDTH: f64 = FONT_SIZE * 0.602;
const LINE_HEIGHT: f64 = 18.0;
const PADDING: f64 = 20.0;
const TITLE_HEIGHT: f64 = 36.0;
const FONTS: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";

/// The picture.
pub(super) fn draw(title: &str, lines: &[Vec<Span>], columns: usize) -> String {
    let widest = lines.iter().map(|line| characters(line)).max().unwrap_or_default().min(columns);
    let width = (length(widest) + 2.0 * PADDING).ceil();
    let height = (length_of_lines(lines.len()) + TITLE_HEIGHT + PADDING).ceil();
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}">
<rect x="0.5" y="0.5" width="{inner_width}" height="{inner_height}" rx="6" fill="#fdfcfa" stroke="#d8d4cc"/>
<text x="{PADDING}" y="23" font-family="{FONTS}" font-size="12" fill="#6b665e">{label}</text>
<line x1="0.5" y1="{TITLE_HEIGHT}" x2="{inner_width}" y2="{TITLE_HEIGHT}" stroke="#e6e2da"/>
<g font-family="{FONTS}" font-size="{FONT_SIZE}" fill="#24221f">
"##,
        label = escaped(title),
        inner_width = width - 1.0,
        inner_height = height - 1.0,
    );
    for (number, line) in lines.iter().enumerate() {
        let y = TITLE_HEIGHT + length_of_lines(number + 1);
        let mut column = 0;
        for span in line {
            for (offset, words) in pieces(&span.text) {
                // Writing to a String can't fail.
                let _ = writeln!(
                    svg,
                    r#"<text x="{x:.1}" y="{y}" textLength="{length:.1}"{look}>{words}</text>"#,
                    x = PADDING + length(column + offset),
                    length = length(words.chars().count()),
                    look = look(span.style),
                    words = escaped(words),
                );
            }
            column += span.text.chars().count();
        }
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// Contrast with the background is 4.5 to 1 or better.
fn look(style: Style) -> &'static str {
    match style {
        Style::Plain => "",
        Style::Bold => r#" font-weight="bold""#,
        Style::Dim => r##" fill="#6b665e""##,
        Style::Red => r##" fill="#b3261e""##,
        Style::Green => r##" fill="#1a6e3c""##,
        Style::Yellow => r##" fill="#8a5a00""##,
    }
}

/// What stands between gaps of two and more blanks, which SVG would make one, with its column.
fn pieces(text: &str) -> Vec<(usize, &str)> {
    let mut pieces = Vec::new();
    let mut column = 0;
    for piece in text.split("  ") {
        let words = piece.trim();
        if !words.is_empty() {
            let before = piece.chars().take_while(|c| c.is_whitespace()).count();
            pieces.push((column + before, words));
        }
        column += piece.chars().count() + 2;
    }
    pieces
}

fn characters(line: &[Span]) -> usize {
    line.iter().map(|span| span.text.chars().count()).sum()
}

#[expect(clippy::cast_precision_loss, reason = "columns are few")]
fn length(columns: usize) -> f64 {
    columns as f64 * CHARACTER_WIDTH
}

#[expect(clippy::cast_precision_loss, reason = "lines are few")]
fn length_of_lines(lines: usize) -> f64 {
    lines as f64 * LINE_HEIGHT
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn gaps_keep_their_width() {
        assert_eq!(pieces("a b   c"), [(0, "a b"), (6, "c")]);
        assert_eq!(pieces("    d "), [(4, "d")]);
        assert_eq!(pieces("   "), []);
    }
}
