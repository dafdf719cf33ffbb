//! A length of time, on the command line and in the configuration.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// `24h`, `30s`, `1h 30m`, `0s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Length(pub Duration);

impl FromStr for Length {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = text.trim().parse::<SignedDuration>().ok();
        let length = read.and_then(|length| Duration::try_from(length).ok());
        length.map(Self).ok_or_else(|| "expected a time such as \"24h\" or \"90m\"".to_owned())
    }
}

impl TryFrom<String> for Length {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::Length;

    #[test]
    fn lengths_are_read_as_people_write_them() {
        let seconds = |text: &str| text.parse::<Length>().map(|length| length.0.as_secs_f64());
        assert_eq!(seconds("24h"), Ok(86_400.0));
        assert_eq!(seconds("1h 30m"), Ok(5_400.0));
        assert_eq!(seconds("200ms"), Ok(0.2));
        assert_eq!(seconds("0s"), Ok(0.0));
        for text in ["", "5", "-5s", "soon", "1 month"] {
            assert!(seconds(text).is_err(), "{text:?}");
        }
    }
}
