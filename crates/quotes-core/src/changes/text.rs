//! Texts that a person types, with their limits.

use super::{Change, decide::Decision, sent::plain_lines};

/// A field of text.
pub(super) struct TextField {
    pub(super) key: &'static str,
    /// How it is called in a message: "Enter the {name}."
    pub(super) name: &'static str,
    pub(super) characters_max: usize,
    pub(super) lines: Lines,
    pub(super) need: Need,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    One,
    Many,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

impl Decision<'_> {
    /// What becomes of a text. Only one that differs from the present one has to be right.
    pub(super) fn text(
        &mut self,
        field: &TextField,
        change: &Change<String>,
        present: Option<String>,
    ) -> Option<String> {
        let same = |sent: &str| present.as_deref().map(plain_lines).as_deref() == Some(sent);
        match change {
            Change::Keep => {
                if self.is_new() {
                    self.require(field);
                }
                present
            }
            Change::Clear => {
                if self.is_new() || present.is_some() {
                    self.require(field);
                }
                None
            }
            Change::Set(text) if same(text) => present,
            Change::Set(text) => {
                self.judge_text(field, field.key, text);
                Some(text.clone())
            }
        }
    }

    fn require(&mut self, field: &TextField) {
        if field.need == Need::Required {
            self.missing(field.key, format!("Enter the {}.", field.name));
        }
    }

    /// Names what is wrong with a new text at `path`.
    pub(super) fn judge_text(&mut self, field: &TextField, path: &str, text: &str) {
        let length = text.chars().count();
        if length > field.characters_max {
            let most = field.characters_max;
            let message = format!("Use at most {most} characters; these are {length}.");
            self.problems.add("too_long", path, message);
        }
        let allowed = |letter: char| field.lines == Lines::Many && matches!(letter, '\n' | '\t');
        if text.chars().any(|letter| letter.is_control() && !allowed(letter)) {
            let message = match field.lines {
                Lines::One => "Use one line without control characters.",
                Lines::Many => "Remove the control characters.",
            };
            self.problems.add("control_character", path, message);
        }
    }
}
