//! How somebody is refused.

use std::time::Duration;

use axum::http::StatusCode;

use crate::failure::Failure;

/// Nothing valid was shown.
pub(crate) fn not_signed_in() -> Failure {
    Failure::new(StatusCode::UNAUTHORIZED, "NOT_SIGNED_IN", "sign in first")
}

/// What was shown is not, or no longer, known.
pub(super) fn unknown(what: &str) -> Failure {
    let message = format!("{what} is not known here: it may have expired or been revoked");
    Failure::new(StatusCode::UNAUTHORIZED, "NOT_SIGNED_IN", message)
}

/// Known, and not meant for this.
pub(crate) fn forbidden(message: impl Into<String>) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
}

/// E-mail address and password do not belong together. Which of them is wrong is not said.
pub(super) fn wrong() -> Failure {
    Failure::new(
        StatusCode::UNAUTHORIZED,
        "SIGN_IN_REFUSED",
        "the e-mail address or the password is wrong",
    )
}

/// Said only to who knows the password.
pub(super) fn not_approved() -> Failure {
    Failure::new(
        StatusCode::FORBIDDEN,
        "NOT_APPROVED",
        "this account has not been approved: an administrator can do that",
    )
}

/// Too many wrong passwords.
pub(super) fn too_many_attempts(wait: Duration) -> Failure {
    let seconds = whole_seconds(wait);
    let message = format!("too many attempts to sign in: try again in {} s", seconds.as_secs());
    let mut failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_ATTEMPTS", message);
    failure.retry_after = Some(seconds);
    failure
}

/// Too many requests of any kind.
pub(super) fn rate_limited(wait: Duration) -> Failure {
    let message = "more requests than are taken in a second: go slower";
    let mut failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", message);
    failure.retry_after = Some(whole_seconds(wait));
    failure
}

/// Passwords are tried one after the other, and too many wait.
pub(super) fn busy() -> Failure {
    let message = "too many people sign in at this moment: try again";
    let mut failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "BUSY", message);
    failure.retry_after = Some(Duration::from_secs(2));
    failure
}

/// Rounded up: who comes back a moment early is refused again.
fn whole_seconds(wait: Duration) -> Duration {
    Duration::from_secs(wait.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX))
}
