//! Two windows on one quote.

use anyhow::{Context as _, Result};
use bson::doc;

use super::window::{Kind, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_two_edit_both_are_shown_and_nothing_is_lost() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    window.press("Save").await?;
    window.says("How the price moved").await?;
    let quote = window.path().await?;
    let first = window.browser.window().await?;
    window.go(&format!("{quote}/edit")).await?;
    let second = window.browser.new_tab().await?;
    window.browser.switch_to_window(second).await?;
    window.go(&format!("{quote}/edit")).await?;
    window.fill("numberOfPeople", "13").await?;
    window.fill("hotelName", "Theirs").await?;
    window.press("Save").await?;
    window.says("How the price moved").await?;
    window.browser.switch_to_window(first).await?;
    window.fill("numberOfPeople", "14").await?;
    window.fill("title", "Mine").await?;
    window.press("Save").await?;
    window.says("saved this quote while you edited it").await?;
    let text = window.text().await?;
    assert!(
        text.contains("both changed it") && text.contains("Theirs") && text.contains("Mine"),
        "{text}"
    );
    // What only one changed is chosen already; of what both changed one takes the other's.
    window.find("[name='choose.numberOfPeople'][value=theirs]").await?.click().await?;
    window.press("Save with these").await?;
    window.says("How the price moved").await?;
    let saved = window.desk.quotes().find_one(doc! { "leadName": "Greta Example" }).await?;
    let saved = saved.context("it is gone")?;
    assert_eq!(saved.get_i32("numberOfPeople")?, 13);
    assert_eq!((saved.get_str("title")?, saved.get_str("hotelName")?), ("Mine", "Theirs"));
    Ok(())
}
