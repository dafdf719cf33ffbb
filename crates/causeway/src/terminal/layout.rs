//! Where things stand on a line: a key on the left, text with a hanging indent on the right.

use super::style::{Meaning, Paint};

/// Column at which the text after a key begins.
const KEY_COLUMNS: usize = 10;
/// Columns before the answer of a check.
const ANSWER_INDENT: &str = "  ";
/// Columns of the answer of a check.
const ANSWER_COLUMNS: usize = 9;
/// Columns of the name of a check.
const NAME_COLUMNS: usize = 19;
/// Columns of a count.
const COUNT_COLUMNS: usize = 18;
/// Column at which an exit code stands, when the line leaves room for it.
const EXIT_COLUMN: usize = 78;
/// A terminal narrower than this is not wrapped for: nothing would be left of a sentence.
const TEXT_COLUMNS_MIN: usize = 20;

/// How lines of one stream are made.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Colours or none.
    pub paint: Paint,
    /// Columns of the terminal; none where the reader is a file or a program, which wraps nothing.
    pub columns: Option<usize>,
}

impl Page {
    /// `key       text`, further lines below the text.
    #[must_use]
    pub fn keyed(&self, key: &str, meaning: Option<Meaning>, text: &str) -> String {
        let key = format!("{key:<width$} ", width = KEY_COLUMNS - 1);
        let painted = meaning.map_or_else(|| key.clone(), |it| self.paint.paint(it, &key));
        format!("{painted}{}", self.hanging(key.chars().count(), text))
    }

    /// Text below the text of a keyed line.
    #[must_use]
    pub fn below_key(&self, text: &str) -> String {
        format!("{}{}", " ".repeat(KEY_COLUMNS), self.hanging(KEY_COLUMNS, text))
    }

    /// `  answer   name               text`, the row of a check or of a step.
    #[must_use]
    pub fn row(&self, answer: (&str, Meaning), name: &str, text: &str) -> String {
        let (word, name) = (padded(answer.0, ANSWER_COLUMNS), padded(name, NAME_COLUMNS));
        let before = ANSWER_INDENT.len() + word.chars().count() + name.chars().count();
        let painted = self.paint.paint(answer.1, &word);
        format!("{ANSWER_INDENT}{painted}{name}{}", self.hanging(before, text))
    }

    /// Text below the text of a row.
    #[must_use]
    pub fn below_row(&self, text: &str) -> String {
        let before = ANSWER_INDENT.len() + ANSWER_COLUMNS + NAME_COLUMNS;
        let text = self.hanging(before, text);
        format!("{}{}", " ".repeat(before), self.paint.paint(Meaning::Detail, &text))
    }

    /// `  answer   text`, a row without a name.
    #[must_use]
    pub fn statement(&self, answer: (&str, Meaning), text: &str) -> String {
        let word = padded(answer.0, ANSWER_COLUMNS);
        let painted = self.paint.paint(answer.1, &word);
        let before = ANSWER_INDENT.len() + word.chars().count();
        format!("{ANSWER_INDENT}{painted}{}", self.hanging(before, text))
    }

    /// `        1,000  text`, a count with what it counts.
    #[must_use]
    pub fn count(&self, number: &str, meaning: Meaning, (words, more): (&str, &str)) -> String {
        let front = format!("{number:>COUNT_COLUMNS$}  {words}");
        let before = COUNT_COLUMNS + 2;
        let more = self.hanging(before, more);
        let gap = if more.is_empty() { "" } else { "\n" };
        let below = if more.is_empty() { String::new() } else { " ".repeat(before) };
        format!("{}{gap}{below}{more}", self.paint.paint(meaning, &front))
    }

    /// `line` with the exit code at its right.
    #[must_use]
    pub fn with_exit(&self, line: &str, exit_code: u8) -> String {
        let exit = format!("exit {exit_code}");
        let used = line.lines().last().map_or(0, visible_columns);
        let column = self
            .columns
            .map_or(EXIT_COLUMN, |all| EXIT_COLUMN.min(all.saturating_sub(exit.len() + 1)));
        let gap = column.saturating_sub(used).max(3);
        format!("{line}{}{}", " ".repeat(gap), self.paint.paint(Meaning::Detail, &exit))
    }

    /// `text` wrapped so that every line after the first begins at column `before`.
    pub(super) fn hanging(&self, before: usize, text: &str) -> String {
        let room = self.columns.map(|columns| columns.saturating_sub(before));
        let mut lines = Vec::new();
        for line in harmless(text).lines() {
            match room {
                Some(room) if room >= TEXT_COLUMNS_MIN => wrap(line, room, &mut lines),
                _ => lines.push(line.to_owned()),
            }
        }
        lines.join(&format!("\n{}", " ".repeat(before)))
    }
}

/// `text` padded to `columns`, with two blanks after it when it is longer.
#[must_use]
pub fn padded(text: &str, columns: usize) -> String {
    let used = text.chars().count();
    format!("{text}{}", " ".repeat(columns.saturating_sub(used).max(2)))
}

/// `text` without what would steer the terminal: names and errors come from the database, and
/// anybody may have written them.
#[must_use]
pub fn harmless(text: &str) -> String {
    let keep = |c: char| !c.is_control() || c == '\n';
    text.chars().map(|c| if keep(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// Columns that a line takes on the screen: what it holds, without colour codes.
fn visible_columns(line: &str) -> usize {
    let mut columns = 0;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\x1b' {
            characters.by_ref().find(|c| c.is_ascii_alphabetic());
        } else {
            columns += 1;
        }
    }
    columns
}

/// Breaks at blanks. What is indented stays as it is: it was laid out by somebody.
fn wrap(line: &str, room: usize, lines: &mut Vec<String>) {
    if line.starts_with(' ') || line.chars().count() <= room {
        lines.push(line.to_owned());
        return;
    }
    let mut current = String::new();
    for word in unbreakable(line) {
        let needed = current.chars().count() + 1 + word.chars().count();
        if !current.is_empty() && needed > room {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    lines.push(current);
}

/// Words, a number together with its unit.
fn unbreakable(line: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in line.split(' ') {
        match words.last_mut() {
            Some(last) if is_number(last) => {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => words.push(word.to_owned()),
        }
    }
    words
}

fn is_number(word: &str) -> bool {
    let word = word.trim_start_matches('(');
    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

#[cfg(test)]
mod tests {
    use super::{Page, Paint};
    use crate::terminal::style::Meaning;

    #[test]
    fn long_text_hangs_below_its_beginning() {
        let page = Page { paint: Paint::Plain, columns: Some(40) };
        assert_eq!(
            page.keyed("next", None, "wait until it ends, or see who holds it"),
            "next      wait until it ends, or see who\n          holds it"
        );
        assert_eq!(
            page.statement(("ok", Meaning::Good), "one two three four five six seven"),
            "  ok       one two three four five six\n           seven"
        );
    }

    #[test]
    fn text_of_others_does_not_steer_the_terminal() {
        let page = Page { paint: Paint::Plain, columns: None };
        let shown = page.keyed("lease", None, "ann\x1b[2J\rbob");
        assert!(!shown.contains(['\x1b', '\r']), "{shown:?}");
    }

    #[test]
    fn a_number_stays_with_its_unit() {
        let page = Page { paint: Paint::Plain, columns: Some(34) };
        assert_eq!(
            page.keyed("takes", None, "growth 42 kB, archive (0 bytes)"),
            "takes     growth 42 kB, archive\n          (0 bytes)"
        );
    }

    #[test]
    fn a_file_is_not_wrapped_for() {
        let page = Page { paint: Paint::Plain, columns: None };
        let text = "word ".repeat(100);
        assert_eq!(page.keyed("next", None, text.trim()).lines().count(), 1);
    }

    #[test]
    fn the_exit_code_stands_where_colours_do_not_push_it() {
        let plain = Page { paint: Paint::Plain, columns: None };
        let colours = Page { paint: Paint::Colours, columns: None };
        let line = |page: &Page| page.with_exit(&page.keyed("refused", Some(Meaning::Bad), "x"), 3);
        let visible =
            line(&colours).replace("\x1b[31m", "").replace("\x1b[2m", "").replace("\x1b[0m", "");
        assert_eq!(line(&plain), visible);
    }
}
