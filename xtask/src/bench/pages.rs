//! What people wait for in a browser: how large pages are on the wire, how soon something is seen of them,
//! how soon the receipt follows a change in the form.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use serde_json::Value;
use testbed::browser::Driver;
use thirtyfour::{By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};

use super::{
    row::{Limit::AtMost, Row, Unit, alone},
    stage::Stage,
};
use crate::{ground, say, workspace};

/// An administrator of the generated users, and the password of all of them.
const USER: &str = "user0@agency.example";
const PASSWORD: &str = "correct horse battery staple";
/// `{quote}` is one with events.
const PAGES: [&str; 13] = [
    "/quotes",
    "/quotes?status=sent",
    "/quotes?search=krakow",
    "/quotes/new",
    "/quotes/{quote}",
    "/quotes/{quote}/edit",
    "/quotes/{quote}/email",
    "/events",
    "/events/categories",
    "/users",
    "/operations",
    "/notifications",
    "/status",
];
/// Each page is opened so often, and each change made.
const TRIES: usize = 7;
const SETTLED: Duration = Duration::from_millis(500);
const WIRE_LIMIT_KILOBYTES: f64 = 60.0;
const PAINT_LIMIT_MILLISECONDS: f64 = 300.0;
const RECEIPT_LIMIT_MILLISECONDS: f64 = 100.0;
/// What the browser measured of the page that is open.
const MEASURED: &str = "const page = performance.getEntriesByType('navigation')[0]; \
    const paint = performance.getEntriesByName('first-contentful-paint')[0]; \
    return [page.encodedBodySize / 1000, paint ? paint.startTime : null];";
/// From a change in the form until its receipt is another one, by the page's own script.
const CHANGED: &str = "const done = arguments[arguments.length - 1]; \
    const people = document.querySelector('[name=numberOfPeople]'); \
    const before = document.querySelector('#receipt'); const begun = performance.now(); \
    const look = () => document.querySelector('#receipt') !== before \
        ? done(performance.now() - begun) : setTimeout(look, 1); \
    people.value = 5 + (Number(people.value) + 1) % 20; \
    people.dispatchEvent(new Event('change', { bubbles: true })); \
    people.dispatchEvent(new Event('input', { bubbles: true })); look();";

/// Measures all pages, on a database that lacks nothing.
pub(super) async fn measure(stage: &Stage) -> Result<Vec<Row>> {
    say::talk("pages in a browser");
    ground::prepare_browser()?;
    let log = workspace::root().join(".causeway/bench/load/pages.log");
    let server = stage.quotes.serve(&[], &log).await?;
    let quote = with_events(stage).await?;
    let driver = Driver::start()?;
    let browser = opened(&driver).await?;
    let address = server.address();
    sign_in(&browser, address).await?;
    let (mut wire, mut paint) = (Vec::new(), Vec::new());
    for page in PAGES {
        let url = format!("{address}{}", page.replace("{quote}", &quote));
        let (kilobytes, milliseconds) = loaded(&browser, &url).await?;
        say::talk(&format!("  {page}: {kilobytes:.1} KB, seen after {milliseconds:.0} ms"));
        wire.push(kilobytes);
        paint.push(milliseconds);
    }
    browser.goto(format!("{address}/quotes/{quote}/edit")).await.context("open the form")?;
    tokio::time::sleep(SETTLED).await;
    let mut receipt = Vec::new();
    for _ in 0..TRIES * 3 {
        let taken: f64 = browser.execute_async(CHANGED, vec![]).await?.convert()?;
        receipt.push(taken);
    }
    say::talk(&format!("  the receipt follows after {:.0} ms", median(receipt.clone())));
    browser.quit().await.context("close the browser")?;
    let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
    Ok(vec![
        alone(
            "the largest page on the wire",
            most(&wire),
            Unit::Kilobytes,
            AtMost(WIRE_LIMIT_KILOBYTES),
        ),
        alone(
            "first paint of the slowest page",
            most(&paint),
            Unit::Milliseconds,
            AtMost(PAINT_LIMIT_MILLISECONDS),
        ),
        alone(
            "the receipt after a change in the form",
            median(receipt),
            Unit::Milliseconds,
            AtMost(RECEIPT_LIMIT_MILLISECONDS),
        ),
    ])
}

async fn with_events(stage: &Stage) -> Result<String> {
    let quotes = stage.database.collection::<Document>("quotes");
    let has = doc! { "selectedEvents.2.eventId": { "$type": "objectId" }, "status": "draft",
    "_id": { "$type": "objectId" }, "totalPrice": { "$type": "number" } };
    let found = quotes.find_one(has).await.context("find a quote with events")?;
    let found = found.context("no quote has three events")?;
    Ok(found.get_object_id("_id").context("read its id")?.to_hex())
}

async fn opened(driver: &Driver) -> Result<WebDriver> {
    let mut chrome = DesiredCapabilities::chrome();
    for argument in ["--headless=new", "--no-sandbox", "--window-size=1280,900", "--lang=en-GB"] {
        chrome.add_arg(argument)?;
    }
    WebDriver::new(driver.url(), chrome).await.context("open a browser")
}

async fn sign_in(browser: &WebDriver, address: &str) -> Result<()> {
    browser.goto(format!("{address}/sign-in")).await?;
    browser.find(By::Id("email")).await?.send_keys(USER).await?;
    browser.find(By::Id("password")).await?.send_keys(PASSWORD).await?;
    browser.find(By::Css("form button")).await?.click().await?;
    tokio::time::sleep(SETTLED * 2).await;
    Ok(())
}

/// Kilobytes on the wire, and milliseconds until something is seen: the median of several times.
async fn loaded(browser: &WebDriver, url: &str) -> Result<(f64, f64)> {
    let (mut kilobytes, mut milliseconds) = (0.0, Vec::new());
    for _ in 0..TRIES {
        browser.goto(url).await.with_context(|| format!("open {url}"))?;
        tokio::time::sleep(SETTLED).await;
        let measured: Value = browser.execute(MEASURED, vec![]).await?.convert()?;
        kilobytes = measured[0].as_f64().context("read the size of a page")?;
        milliseconds.push(measured[1].as_f64().context("nothing was seen of a page")?);
    }
    Ok((kilobytes, median(milliseconds)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
