//! What people typed, as lines that can be put down: without control characters and without the tags
//! that old texts hold.

/// One line: whatever separates words is one blank.
pub(super) fn line(text: &str) -> String {
    words(&without_tags(text))
}

/// The lines of a longer text that say something.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let text = without_tags(text);
    let lines = text.split(['\n', '\r']).map(words);
    lines.filter(|line| !line.is_empty()).collect()
}

fn words(text: &str) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control();
    text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Text pasted from pages holds tags, which nobody wants to read: `<br>` and the ends of blocks become
/// line breaks, other tags nothing. A `<` that begins no tag stays.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match tag(rest) {
            Some(tag) => {
                plain.push_str(if breaks(tag) { "\n" } else { "" });
                rest = &rest[tag.len()..];
            }
            None => {
                plain.push('<');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The names of tags that texts of quotes were seen to hold. Anything else stays text: a person who
/// writes `<3` or `<script>` is shown what they wrote.
const TAGS: &[&str] = &["b", "br", "div", "em", "i", "li", "ol", "p", "span", "strong", "u", "ul"];

/// The tag that the text begins with.
fn tag(text: &str) -> Option<&str> {
    let end = text.find('>')?;
    let name = text[1..end].trim_start_matches('/');
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next()?.to_ascii_lowercase();
    TAGS.contains(&name.as_str()).then(|| &text[..=end])
}

fn breaks(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    ["<br", "</p", "</li", "</div", "<li", "<p", "<div"].iter().any(|begin| tag.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_old_texts_are_gone_and_other_brackets_stay() {
        assert_eq!(paragraphs("<p>Boat <b>party</b></p><p>Karting</p>"), ["Boat party", "Karting"]);
        assert_eq!(paragraphs("<ul><li>A<li>B</ul>"), ["A", "B"]);
        assert_eq!(line("3 < 5 <script>alert(1)</script>"), "3 < 5 <script>alert(1)</script>");
        assert_eq!(line("<b"), "<b");
    }

    #[test]
    fn lines_are_lines_however_they_end() {
        assert_eq!(paragraphs("a\r\nb\n\n  \u{7}c\td"), ["a", "b", "c d"]);
        assert_eq!(line("a\nb"), "a b");
    }
}
