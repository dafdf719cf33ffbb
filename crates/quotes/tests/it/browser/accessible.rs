//! Every page, judged by axe in light and dark, and as narrow as a phone.

use anyhow::{Context as _, Result};
use causeway_core::maintenance::Maintenance;
use serde_json::{Value, json};

use super::window::{Kind, Window};
use crate::under_way::under_way;

/// Pages that need nothing but a path.
const PAGES: [&str; 18] = [
    "/quotes",
    "/quotes?status=sent",
    "/quotes?search=nothingiscalledthat",
    "/quotes/new",
    "/events",
    "/events/new",
    "/events/categories",
    "/events/categories/new",
    "/users",
    "/users/new",
    "/users/tokens",
    "/profile",
    "/notifications",
    "/report-a-problem",
    "/operations",
    "/operations/problems",
    "/status",
    "/nowhere",
];

/// Every page there is, of one quote with events too.
async fn pages(window: &Window) -> Result<Vec<String>> {
    let events = window.desk.events.iter().take(3);
    let events: Vec<Value> = events.map(|id| json!({ "eventId": id.to_hex() })).collect();
    let (_path, made) = window.desk.made(&json!({ "selectedEvents": events })).await?;
    let id = made["_id"].as_str().context("it has no id")?;
    let of_it = ["", "/edit", "/email"].map(|page| format!("/quotes/{id}{page}"));
    let event = window.desk.events.first().context("there is no event")?.to_hex();
    let pages = PAGES.iter().map(|page| (*page).to_owned()).chain(of_it);
    Ok(pages.chain([format!("/events/{event}")]).collect())
}

async fn judged(kind: Kind) -> Result<()> {
    let window = Window::open(kind).await?;
    let axe = testbed::browser::axe()?;
    let mut found = Vec::new();
    for page in pages(&window).await? {
        if page == "/operations" {
            // News count for some seconds only.
            under_way(&window.desk.app, "what was seen of it").await?;
            window.desk.app.maintenance.send_replace(Maintenance::default());
        }
        window.go(&page).await?;
        if page == "/operations" {
            window.find("#progress-title").await?;
        }
        window.browser.execute(axe.clone(), vec![]).await?;
        let script = "const done = arguments[arguments.length - 1]; \
                      axe.run(document, { resultTypes: ['violations'], iframes: false }).then((it) => done(it.violations));";
        let violations: Value = window.browser.execute_async(script, vec![]).await?.convert()?;
        for violation in violations.as_array().into_iter().flatten() {
            let serious = ["serious", "critical"].iter().any(|it| violation["impact"] == *it);
            if serious {
                found
                    .push(format!("{page}: {} {}", violation["id"], violation["nodes"][0]["html"]));
            }
        }
        let overflows: bool = window
            .browser
            .execute("return document.documentElement.scrollWidth > window.innerWidth", vec![])
            .await?
            .convert()?;
        if overflows {
            found.push(format!("{page}: wider than the window"));
        }
    }
    assert_eq!(json!(found), json!([]), "{found:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_serious_by_day() -> Result<()> {
    judged(Kind::Desk).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_serious_at_night() -> Result<()> {
    judged(Kind::Dark).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_nothing_serious_on_a_phone_and_nothing_is_cut_off() -> Result<()> {
    judged(Kind::Phone).await
}
