//! `cargo xtask gallery`: every page of `quotes` in a real browser, by day and at night, as pictures for
//! people to look at.

mod live;

use std::{fmt::Write as _, fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use testbed::browser::Driver;
use thirtyfour::{By, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver};

use crate::{ground, say, served::Served, workspace};

/// Arguments of `gallery`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where the pictures go
    #[arg(long, default_value = "docs/images/gallery")]
    folder: std::path::PathBuf,
}

/// A page that is shown.
struct Shown {
    name: &'static str,
    /// Where it is. `{quote}` is one with events.
    path: &'static str,
    title: &'static str,
    /// What is done there first, in the browser: it may lead to another page.
    first: &'static str,
}

const fn at(name: &'static str, path: &'static str, title: &'static str) -> Shown {
    Shown { name, path, title, first: "" }
}

const PAGES: [Shown; 23] = [
    at("sign-in", "/sign-in", "Sign in"),
    at("quotes", "/quotes", "The quotes"),
    at("quotes-filtered", "/quotes?status=sent&destination=krakow", "Quotes of a destination"),
    at("quote", "{quote}", "A quote"),
    at("form", "{quote}/edit", "The form of a quote"),
    at("new-quote", "/quotes/new", "A new quote"),
    at("email", "{quote}/email", "Before it goes out"),
    Shown {
        first: CONFLICT,
        ..at("conflict", "{quote}/edit", "Somebody else was quicker: field by field")
    },
    at("versions", "{quote}/versions/1", "What a version changes"),
    at("events", "/events", "The catalogue"),
    at("event", "/events/new", "A new event"),
    at("categories", "/events/categories", "Categories"),
    at("category", "/events/categories/new", "A new category"),
    at("users", "/users", "Users"),
    at("new-user", "/users/new", "A new account"),
    at("tokens", "/users/tokens", "API tokens"),
    at("profile", "/profile", "What is one's own"),
    at("notifications", "/notifications", "Notifications"),
    at("report-a-problem", "/report-a-problem", "A report of a problem"),
    Shown { first: REPORT, ..at("problems", "/report-a-problem", "What people reported") },
    Shown { first: REFUSED, ..at("refused", "/quotes/new", "What can't be saved yet") },
    at("nowhere", "/quotes/nowhere", "Nothing there"),
    at("status", "/status", "The status page, for everybody"),
];
/// Saves a change behind the back of the form, and then what is typed in it.
const CONFLICT: &str = "
const form = document.querySelector('form.quote-form'), { numberOfRooms: rooms, hotelName: hotel } = form.elements;
const body = new URLSearchParams(new FormData(form));
body.set('numberOfRooms', Number(rooms.value) + 1);
body.set('action', 'save');
fetch(form.getAttribute('action'), { method: 'POST', body }).then(() => {
  rooms.value = Number(rooms.value) + 2;
  hotel.value = 'City Hostel';
  form.requestSubmit(form.querySelector('.actions [value=save]'));
});";
const REPORT: &str = "
const body = new URLSearchParams({ text: 'The total stays as it was when I remove an event.', page: '/quotes/new' });
fetch('/report-a-problem', { method: 'POST', body }).then(() => { location.href = '/operations/problems'; });";
const REFUSED: &str = "
const form = document.querySelector('form.quote-form');
form.elements.leadName.value = 'Greta Example';
form.elements.numberOfPeople.value = '1000';
form.requestSubmit(form.querySelector('.actions [value=save]'));";
/// What is shown while a migration runs.
const LIVE: Shown = at("operations", "/operations", "Operations, while a migration runs");
/// A browser that likes it light, and one that likes it dark.
const LOOKS: [(&str, u8); 2] = [("light", 1), ("dark", 0)];
const WIDTH: u32 = 1_200;
const HEIGHT_MAX: u64 = 1_400;
const SETTLED: Duration = Duration::from_millis(400);

/// Takes all pictures, and writes the page that shows them.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    ground::prepare()?;
    ground::prepare_browser()?;
    let programs = workspace::build()?;
    let work = workspace::root().join(".causeway/gallery");
    let folder = workspace::root().join(&arguments.folder);
    for folder in [&work, &folder] {
        fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    }
    let port = local_mongod::free_port()?;
    let log = work.join("quotes.log");
    let mut command = Command::new(&programs.quotes);
    command.args(["serve", "--local", "--listen", &format!("127.0.0.1:{port}")]);
    command.current_dir(&work).env("CAUSEWAY_MONGOD", testbed::mongod::find()?);
    command.env("QUOTES_AGENCY", "Weekend Works");
    let served = Served::start(command, port, &log).await?;
    let (email, password) = account(&log)?;
    for (look, scheme) in LOOKS {
        let driver = Driver::start()?;
        let browser = open(&driver, scheme).await?;
        take(&browser, (served.address(), &folder, look), (&email, &password)).await?;
        browser.quit().await.context("close the browser")?;
    }
    live::take(programs, (&work, &folder)).await?;
    fs::write(workspace::root().join("docs/gallery.md"), page(&arguments.folder))
        .context("write docs/gallery.md")
}

/// What the try-out says of who can sign in.
fn account(log: &Path) -> Result<(String, String)> {
    let text = fs::read_to_string(log).context("read what quotes said")?;
    let line = text.lines().find_map(|line| line.strip_prefix("sign in as "));
    let (email, password) = line
        .and_then(|line| line.split_once(" with the password "))
        .context("quotes does not say who can sign in")?;
    Ok((email.to_owned(), password.trim().to_owned()))
}

async fn open(driver: &Driver, scheme: u8) -> Result<WebDriver> {
    let mut chrome = DesiredCapabilities::chrome();
    let size = format!("--window-size={WIDTH},900");
    let scheme = format!("--blink-settings=preferredColorScheme={scheme}");
    for argument in
        ["--headless=new", "--no-sandbox", "--hide-scrollbars", "--lang=en-GB", &size, &scheme]
    {
        chrome.add_arg(argument)?;
    }
    WebDriver::new(driver.url(), chrome).await.context("open a browser")
}

async fn take(
    browser: &WebDriver,
    (address, folder, look): (&str, &Path, &str),
    (email, password): (&str, &str),
) -> Result<()> {
    let mut quote = String::new();
    for Shown { name, path, first, .. } in PAGES {
        browser.goto(format!("{address}{}", path.replace("{quote}", &quote))).await?;
        tokio::time::sleep(SETTLED).await;
        if !first.is_empty() {
            browser.execute(first, vec![]).await.with_context(|| format!("begin {name}"))?;
            tokio::time::sleep(SETTLED * 3).await;
        }
        let file = folder.join(format!("{name}-{look}.png"));
        picture(browser, &file).await.with_context(|| format!("take a picture of {name}"))?;
        say::talk(&format!("{}", file.file_name().unwrap_or_default().to_string_lossy()));
        if name == "sign-in" {
            sign_in(browser, (email, password)).await?;
        }
        if name == "quotes" {
            let with_events = "//tr[.//details[contains(., '3 events')]]//th/a";
            let link =
                browser.find(By::XPath(with_events)).await.context("find a quote with events")?;
            quote = link.attr("href").await?.context("a link leads nowhere")?;
        }
    }
    Ok(())
}

/// On the page that asks for it.
async fn sign_in(browser: &WebDriver, (email, password): (&str, &str)) -> Result<()> {
    browser.find(By::Id("email")).await?.send_keys(email).await?;
    browser.find(By::Id("password")).await?.send_keys(password).await?;
    browser.find(By::Css("form button")).await?.click().await?;
    tokio::time::sleep(SETTLED * 3).await;
    Ok(())
}

/// As long as the page is, up to a limit.
async fn picture(browser: &WebDriver, file: &Path) -> Result<()> {
    let tall = "return document.documentElement.scrollHeight";
    let height: u64 = browser.execute(tall, vec![]).await?.convert()?;
    let height = height.clamp(500, HEIGHT_MAX);
    let size = json!({ "width": WIDTH, "height": height, "deviceScaleFactor": 1, "mobile": false });
    let tools = browser.cdp();
    let _: Value = tools.send_raw("Emulation.setDeviceMetricsOverride", size).await?;
    tokio::time::sleep(SETTLED / 4).await;
    browser.screenshot(file).await?;
    let _: Value = tools.send_raw("Emulation.clearDeviceMetricsOverride", json!({})).await?;
    Ok(())
}

fn page(folder: &Path) -> String {
    let mut page = String::from(
        "# Gallery\n\nThe pages of [`quotes`](quotes.md#pages) on its sample data, by day and at night. Made by\n\
         `cargo xtask gallery`.\n",
    );
    let folder = folder.strip_prefix("docs").unwrap_or(folder).display();
    for Shown { name, title, .. } in PAGES.into_iter().chain([LIVE]) {
        // Writing to a text does not fail.
        let _ = write!(
            page,
            "\n## {title}\n\n![{title}, by day]({folder}/{name}-light.png)\n![{title}, at night]({folder}/{name}-dark.png)\n"
        );
    }
    page
}
