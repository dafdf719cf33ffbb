//! Without a mouse.

use anyhow::Result;
use bson::doc;
use thirtyfour::Key;

use super::window::{Kind, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_is_written_by_keys_alone() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    let keys = async |keys: &str| -> Result<()> {
        Ok(window.browser.active_element().await?.send_keys(keys).await?)
    };
    window.find("body").await?.send_keys("n").await?;
    window.until("the form is open", async || Ok(window.path().await? == "/quotes/new")).await?;
    window.fill_in_the_trip().await?;
    window.find("h1").await?.click().await?;
    window.find("body").await?.send_keys("/").await?;
    let at = window.browser.active_element().await?.attr("name").await?;
    assert_eq!(at.as_deref(), Some("eventSearch"));
    keys(&Key::Down.value().to_string()).await?;
    keys(" ").await?;
    window.says("1 of at most 20").await?;
    keys(&Key::Down.value().to_string()).await?;
    keys(&Key::Enter.value().to_string()).await?;
    window.says("2 of at most 20").await?;
    keys(&Key::Escape.value().to_string()).await?;
    keys(&format!("{}{}", Key::Control.value(), Key::Enter.value())).await?;
    window.says("How the price moved").await?;
    let saved = window.desk.quotes().find_one(doc! { "leadName": "Greta Example" }).await?;
    assert_eq!(saved.expect("it was saved").get_array("selectedEvents")?.len(), 2);
    Ok(())
}
