//! What is typed is kept: through maintenance, a sign-out, a closed window.

use std::time::Duration;

use anyhow::Result;
use bson::doc;
use causeway_core::maintenance::Maintenance;

use super::window::{Kind, Window};

/// Drafts are kept a moment after the last key.
const PAUSE: Duration = Duration::from_millis(600);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maintenance_that_comes_meanwhile_loses_nothing() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    let message = "We upgrade the quotes.".to_owned();
    let on = Maintenance { on: true, message, ..Maintenance::default() };
    window.desk.app.maintenance.send_replace(on);
    // The open form says so with the next change, before anybody presses a button.
    window.fill("numberOfRooms", "6").await?;
    window.says("Editing is paused. What you type is kept: save it afterwards.").await?;
    window.press("Save").await?;
    window.says("Editing is paused: nothing was saved. What you typed is kept.").await?;
    window.says("We upgrade the quotes.").await?;
    let lead = async || anyhow::Ok(window.control("leadName").await?.prop("value").await?);
    assert_eq!(lead().await?.as_deref(), Some("Greta Example"));
    // Whoever leaves then finds it again.
    tokio::time::sleep(PAUSE).await;
    window.press("Cancel").await?;
    window.says("The quote that you began at").await?;
    window.press("go on with it").await?;
    window.says("Restored what you typed").await?;
    assert_eq!(lead().await?.as_deref(), Some("Greta Example"));
    window.desk.app.maintenance.send_replace(Maintenance::default());
    window.press("Save").await?;
    window.says("How the price moved").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_was_signed_out_goes_on_where_they_were() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    window.desk.collection("sessions").delete_many(doc! {}).await?;
    // Whoever was known is known for a second.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    window.press("Save").await?;
    window.says("You were signed out").await?;
    window.fill("email", "user0@agency.example").await?;
    window.fill("password", "correct horse battery staple").await?;
    window.press("Sign in").await?;
    window.says("You are signed in again").await?;
    window.press("Go on").await?;
    window.says("How the price moved").await?;
    let saved = window.desk.quotes().count_documents(doc! { "leadName": "Greta Example" }).await?;
    assert_eq!(saved, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_is_there_when_the_form_is_opened_again_and_gone_when_it_was_saved() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    window.totals("£970.00").await?;
    tokio::time::sleep(PAUSE).await;
    // Nobody is asked whether they really want to leave.
    window.press("Status").await?;
    window.says("Everything works").await?;
    window.go("/quotes/new").await?;
    window.says("Restored what you typed").await?;
    window.totals("£970.00").await?;
    window.press("Save").await?;
    window.says("How the price moved").await?;
    window.go("/quotes/new").await?;
    let lead = window.control("leadName").await?.prop("value").await?;
    assert_eq!(lead.as_deref(), Some(""));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_windows_keep_two_drafts_and_a_quote_says_that_one_is_not_saved() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill("leadName", "First Draft").await?;
    let first = window.browser.window().await?;
    let second = window.browser.new_tab().await?;
    tokio::time::sleep(PAUSE).await;
    window.browser.switch_to_window(second).await?;
    window.go("/quotes/new").await?;
    tokio::time::sleep(PAUSE).await;
    let lead = async || anyhow::Ok(window.control("leadName").await?.prop("value").await?);
    assert_eq!(lead().await?.as_deref(), Some(""), "it has what another window types");
    window.fill("leadName", "Second Draft").await?;
    tokio::time::sleep(PAUSE).await;
    window.browser.refresh().await?;
    window.says("Restored what you typed").await?;
    assert_eq!(lead().await?.as_deref(), Some("Second Draft"));
    // A window that closes leaves its draft to whoever comes next.
    window.browser.close_window().await?;
    window.browser.switch_to_window(first).await?;
    window.press("Cancel").await?;
    window.says("The quote that you began at").await?;
    window.press("go on with it").await?;
    window.says("Restored what you typed").await?;
    assert_eq!(lead().await?.as_deref(), Some("First Draft"));
    window.press("Cancel").await?;
    window.says("The quote that you began at").await?;
    window.press("discard").await?;
    window.says("What you typed is discarded").await?;
    window.press("undo").await?;
    window.says("The quote that you began at").await?;
    window.press("discard").await?;
    window.says("What you typed is discarded").await?;
    window.go("/quotes/new").await?;
    window.says("Restored what you typed").await?;
    assert_eq!(lead().await?.as_deref(), Some("Second Draft"));
    window.press("discard").await?;
    window.says("What you typed is discarded").await?;
    assert_eq!(lead().await?.as_deref(), Some(""));
    window.press("undo").await?;
    window
        .until("it is there again", async || Ok(lead().await?.as_deref() == Some("Second Draft")))
        .await
}
