//! Patterns for texts however they are spelled, where no index with a collation finds them.

use std::{collections::HashMap, ops::RangeInclusive, sync::LazyLock};

use bson::{Document, doc};
use quotes_core::fold::fold;

/// The accented letters that European names are written with.
const ACCENTED: [RangeInclusive<char>; 2] = ['\u{c0}'..='\u{24f}', '\u{1e00}'..='\u{1eff}'];
/// Before and after a word.
const NO_LETTER: &str = "[^\\p{L}\\p{M}\\p{N}]";

/// Letters of one character, by that character.
static ALIKE: LazyLock<HashMap<char, String>> = LazyLock::new(|| {
    let mut alike: HashMap<char, String> = HashMap::new();
    for letter in ACCENTED.into_iter().flatten() {
        let folded = fold(&letter.to_string());
        let mut folded = folded.chars();
        if let (Some(plain), None) = (folded.next(), folded.next()) {
            alike.entry(plain).or_default().push(letter);
        }
    }
    alike
});

/// The text and nothing else.
pub(super) fn whole(text: &str) -> Document {
    matches(&format!("^{}$", pattern(text)))
}

/// The text somewhere.
pub(super) fn part(text: &str) -> Document {
    matches(&pattern(text))
}

/// The text as a word.
pub(super) fn word(text: &str) -> Document {
    matches(&format!("(^|{NO_LETTER}){}($|{NO_LETTER})", pattern(text)))
}

fn matches(pattern: &str) -> Document {
    doc! { "$regex": pattern, "$options": "i" }
}

fn pattern(text: &str) -> String {
    let mut pattern = String::new();
    for letter in fold(text).chars() {
        match ALIKE.get(&letter) {
            Some(alike) => pattern.push_str(&format!("[{letter}{alike}]")),
            None if letter.is_alphanumeric() || letter == ' ' => pattern.push(letter),
            None => pattern.push_str(&format!("\\x{{{:x}}}", u32::from(letter))),
        }
        // An accent may also follow its letter.
        pattern.push_str("\\p{M}*");
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn nothing_in_a_pattern_is_an_operator() {
        assert!(pattern("b.").ends_with("\\p{M}*\\x{2e}\\p{M}*"));
        assert!(pattern("O").starts_with("[o") && pattern("O").contains('ø'));
        assert!(!pattern("\0$").contains(['\0', '$']));
    }
}
