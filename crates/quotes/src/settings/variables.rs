//! Variables of the environment, or of a file in their place.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use anyhow::{Context as _, Result};

const NAMES: [&str; 12] = [
    "MONGODB_URI",
    "QUOTES_AGENCY",
    "QUOTES_LISTEN",
    "QUOTES_LOG",
    "QUOTES_MAIL_FROM",
    "QUOTES_MAINTENANCE_TOKEN",
    "QUOTES_PUBLIC_URL",
    "QUOTES_RATE_PER_SECOND",
    "QUOTES_SMTP",
    "QUOTES_SMTP_CA",
    "QUOTES_SMTP_PASSWORD",
    "QUOTES_SMTP_USERNAME",
];

/// The variables that count here, by name.
#[derive(Clone, Default)]
pub struct Variables {
    values: BTreeMap<String, String>,
    file: Option<String>,
}

impl Variables {
    /// Those of the environment; what the file says comes before them.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn read(file: Option<&Path>) -> Result<Self> {
        let environment = NAMES
            .into_iter()
            .filter_map(|name| std::env::var(name).ok().map(|value| (name.to_owned(), value)));
        let mut read = Self { values: environment.collect(), file: None };
        if let Some(path) = file {
            let text = fs::read_to_string(path)
                .with_context(|| format!("read the environment file {}", path.display()))?;
            read.values.extend(lines(&text));
            read.file = Some(path.display().to_string());
        }
        Ok(read)
    }

    /// A value; one that is empty is none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// Where they come from, in words.
    #[must_use]
    pub fn source(&self) -> String {
        match &self.file {
            Some(file) => format!("{file} or the environment"),
            None => "the environment".to_owned(),
        }
    }
}

/// `NAME=value` as causeway reads it from the same file: nothing is substituted, a `$` in a password is
/// one. The last line of a name wins, as it does in a shell that sources the file.
fn lines(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let (name, value) = line.split_once('=')?;
        let name = name.trim();
        NAMES.contains(&name).then(|| (name.to_owned(), unquoted(value.trim()).to_owned()))
    })
}

fn unquoted(value: &str) -> &str {
    let inner = |quote| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(value)
}

// Derived, it would show passwords.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Variables {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self { values: pairs.into_iter().map(owned).collect(), file: None }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::lines;

    #[test]
    fn a_file_is_read_as_a_shell_would_but_nothing_is_substituted() {
        let text = "# a comment\nexport MONGODB_URI='mongodb://a:$b@h/shop'\nOTHER=1\n\
                    QUOTES_LISTEN=127.0.0.1:1\nQUOTES_LISTEN = \"127.0.0.1:2\"\n";
        let read: BTreeMap<String, String> = lines(text).collect();
        assert_eq!(read.len(), 2);
        assert_eq!(read["MONGODB_URI"], "mongodb://a:$b@h/shop");
        assert_eq!(read["QUOTES_LISTEN"], "127.0.0.1:2");
    }
}
