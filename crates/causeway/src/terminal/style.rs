//! Colour, where it carries meaning: the answer, and what is detail. Nothing else is coloured.

use std::env;
use std::io::IsTerminal;

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// As it should be.
    Good,
    /// Somebody should look at it.
    Attention,
    /// Not as it should be.
    Bad,
    /// There for those who ask.
    Detail,
}

/// Whether a stream is painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// With ANSI colours.
    Colours,
    /// Plain text.
    Plain,
}

impl Paint {
    /// Colours on a terminal that has them, unless `NO_COLOR` is set.
    #[must_use]
    pub fn for_stream(stream: &impl IsTerminal) -> Self {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
        if stream.is_terminal() && !unwanted && !dumb { Self::Colours } else { Self::Plain }
    }

    /// `text` in the colour of its meaning.
    #[must_use]
    pub fn paint(self, meaning: Meaning, text: &str) -> String {
        if self == Self::Plain || text.is_empty() {
            return text.to_owned();
        }
        let code = match meaning {
            Meaning::Good => "32",
            Meaning::Attention => "33",
            Meaning::Bad => "31",
            Meaning::Detail => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}
