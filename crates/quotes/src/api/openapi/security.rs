//! Who may use each operation, as the table of access says it.

use axum::http::Method;
use utoipa::openapi::{
    OpenApi as Document, PathItem, extensions::ExtensionsBuilder, path::Operation,
    security::SecurityRequirement,
};

use crate::access::{self, Found, Programs, Rule, Who};

/// The extension that says in words who may.
pub(in crate::api) const OPEN_TO: &str = "x-open-to";

/// Puts on each operation what must be shown, and who may.
pub(super) fn add(document: &mut Document) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in with_methods(item) {
            // A test sees to it that each route is in the table; the guard refuses what is not.
            if let Found::Rule(rule) = access::route(&method, path) {
                operation.security = Some(requirements(rule));
                let words = ExtensionsBuilder::new().add(OPEN_TO, words(rule)).build();
                operation.extensions.get_or_insert_default().merge(words);
            }
        }
    }
}

fn with_methods(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let operations = [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::DELETE, &mut item.delete),
    ];
    operations.into_iter().filter_map(|(method, it)| Some((method, it.as_mut()?)))
}

fn requirements(rule: Rule) -> Vec<SecurityRequirement> {
    let session = || SecurityRequirement::new("session", [""; 0]);
    match (rule.who, rule.programs) {
        (Who::Public, _) => vec![SecurityRequirement::default()],
        (_, Programs::Never) => vec![session()],
        (_, Programs::Any) => vec![session(), SecurityRequirement::new("token", [""; 0])],
        (_, Programs::With(scope)) => {
            vec![session(), SecurityRequirement::new("token", [scope.word()])]
        }
    }
}

fn words(rule: Rule) -> String {
    let who = match rule.who {
        Who::Public => return "everybody, without signing in".to_owned(),
        Who::SignedIn => "everybody who is signed in",
        Who::OwnQuotes => "administrators, and agents for their own quotes",
        Who::Admin => "administrators",
    };
    match rule.programs {
        Programs::Never => format!("{who}; not to tokens"),
        Programs::Any => format!("{who}; any token"),
        Programs::With(scope) => format!("{who}; tokens with the scope `{}`", scope.word()),
    }
}
