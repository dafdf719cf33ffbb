//! The id of a run, as somebody typed it.

use std::fmt;
use std::str::FromStr;

/// At most so many characters: it is the name of a folder.
const CHARACTERS_MAX: usize = 64;

/// `2026-11-22-0213-k7f`. Names a folder, so it can hold nothing that leads out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunId(String);

impl RunId {
    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if text.is_empty() || text.len() > CHARACTERS_MAX || !text.chars().all(allowed) {
            return Err("no id of a run; it looks like 2026-11-22-0213-k7f".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::RunId;

    #[test]
    fn nothing_leads_out_of_the_folder_of_runs() {
        for text in ["", "..", "a/b", "/etc", "a.b", "ä", &"a".repeat(65)] {
            assert!(text.parse::<RunId>().is_err(), "{text:?}");
        }
        assert!("2026-11-22-0213-k7f".parse::<RunId>().is_ok());
    }
}
