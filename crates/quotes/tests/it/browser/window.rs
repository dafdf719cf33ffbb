//! A browser window with somebody signed in.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use quotes::access::Role;
use serde_json::{Value, json};
use testbed::{browser::Driver, data::Options};
use thirtyfour::{
    By, ChromeCapabilities, ChromiumLikeCapabilities as _, DesiredCapabilities, WebDriver,
    WebElement,
};

use crate::{app::signed_in, writing::desk::Desk};

/// An administrator of the generated users, and the password of all of them.
const USER: &str = "user0@agency.example";
const PASSWORD: &str = "correct horse battery staple";
/// A page that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a window is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// On a desk.
    Desk,
    /// On a phone.
    Phone,
    /// Without a script.
    Plain,
    /// On a desk at night.
    Dark,
}

/// A window. It closes with the test.
pub(super) struct Window {
    pub(super) desk: Desk,
    pub(super) browser: WebDriver,
    _driver: Driver,
}

impl Window {
    /// Opens one, and signs in.
    pub(super) async fn open(kind: Kind) -> Result<Self> {
        let options = Options { quotes: 120, ..Options::default() };
        let desk = Desk::with(&options, signed_in(Role::Admin)).await?;
        let driver = Driver::start()?;
        let browser = WebDriver::new(driver.url(), capabilities(kind)?).await?;
        let window = Self { desk, browser, _driver: driver };
        if kind == Kind::Phone {
            window.narrow().await?;
        }
        window.go("/sign-in").await?;
        window.sign_in().await?;
        Ok(window)
    }

    /// Signs in on the page that is open.
    pub(super) async fn sign_in(&self) -> Result<()> {
        self.fill("email", USER).await?;
        self.fill("password", PASSWORD).await?;
        self.press("Sign in").await?;
        self.until("somebody is signed in", async || {
            Ok(!self.path().await?.starts_with("/sign-in"))
        })
        .await
    }

    /// As narrow as a small phone; headless windows can be no smaller than 500 by themselves.
    async fn narrow(&self) -> Result<()> {
        let size = json!({ "width": 360, "height": 780, "deviceScaleFactor": 1, "mobile": true });
        self.command("Emulation.setDeviceMetricsOverride", &size).await
    }

    async fn command(&self, name: &str, parameters: &Value) -> Result<()> {
        self.browser.cdp().send_raw(name, parameters.clone()).await?;
        Ok(())
    }

    /// Opens a path.
    pub(super) async fn go(&self, path: &str) -> Result<()> {
        let url = format!("{}{path}", self.desk.app.url());
        self.browser.goto(url).await.with_context(|| format!("open {path}"))
    }

    /// Where it is.
    pub(super) async fn path(&self) -> Result<String> {
        Ok(self.browser.current_url().await?.path().to_owned())
    }

    /// The control of this name.
    pub(super) async fn control(&self, name: &str) -> Result<WebElement> {
        let css = format!("[name='{name}']:not([type=hidden])");
        self.browser.find(By::Css(css)).await.with_context(|| format!("find the control {name}"))
    }

    /// What matches.
    pub(super) async fn find(&self, css: &str) -> Result<WebElement> {
        self.browser.find(By::Css(css)).await.with_context(|| format!("find {css}"))
    }

    /// Types into a control, in place of what was there.
    pub(super) async fn fill(&self, name: &str, value: &str) -> Result<()> {
        let control = self.control(name).await?;
        if control.attr("type").await?.as_deref() == Some("date") {
            // Keys in a date go by the browser's language.
            let script = "arguments[0].value = arguments[1]; \
                          arguments[0].dispatchEvent(new Event('change', { bubbles: true }));";
            self.browser.execute(script, vec![control.to_json()?, json!(value)]).await?;
            return Ok(());
        }
        if control.tag_name().await? == "select" {
            let option = format!("option[value='{value}']");
            control.find(By::Css(option)).await?.click().await?;
            return Ok(());
        }
        control.clear().await?;
        control.send_keys(value).await.with_context(|| format!("type into {name}"))
    }

    /// Presses the button or link with these words.
    pub(super) async fn press(&self, words: &str) -> Result<()> {
        let xpath = format!(
            "//*[self::button or self::a][normalize-space(.)='{words}' and not(contains(@class, 'offscreen'))]"
        );
        for it in self.browser.find_all(By::XPath(xpath)).await? {
            if it.is_displayed().await? {
                it.scroll_into_view().await?;
                return it.click().await.with_context(|| format!("press {words}"));
            }
        }
        bail!("there is no button with the words {words} on {}", self.path().await?)
    }

    /// All that can be read of the page.
    pub(super) async fn text(&self) -> Result<String> {
        Ok(self.find("body").await?.text().await?)
    }

    /// Waits for it. `what` says what did not come.
    pub(super) async fn until(
        &self,
        what: &str,
        mut is_so: impl AsyncFnMut() -> Result<bool>,
    ) -> Result<()> {
        let begun = Instant::now();
        loop {
            // A page that is just being replaced has elements that are gone.
            if is_so().await.unwrap_or_default() {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                bail!(
                    "{what}: not within {PATIENCE:?}, on {}: {}",
                    self.path().await?,
                    self.text().await?
                );
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits until the page says it.
    pub(super) async fn says(&self, words: &str) -> Result<()> {
        let what = format!("the page says `{words}`");
        self.until(&what, async || Ok(self.text().await?.contains(words))).await
    }

    /// Waits until the receipt has this total.
    pub(super) async fn totals(&self, total: &str) -> Result<()> {
        let what = format!("the total is {total}");
        let shown =
            async || Ok(self.find("#receipt tfoot tr:last-child td").await?.text().await? == total);
        self.until(&what, shown).await
    }

    /// Fills in what every quote needs, without events: £970.
    pub(super) async fn fill_in_the_trip(&self) -> Result<()> {
        let enquiry = self.desk.enquiry.to_hex();
        let fields = [
            ("enquiryId", enquiry.as_str()),
            ("leadName", "Greta Example"),
            ("hotelName", "Hotel Example"),
            ("numberOfPeople", "10"),
            ("numberOfRooms", "5"),
            ("numberOfNights", "2"),
            ("arrivalDate", "2090-05-12"),
            ("whatsIncluded", "Breakfast"),
            ("basePrice", "970"),
        ];
        for (name, value) in fields {
            self.fill(name, value).await?;
        }
        Ok(())
    }

    /// Ticks the event with this number.
    pub(super) async fn choose(&self, number: usize) -> Result<()> {
        let event = self.desk.events[number].to_hex();
        let tick = self.find(&format!("#chooser [name=event][value='{event}']")).await?;
        tick.scroll_into_view().await?;
        tick.click().await?;
        Ok(())
    }
}

fn capabilities(kind: Kind) -> Result<ChromeCapabilities> {
    let mut chrome = DesiredCapabilities::chrome();
    for argument in [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--lang=en-GB",
        "--window-size=1280,900",
    ] {
        chrome.add_arg(argument)?;
    }
    match kind {
        Kind::Plain => {
            let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
            chrome.add_experimental_option("prefs", off)?;
        }
        Kind::Dark => chrome.add_arg("--blink-settings=preferredColorScheme=0")?,
        Kind::Desk | Kind::Phone => {}
    }
    Ok(chrome)
}
