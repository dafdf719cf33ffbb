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

/// What is shown, and where it is. `{quote}` is one with events.
const PAGES: [(&str, &str, &str); 15] = [
    ("sign-in", "/sign-in", "Sign in"),
    ("quotes", "/quotes", "The quotes"),
    ("quotes-filtered", "/quotes?status=sent&destination=krakow", "Quotes of a destination"),
    ("quote", "{quote}", "A quote"),
    ("form", "{quote}/edit", "The form of a quote"),
    ("new-quote", "/quotes/new", "A new quote"),
    ("email", "{quote}/email", "Before it goes out"),
    ("events", "/events", "The catalogue"),
    ("event", "/events/new", "A new event"),
    ("categories", "/events/categories", "Categories"),
    ("users", "/users", "Users"),
    ("profile", "/profile", "What is one's own"),
    ("notifications", "/notifications", "Notifications"),
    ("report-a-problem", "/report-a-problem", "A report of a problem"),
    ("status", "/status", "The status page, for everybody"),
];
/// What is shown while a migration runs.
const LIVE: (&str, &str, &str) =
    ("operations", "/operations", "Operations, while a migration runs");
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
    for (name, path, _) in PAGES {
        browser.goto(format!("{address}{}", path.replace("{quote}", &quote))).await?;
        tokio::time::sleep(SETTLED).await;
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
    for (name, _, title) in PAGES.into_iter().chain([LIVE]) {
        // Writing to a text does not fail.
        let _ = write!(
            page,
            "\n## {title}\n\n![{title}, by day]({folder}/{name}-light.png)\n![{title}, at night]({folder}/{name}-dark.png)\n"
        );
    }
    page
}
