//! What somebody signs in with, as browsers say it of themselves: so that people know their own sessions.

use axum::http::{HeaderMap, header::USER_AGENT};
use woothee::parser::{Parser, WootheeResult};

/// Longer ones are nonsense.
const CHARACTERS_MAX: usize = 512;
const UNKNOWN: &str = "UNKNOWN";

/// `Firefox on Linux`; none where a browser does not say, or nobody knows it.
pub(super) fn named(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(USER_AGENT)?.to_str().ok()?;
    let found = Parser::new().parse(said.get(..CHARACTERS_MAX).unwrap_or(said))?;
    words(&found)
}

fn words(found: &WootheeResult<'_>) -> Option<String> {
    let known = |word: &str| (!word.is_empty() && word != UNKNOWN).then(|| word.to_owned());
    match (known(found.name), known(found.os)) {
        (Some(name), Some(os)) => Some(format!("{name} on {os}")),
        (name, os) => name.or(os),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::USER_AGENT};

    use super::named;

    #[test]
    fn browsers_are_known_by_name_and_system() {
        let of = |said: &'static str| {
            named(&HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(said))]))
        };
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(of(firefox).as_deref(), Some("Firefox on Linux"));
        let chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                      Gecko) Chrome/142.0.0.0 Safari/537.36";
        assert_eq!(of(chrome).as_deref(), Some("Chrome on Windows 10"));
        assert_eq!(of("<script>alert(1)</script>"), None);
        assert_eq!(named(&HeaderMap::new()), None);
    }
}
