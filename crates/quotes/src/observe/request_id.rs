//! A name for each request: the client's own when it is sane, else one that is made here.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it, both ways.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

const CHARACTERS_MAX: usize = 64;

/// The id of a request: letters, digits, `.`, `_` and `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// The one that the client sent, or a new one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get(HEADER).and_then(|value| value.to_str().ok());
        match sent.filter(|sent| is_sane(sent)) {
            Some(sent) => Self(sent.to_owned()),
            None => Self(format!("{:032x}", rand::random::<u128>())),
        }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a header's value.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.0).ok()
    }
}

fn is_sane(text: &str) -> bool {
    (1..=CHARACTERS_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{HEADER, RequestId};

    #[test]
    fn only_what_can_do_no_harm_in_a_log_is_taken_over() {
        let of = |sent: &str| {
            let headers = HeaderMap::from_iter([(HEADER, sent.parse().unwrap())]);
            RequestId::of(&headers).as_str().to_owned()
        };
        assert_eq!(of("run-17.a_B"), "run-17.a_B");
        for odd in ["", "two words", "ann@agency.example", &"x".repeat(65)] {
            let made = of(odd);
            assert!(made.len() == 32 && made != odd, "{made}");
        }
    }
}
