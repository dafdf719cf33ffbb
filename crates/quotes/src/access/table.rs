//! The one table: which route is open to whom.
//!
//! What does not stand here is refused by the guard, and a test compares the table with what is served.

use std::{collections::HashMap, sync::LazyLock};

use axum::http::Method;

use super::{
    Scope,
    Scope::{CatalogueRead, CatalogueWrite, QuotesRead, QuotesWrite},
};

/// How far a run is, sent again and again.
pub(crate) const NEWS: &str = "/operations/news";
/// What everybody is told now.
pub(crate) const BANNERS: &str = "/banners";
/// What pages ask for again and again, whether or not somebody sits before them.
pub(super) const BY_ITSELF: [&str; 2] = [NEWS, BANNERS];

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, without being asked who they are.
    Public,
    /// Everybody with an account.
    SignedIn,
    /// Administrators for every quote, agents for those that they made: their handlers look at `createdBy`.
    OwnQuotes,
    /// Administrators.
    Admin,
}

/// What a program must have been given, beside what its person may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Programs {
    /// Any token will do.
    Any,
    /// A token with this scope.
    With(Scope),
    /// No token: a person by themselves.
    Never,
}

/// Whether the smoke checks of a run of Causeway may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// They may; with quotes, those that they made.
    Admitted,
    /// They may not.
    Refused,
}

/// One line of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Which people.
    pub who: Who,
    /// Which programs.
    pub programs: Programs,
    /// Which runs.
    pub runs: Runs,
}

/// What the table says of a method and a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This rule.
    Rule(Rule),
    /// The path is served with other methods: these, as an `Allow` header lists them.
    OtherMethods(String),
    /// Nothing.
    Nothing,
}

/// Looks a route up. `path` is the pattern that matched. `HEAD` is `GET` without the body.
#[must_use]
pub fn find(method: &Method, path: &str) -> Found {
    static BY_PATH: LazyLock<HashMap<&str, Vec<(Method, Rule)>>> = LazyLock::new(by_path);
    let Some(methods) = BY_PATH.get(path) else { return Found::Nothing };
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    match methods.iter().find(|(known, _)| known == method) {
        Some((_, rule)) => Found::Rule(*rule),
        None => {
            let allowed = methods.iter().map(|(method, _)| match *method {
                Method::GET => "GET,HEAD",
                _ => method.as_str(),
            });
            Found::OtherMethods(allowed.collect::<Vec<&str>>().join(","))
        }
    }
}

fn by_path() -> HashMap<&'static str, Vec<(Method, Rule)>> {
    let mut by_path: HashMap<&str, Vec<(Method, Rule)>> = HashMap::new();
    for (method, path, rule) in all() {
        by_path.entry(path).or_default().push((method, rule));
    }
    by_path
}

const fn public() -> Rule {
    Rule { who: Who::Public, programs: Programs::Any, runs: Runs::Admitted }
}

/// For programs and runs too.
const fn rule(who: Who, scope: Scope) -> Rule {
    Rule { who, programs: Programs::With(scope), runs: Runs::Admitted }
}

/// For programs too, and no runs.
const fn no_runs(who: Who, scope: Scope) -> Rule {
    Rule { who, programs: Programs::With(scope), runs: Runs::Refused }
}

/// For programs too, whatever they were made for.
const fn any() -> Rule {
    Rule { who: Who::SignedIn, programs: Programs::Any, runs: Runs::Refused }
}

/// Only people by themselves.
const fn people(who: Who) -> Rule {
    Rule { who, programs: Programs::Never, runs: Runs::Refused }
}

/// The whole table, in reading order.
pub fn all() -> impl Iterator<Item = (Method, &'static str, Rule)> {
    [everybody(), accounts(), quotes(), parts_of_quotes(), catalogue(), pages()]
        .into_iter()
        .flatten()
}

fn everybody() -> Vec<(Method, &'static str, Rule)> {
    vec![
        (Method::GET, "/healthz", public()),
        (Method::GET, "/readyz", public()),
        // Whoever must not read these is kept from them by the network.
        (Method::GET, "/metrics", public()),
        (Method::GET, "/api/status", public()),
        (Method::GET, "/api/openapi.json", public()),
        (Method::GET, "/api/docs", public()),
        (Method::GET, "/api/docs/style.css", public()),
        (Method::POST, "/api/problems", any()),
    ]
}

fn accounts() -> Vec<(Method, &'static str, Rule)> {
    vec![
        (Method::POST, "/api/session", public()),
        (Method::GET, "/api/session", any()),
        // Whoever has no session is signed out already.
        (Method::DELETE, "/api/session", public()),
        (Method::PUT, "/api/session/password", people(Who::SignedIn)),
        // A stolen token must not make accounts or other tokens.
        (Method::GET, "/api/admin/users", people(Who::Admin)),
        (Method::POST, "/api/admin/users", people(Who::Admin)),
        (Method::GET, "/api/admin/users/{id}", people(Who::Admin)),
        (Method::PUT, "/api/admin/users/{id}", people(Who::Admin)),
        (Method::POST, "/api/admin/users/{id}/reset-password", people(Who::Admin)),
        (Method::GET, "/api/admin/tokens", people(Who::Admin)),
        (Method::POST, "/api/admin/tokens", people(Who::Admin)),
        (Method::DELETE, "/api/admin/tokens/{id}", people(Who::Admin)),
    ]
}

fn quotes() -> Vec<(Method, &'static str, Rule)> {
    let read = rule(Who::OwnQuotes, QuotesRead);
    let write = rule(Who::Admin, QuotesWrite);
    vec![
        (Method::GET, "/api/admin/quotes", read),
        (Method::POST, "/api/admin/quotes", write),
        (Method::POST, "/api/admin/quotes/calculate-events-price", rule(Who::SignedIn, QuotesRead)),
        (Method::GET, "/api/admin/quotes/{id}", read),
        (Method::PUT, "/api/admin/quotes/{id}", write),
        (Method::DELETE, "/api/admin/quotes/{id}", write),
        (Method::POST, "/api/admin/quotes/{id}/restore", write),
        (Method::PUT, "/api/admin/quotes/{id}/status", write),
        (Method::GET, "/api/admin/enquiries", rule(Who::Admin, QuotesRead)),
        (Method::GET, "/api/admin/enquiries/{id}", rule(Who::Admin, QuotesRead)),
    ]
}

fn parts_of_quotes() -> Vec<(Method, &'static str, Rule)> {
    let read = rule(Who::OwnQuotes, QuotesRead);
    let write = rule(Who::Admin, QuotesWrite);
    vec![
        (Method::GET, "/api/admin/quotes/{id}/events", read),
        (Method::POST, "/api/admin/quotes/{id}/events", write),
        (Method::PUT, "/api/admin/quotes/{id}/events/{event}", write),
        (Method::DELETE, "/api/admin/quotes/{id}/events/{event}", write),
        (Method::GET, "/api/admin/quotes/{id}/price-breakdown", read),
        (Method::GET, "/api/admin/quotes/{id}/price-history", read),
        (Method::GET, "/api/admin/quotes/{id}/versions", read),
        (Method::POST, "/api/admin/quotes/{id}/versions", write),
        (Method::GET, "/api/admin/quotes/{id}/versions/{version}", read),
        // It says who did what from where.
        (Method::GET, "/api/admin/quotes/{id}/audit", rule(Who::Admin, QuotesRead)),
        (Method::POST, "/api/admin/quotes/{id}/send-email", write),
        (Method::POST, "/api/admin/quotes/{id}/send-test", write),
        (Method::GET, "/api/admin/quotes/{id}/email-preview", read),
        (Method::GET, "/api/admin/quotes/{id}/emails", read),
        // Runs send none.
        (
            Method::POST,
            "/api/admin/quotes/{id}/emails/{mail}/retry",
            no_runs(Who::Admin, QuotesWrite),
        ),
    ]
}

fn catalogue() -> Vec<(Method, &'static str, Rule)> {
    let read = rule(Who::Admin, CatalogueRead);
    let write = no_runs(Who::Admin, CatalogueWrite);
    vec![
        (Method::GET, "/api/events", rule(Who::SignedIn, CatalogueRead)),
        (Method::GET, "/api/admin/events", read),
        (Method::POST, "/api/admin/events", write),
        (Method::GET, "/api/admin/events/{id}", read),
        (Method::PUT, "/api/admin/events/{id}", write),
        (Method::DELETE, "/api/admin/events/{id}", write),
        (Method::GET, "/api/admin/events/categories", read),
        (Method::POST, "/api/admin/events/categories", write),
        (Method::GET, "/api/admin/events/categories/{id}", read),
        (Method::PUT, "/api/admin/events/categories/{id}", write),
        (Method::DELETE, "/api/admin/events/categories/{id}", write),
        (Method::GET, "/api/admin/packages", read),
    ]
}

/// What people see in a browser.
pub fn pages() -> Vec<(Method, &'static str, Rule)> {
    let (own, admin) = (people(Who::OwnQuotes), people(Who::Admin));
    let any = people(Who::SignedIn);
    vec![
        (Method::GET, "/", own),
        (Method::GET, "/assets/{name}", public()),
        (Method::GET, "/status", public()),
        (Method::GET, "/status.rss", public()),
        (Method::GET, "/sign-in", public()),
        (Method::POST, "/sign-in", public()),
        (Method::POST, "/sign-out", public()),
        (Method::GET, "/quotes", own),
        (Method::GET, "/quotes/new", admin),
        (Method::POST, "/quotes/new", admin),
        (Method::POST, "/quotes/form/receipt", admin),
        (Method::GET, "/quotes/{id}", own),
        (Method::GET, "/quotes/{id}/edit", admin),
        (Method::POST, "/quotes/{id}/edit", admin),
        (Method::POST, "/quotes/{id}/merge", admin),
        (Method::POST, "/quotes/{id}/accept", admin),
        (Method::POST, "/quotes/{id}/book", admin),
        (Method::POST, "/quotes/{id}/start-version", admin),
        (Method::POST, "/quotes/{id}/delete", admin),
        (Method::POST, "/quotes/{id}/restore", admin),
        (Method::GET, "/quotes/{id}/mails", own),
        (Method::GET, "/quotes/{id}/versions/{version}", own),
        (Method::GET, "/quotes/{id}/email", admin),
        (Method::POST, "/quotes/{id}/email", admin),
        (Method::GET, "/quotes/{id}/email/preview", admin),
        (Method::POST, "/quotes/{id}/email/preview", admin),
        (Method::POST, "/quotes/{id}/emails/{mail}/retry", admin),
        (Method::GET, "/events", admin),
        (Method::GET, "/events/new", admin),
        (Method::POST, "/events/new", admin),
        (Method::GET, "/events/{id}", admin),
        (Method::POST, "/events/{id}", admin),
        (Method::POST, "/events/{id}/activate", admin),
        (Method::POST, "/events/{id}/deactivate", admin),
        (Method::POST, "/events/{id}/delete", admin),
        (Method::GET, "/events/categories", admin),
        (Method::GET, "/events/categories/new", admin),
        (Method::POST, "/events/categories/new", admin),
        (Method::GET, "/events/categories/{id}", admin),
        (Method::POST, "/events/categories/{id}", admin),
        (Method::POST, "/events/categories/{id}/delete", admin),
        // A stolen token must not make accounts or other tokens: these are for people by themselves.
        (Method::GET, "/users", admin),
        (Method::GET, "/users/new", admin),
        (Method::POST, "/users/new", admin),
        (Method::GET, "/users/{id}", admin),
        (Method::POST, "/users/{id}", admin),
        (Method::POST, "/users/{id}/approve", admin),
        (Method::POST, "/users/{id}/disable", admin),
        (Method::POST, "/users/{id}/reset-password", admin),
        (Method::GET, "/users/tokens", admin),
        (Method::POST, "/users/tokens", admin),
        (Method::POST, "/users/tokens/{id}/revoke", admin),
        (Method::GET, "/operations", admin),
        (Method::GET, NEWS, admin),
        (Method::POST, "/operations/maintenance", admin),
        (Method::POST, "/operations/runs/{run}/pause", admin),
        (Method::POST, "/operations/runs/{run}/resume", admin),
        (Method::GET, "/operations/runs/{run}/report", admin),
        (Method::GET, "/operations/problems", admin),
        (Method::POST, "/operations/problems/{id}/close", admin),
        (Method::POST, "/operations/problems/{id}/reopen", admin),
        (Method::GET, BANNERS, any),
        (Method::GET, "/profile", any),
        (Method::POST, "/profile", any),
        (Method::POST, "/profile/password", any),
        (Method::POST, "/profile/sessions/end-others", any),
        (Method::GET, "/notifications", any),
        (Method::POST, "/notifications/read", any),
        (Method::GET, "/report-a-problem", any),
        (Method::POST, "/report-a-problem", any),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use axum::http::Method;

    use super::{Found, Programs, Runs, Who, all, find};

    #[test]
    fn each_route_stands_there_once_and_what_does_not_is_not_found() {
        let routes: Vec<(Method, &str)> =
            all().map(|(method, path, _rule)| (method, path)).collect();
        assert_eq!(routes.iter().collect::<HashSet<_>>().len(), routes.len());
        assert_eq!(find(&Method::GET, "/api/admin/everything"), Found::Nothing);
        let other = find(&Method::PATCH, "/api/session");
        assert_eq!(other, Found::OtherMethods("POST,GET,HEAD,DELETE".to_owned()));
        assert_eq!(find(&Method::HEAD, "/healthz"), find(&Method::GET, "/healthz"));
    }

    #[test]
    fn accounts_are_closed_to_programs_and_runs_and_writes_to_agents() {
        for (method, path, rule) in all().filter(|(_, path, _)| path.starts_with("/api/admin/")) {
            let writes = method != Method::GET && !path.ends_with("/calculate-events-price");
            assert!(!writes || rule.who == Who::Admin, "{method} {path}");
            assert_ne!(rule.who, Who::Public, "{method} {path}");
            if path.contains("/users") || path.contains("/tokens") {
                assert_eq!((rule.programs, rule.runs), (Programs::Never, Runs::Refused), "{path}");
            }
        }
    }
}
