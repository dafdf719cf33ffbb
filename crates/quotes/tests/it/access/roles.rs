//! Every route, asked by every kind of sender.

use anyhow::Result;
use quotes::access::{self, By, Person, Principal, Programs, Role, Rule, Runs, Scope, Who};
use reqwest::Method;

use crate::app::{TestApp, answered, person, signed_in};

/// A path of that pattern, of something that is not there.
fn path(pattern: &str) -> String {
    let id = "00000000000000000000000f";
    pattern
        .replace("{id}", id)
        .replace("{event}", id)
        .replace("{mail}", id)
        .replace("{version}", "1")
}

async fn refusals(app: &TestApp, expected: impl Fn(Rule) -> Option<u16>) -> Result<()> {
    for (method, pattern, rule) in access::routes() {
        let Some(status) = expected(rule) else { continue };
        let answered = app.ask(method.clone(), &path(pattern), None).await?;
        assert_eq!(answered.status, status, "{method} {pattern}: {}", answered.body);
        assert_eq!(answered.body["success"], false, "{method} {pattern}");
    }
    Ok(())
}

fn with_scopes(role: Role, scopes: &[Scope]) -> Principal {
    let Principal::Person(whole) = person(role) else { unreachable!("it is somebody") };
    Principal::Person(Person { by: By::Token(scopes.to_vec()), ..whole })
}

#[tokio::test]
async fn who_shows_nothing_gets_nothing_but_what_is_public() -> Result<()> {
    let app = TestApp::start().await?;
    for (method, pattern, rule) in access::routes() {
        let answered = answered(app.stranger(method.clone(), &path(pattern))).await?;
        let refused = answered.refusal() == (401, "NOT_SIGNED_IN");
        assert_eq!(refused, rule.who != Who::Public, "{method} {pattern}: {}", answered.body);
    }
    Ok(())
}

#[tokio::test]
async fn agents_are_refused_what_is_for_administrators() -> Result<()> {
    let app = TestApp::asked_by(person(Role::Agent)).await?;
    refusals(&app, |rule| (rule.who == Who::Admin).then_some(403)).await
}

#[tokio::test]
async fn a_token_without_scopes_may_do_nothing_that_needs_one() -> Result<()> {
    let app = TestApp::asked_by(with_scopes(Role::Admin, &[])).await?;
    refusals(&app, |rule| {
        let free = rule.who == Who::Public || rule.programs == Programs::Any;
        (!free).then_some(403)
    })
    .await
}

#[tokio::test]
async fn a_token_may_do_what_it_was_made_for_and_nothing_else() -> Result<()> {
    let app = TestApp::asked_by(with_scopes(Role::Admin, &[Scope::CatalogueRead])).await?;
    refusals(&app, |rule| match rule.programs {
        Programs::With(Scope::CatalogueRead) | Programs::Any => None,
        Programs::With(_) | Programs::Never => Some(403),
    })
    .await?;
    let answered = app.get("/api/session").await?;
    assert_eq!(answered.status, 200, "{}", answered.body);
    Ok(())
}

#[tokio::test]
async fn runs_reach_quotes_and_no_accounts() -> Result<()> {
    let app = TestApp::asked_by(Principal::Run("2026-11-26-0200".to_owned())).await?;
    refusals(&app, |rule| (rule.runs == Runs::Refused).then_some(403)).await
}

#[tokio::test]
async fn each_documented_route_stands_in_the_table_and_each_line_is_served() -> Result<()> {
    let document = serde_json::to_value(quotes::api::document())?;
    let mut documented = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in item.as_object().into_iter().flatten().map(|(method, _)| method) {
            documented.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    let table: Vec<String> =
        access::routes().map(|(method, path, _rule)| format!("{method} {path}")).collect();
    for route in &documented {
        assert!(table.contains(route), "{route} is in no line of the table");
    }
    let pages: Vec<String> = access::pages()
        .into_iter()
        .map(|(method, path, _rule)| format!("{method} {path}"))
        .collect();
    let known = |route: &&String| documented.contains(route) || pages.contains(route);
    let unserved: Vec<&String> = table.iter().filter(|route| !known(route)).collect();
    assert!(unserved.is_empty(), "nothing is served at {unserved:?}");
    Ok(())
}

/// A page that is in the table only would be open to nobody, and missed by nobody.
#[tokio::test]
async fn each_page_of_the_table_is_served_to_people() -> Result<()> {
    let app = TestApp::asked_by(signed_in(Role::Admin)).await?;
    for (method, pattern, _rule) in access::pages() {
        let request = app.request(method.clone(), &path(pattern)).header("accept", "text/html");
        let form = [("of", "")];
        let answered = answered(request.form(&form)).await?;
        let text = answered.body.as_str().unwrap_or_default();
        assert!(!text.contains("There is nothing at this address"), "{method} {pattern}");
        assert_ne!(answered.status, 405, "{method} {pattern}");
        assert!(answered.status < 500, "{method} {pattern}: {}", answered.body);
    }
    Ok(())
}

/// What another site sent must not come back in a form of ours, to be sent by somebody who means well.
#[tokio::test]
async fn what_another_site_sends_is_refused_before_anybody_signs_in() -> Result<()> {
    let app = TestApp::start().await?;
    let request = app.stranger(Method::POST, "/users/00000000000000000000000f");
    let request = request
        .header("accept", "text/html")
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site")
        .form(&[("role", "admin")]);
    let refused = answered(request).await?;
    assert_eq!(refused.status, 403);
    let text = refused.body.as_str().unwrap_or_default();
    assert!(!text.contains("value=\"admin\"") && !text.contains("kept."), "{text}");
    Ok(())
}
