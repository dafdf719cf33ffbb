//! Signing in and out, and changing one's password.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use axum::http::HeaderMap;
use bson::doc;
use futures_util::FutureExt as _;

use super::{
    Access, Actor, By, ClientAddress, Fingerprint, Person, Standing, User, address, browser,
    refusal,
    secret::random_secret,
    trail::Deed,
    user::{StoredPassword, normal_email},
};
use crate::failure::{Detail, Failure};

/// Nobody hears earlier that they were wrong: how long hashing took would tell whether there is such an
/// account, and since when its owner has not signed in.
const REFUSED_NOT_BEFORE: Duration = Duration::from_millis(500);

/// Somebody who has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// What the cookie holds. Nobody else knows it.
    pub secret: String,
}

/// Where somebody signs in.
#[derive(Debug, Clone)]
pub struct Device {
    /// The address that they ask from.
    pub address: IpAddr,
    /// What they ask with: `Firefox on Linux`. Whoever asks can say anything.
    pub browser: Option<String>,
}

impl Device {
    /// As the headers of the request tell it.
    pub(crate) fn of(ClientAddress(address): ClientAddress, headers: &HeaderMap) -> Self {
        Self { address, browser: browser::named(headers) }
    }
}

impl Access {
    /// Signs somebody in who knows the password.
    ///
    /// # Errors
    ///
    /// When the password is wrong, there were too many wrong ones, or the account is not approved.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        from: Device,
    ) -> Result<SignedIn, Failure> {
        let begun = Instant::now();
        let done = self.try_to_sign_in(email, password, from).await;
        let result = match &done {
            Ok(_signed_in) => "succeeded",
            Err(failure) if failure.status.is_server_error() => "failed",
            Err(failure) if failure.code == "TOO_MANY_ATTEMPTS" => "throttled",
            Err(_refused) => {
                tokio::time::sleep(REFUSED_NOT_BEFORE.saturating_sub(begun.elapsed())).await;
                "refused"
            }
        };
        metrics::counter!("quotes_sign_ins_total", "result" => result).increment(1);
        done
    }

    async fn try_to_sign_in(
        &self,
        email: &str,
        password: &str,
        from: Device,
    ) -> Result<SignedIn, Failure> {
        let Device { address: ip, browser } = from;
        let found = self.users.with_password(email).await?;
        let (user, stored) = found.unzip();
        let account = Fingerprint::of(&normal_email(email));
        let known = Attempt { account, from: ip, user: user.as_ref(), stored: stored.as_ref() };
        let right = self.attempt(known, password).await?;
        let Some(user) = user.filter(|_| right) else { return Err(refusal::wrong()) };
        if user.standing != Standing::Approved {
            return Err(refusal::not_approved());
        }
        let secret = random_secret().map_err(Failure::unexpected)?;
        self.begin_session(&user, Fingerprint::of(&secret), (ip, browser)).await?;
        Ok(SignedIn { user, secret })
    }

    /// Tries a password. Counting and trying are done in turn, so that nobody tries many at once.
    async fn attempt(&self, attempt: Attempt<'_>, password: &str) -> Result<bool, Failure> {
        let Attempt { account, from, user, stored } = attempt;
        let network = address::network(from);
        self.throttle.admit(account, network)?;
        let turn = self.passwords.turn().await?;
        self.throttle.admit(account, network)?;
        if !turn.is(password, stored).await? {
            self.throttle.failed(account, network);
            drop(turn);
            let actor = user.map_or(Actor::Unknown(from), |user| Actor::User(user.id, from));
            let deed = Deed { action: "session.refused", actor, details: doc! {} };
            self.trail.write_alone(deed).await?;
            return Ok(false);
        }
        self.throttle.succeeded(account, network);
        if let (Some(user), Some(stored)) = (user, stored)
            && turn.is_outdated(stored)
        {
            let new = turn.hash(password).await?;
            self.users.upgrade(user.id, stored, &new).await?;
        }
        Ok(true)
    }

    async fn begin_session(
        &self,
        user: &User,
        id: Fingerprint,
        (ip, browser): (IpAddr, Option<String>),
    ) -> Result<(), Failure> {
        let actor = Actor::User(user.id, ip);
        let deed = Deed { action: "session.create", actor, details: doc! {} };
        let user = user.id;
        self.together("sign somebody in", deed, move |to, session| {
            let browser = browser.clone();
            async move { to.sessions.begin(id, (user, ip, browser), session).await }.boxed()
        })
        .await
    }

    /// Ends a session, if there is one.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn sign_out(&self, session: Fingerprint) -> Result<(), Failure> {
        self.sessions.end(session).await?;
        self.known.forget();
        Ok(())
    }

    /// Changes somebody's own password. All their other sessions end.
    ///
    /// # Errors
    ///
    /// When the present password is wrong, or there were too many wrong ones.
    pub async fn change_password(
        &self,
        person: &Person,
        passwords: (&str, &str),
        from: IpAddr,
    ) -> Result<(), Failure> {
        let (present, new) = passwords;
        let found = self.users.with_password(&person.email).await?;
        let (user, stored) = found.unzip();
        let account = Fingerprint::of(&person.email);
        let attempt = Attempt { account, from, user: user.as_ref(), stored: stored.as_ref() };
        if !self.attempt(attempt, present).await? {
            let detail = Detail {
                field: "currentPassword".to_owned(),
                code: "wrong".to_owned(),
                message: "this is not the present password".to_owned(),
            };
            return Err(Failure::invalid("VALIDATION_ERROR", vec![detail]));
        }
        let new = self.passwords.turn().await?.hash(new).await?;
        let but = match person.by {
            By::Session(id) => Some(id),
            By::Token(_) => None,
        };
        let deed =
            Deed { action: "user.password", actor: Actor::User(person.id, from), details: doc! {} };
        self.store_password(person.id, &new, but, deed).await
    }
}

/// Somebody tries a password.
struct Attempt<'a> {
    account: Fingerprint,
    from: IpAddr,
    user: Option<&'a User>,
    stored: Option<&'a StoredPassword>,
}
