//! What is typed is kept: through maintenance, a sign-out, a closed window.

use anyhow::Result;
use bson::doc;
use causeway_core::maintenance::Maintenance;

use super::window::{Kind, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maintenance_that_comes_meanwhile_loses_nothing() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    let message = "We upgrade the quotes.".to_owned();
    let on = Maintenance { on: true, message, ..Maintenance::default() };
    window.desk.app.maintenance.send_replace(on);
    window.press("Save").await?;
    window.says("What you typed is kept").await?;
    window.says("We upgrade the quotes.").await?;
    let lead = window.control("leadName").await?.prop("value").await?;
    assert_eq!(lead.as_deref(), Some("Greta Example"));
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
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
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
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    // Nobody answers whether they really want to leave.
    window
        .browser
        .execute("window.onbeforeunload = null; location.replace('/status')", vec![])
        .await
        .ok();
    if let Ok(Some(_asked)) = window.browser.get_alert_text().await.map(Some) {
        window.browser.accept_alert().await?;
    }
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
