//! What a form sends.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};

use crate::failure::Failure;

/// Names and values, in the order of the form.
pub(super) type Pairs = Vec<(String, String)>;

/// The fields of a form that was sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Posted(pub(super) Pairs);

impl Posted {
    /// The first value of a field, without blanks around it; none when it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).next().map(str::trim).filter(|value| !value.is_empty())
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let name = name.to_owned();
        self.0.iter().filter(move |(it, _)| *it == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field was sent at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(it, _)| it == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if !is_form(request.headers()) {
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "send a form",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            Failure::new(rejection.status(), "BODY_NOT_READ", "the form could not be read")
        })?;
        Ok(Self(pairs(&bytes)))
    }
}

/// Names and values of a body.
pub(super) fn pairs(body: &[u8]) -> Pairs {
    // Browsers send CR LF for the end of a line in a text; what is stored has LF.
    url::form_urlencoded::parse(body)
        .map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n")))
        .collect()
}

/// Whether a body is a form.
pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use super::{Posted, pairs};

    #[test]
    fn fields_are_read_as_they_were_typed() {
        let posted = Posted(pairs(b"title=+T%C3%B3m%27s+&event=a&event=b&notes=1%0D%0A2&empty="));
        assert_eq!(posted.text("title"), Some("Tóm's"));
        assert_eq!(posted.all("event").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(posted.text("notes"), Some("1\n2"));
        assert_eq!((posted.text("empty"), posted.has("empty")), (None, true));
        assert!(!posted.has("absent"));
    }
}
