//! From what a request shows to who it is.

use axum::http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE},
};

use super::{
    Access, By, ClientAddress, Fingerprint, Person, Principal, Standing, address,
    known::Credential, rate::Source, refusal,
};
use crate::{failure::Failure, settings::Secret};

/// Its prefix makes browsers insist on `Secure`, `Path=/` and this very host.
pub(crate) const COOKIE_NAME: &str = "__Host-quotes";
const RUN: &str = "x-causeway-run";
const MAINTENANCE_TOKEN: &str = "x-maintenance-token";
const RUN_CHARACTERS_MAX: usize = 100;

/// What the guard knows of the server.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) address: ClientAddress,
    pub(super) maintenance_token: Option<&'a Secret>,
    /// A person did it, and not their browser by itself: their session lasts longer for it.
    pub(super) by_hand: bool,
}

impl Access {
    /// Who it is; nobody when nothing was shown, or a session that is over. Whoever it is, the request
    /// is counted.
    ///
    /// A token that is wrong is said to be so: a program should not go on as nobody.
    pub(super) async fn identify(&self, asked: Asked<'_>) -> Result<Option<Principal>, Failure> {
        let shown = shown(asked.headers);
        let known = match shown.as_ref().ok().copied().flatten() {
            Some(credential) => self.known.get(credential).await,
            None => None,
        };
        // What is not known costs the database a look-up, whoever sends it.
        let address = Source::Address(address::network(asked.address.0));
        let source = known.as_ref().map_or(address, |person| Source::User(person.id));
        self.rate.take(&source)?;
        let passes = passes_maintenance(asked)?;
        let Some(credential) = shown? else {
            return if passes { run(asked.headers) } else { Ok(None) };
        };
        let found = match known {
            Some(person) => Some(person),
            None => self.known.learn(credential, self.look_up(credential, asked.by_hand)).await?,
        };
        match (found, credential) {
            (Some(person), _) => {
                let person = Person { passes_maintenance: passes, ..person };
                Ok(Some(Principal::Person(person)))
            }
            (None, Credential::Session(_)) => Ok(None),
            (None, Credential::Token(_)) => Err(refusal::unknown("this token")),
        }
    }

    /// Whom a page for everybody is shown to, if they are signed in.
    pub(crate) async fn perhaps(
        &self,
        headers: &HeaderMap,
        address: ClientAddress,
    ) -> Option<Principal> {
        session(headers)?;
        let asked = Asked { headers, address, maintenance_token: None, by_hand: false };
        self.identify(asked).await.ok()?
    }

    async fn look_up(
        &self,
        credential: Credential,
        by_hand: bool,
    ) -> Result<Option<Person>, Failure> {
        let (user, by) = match credential {
            Credential::Session(id) => (self.sessions.user(id, by_hand).await?, By::Session(id)),
            Credential::Token(secret) => match self.tokens.valid(secret).await? {
                Some(token) => (Some(token.user), By::Token(token.scopes)),
                None => (None, By::Token(Vec::new())),
            },
        };
        let Some(user) = user else { return Ok(None) };
        let user = self.users.by_id(user).await?;
        Ok(user.filter(|user| user.standing == Standing::Approved).map(|user| Person {
            id: user.id,
            name: user.name,
            email: user.email,
            role: user.role,
            by,
            passes_maintenance: false,
        }))
    }
}

/// Whether the maintenance token was shown. A wrong one is refused, whatever else was shown.
fn passes_maintenance(asked: Asked<'_>) -> Result<bool, Failure> {
    let Some(guess) = asked.headers.get(MAINTENANCE_TOKEN) else { return Ok(false) };
    if asked.maintenance_token.is_some_and(|token| token.is(guess.as_bytes())) {
        return Ok(true);
    }
    Err(refusal::unknown("this maintenance token"))
}

/// What was shown. A token comes before a cookie, which then counts for nothing.
fn shown(headers: &HeaderMap) -> Result<Option<Credential>, Failure> {
    if let Some(authorization) = headers.get(AUTHORIZATION) {
        let text = authorization.to_str().unwrap_or_default();
        return match text.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
                Ok(Some(Credential::Token(Fingerprint::of(token.trim()))))
            }
            _ => Err(refusal::unknown("this kind of authorization")),
        };
    }
    Ok(session(headers).map(Credential::Session))
}

/// The session that a cookie names.
pub(crate) fn session(headers: &HeaderMap) -> Option<Fingerprint> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE_NAME).then(|| Fingerprint::of(value))
    })
}

/// The header that sets the cookie, for so many seconds. None takes it away.
pub(crate) fn session_cookie(secret: &str, seconds: u64) -> String {
    format!("{COOKIE_NAME}={secret}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax")
}

fn run(headers: &HeaderMap) -> Result<Option<Principal>, Failure> {
    let Some(id) = headers.get(RUN) else { return Ok(None) };
    let id = id.to_str().unwrap_or_default();
    let sane = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.is_empty() || id.len() > RUN_CHARACTERS_MAX || !id.chars().all(sane) {
        return Err(refusal::unknown("this id of a run"));
    }
    Ok(Some(Principal::Run(id.to_owned())))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::{Credential, Fingerprint, run, session, shown};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_token_comes_before_a_cookie() {
        let cookie = ("cookie", "theme=dark; __Host-quotes=abc; __Host-quotesx=d");
        let abc = Fingerprint::of("abc");
        assert_eq!(session(&headers(&[cookie])), Some(abc));
        assert_eq!(session(&headers(&[("cookie", "quotes=abc")])), None);
        let both = headers(&[cookie, ("authorization", "bearer qt_1")]);
        assert_eq!(shown(&both).unwrap(), Some(Credential::Token(Fingerprint::of("qt_1"))));
        let basic = headers(&[cookie, ("authorization", "Basic YTpi")]);
        assert_eq!(shown(&basic).unwrap_err().code, "NOT_SIGNED_IN");
    }

    #[test]
    fn ids_of_runs_are_plain() {
        let id = |text: &str| run(&headers(&[("x-causeway-run", text)])).map_err(|it| it.code);
        assert!(matches!(id("2026-11-26-0200_x.1"), Ok(Some(_))));
        for odd in ["", "a b", "$ne", &"x".repeat(101)] {
            assert_eq!(id(odd), Err("NOT_SIGNED_IN"), "{odd}");
        }
    }
}
