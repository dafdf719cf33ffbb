//! A run under way, followed without loading the page again.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use causeway_core::{
    live::{Live, Phase},
    maintenance::COLLECTION,
    requests,
};

use super::window::{Kind, Window};
use crate::under_way::{PART, news, put_news, under_way};

/// So far, and no reason to wait.
fn at(done: i64) -> Live {
    let live = news();
    let phase = live.phase.clone().unwrap_or_default();
    Live { phase: Some(Phase { done, ..phase }), ..live }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_follows_a_run_and_asks_it_to_wait() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    let app = &window.desk.app;
    under_way(app, "evidence").await?;
    put_news(app, &at(100_000)).await?;
    window.go("/operations").await?;
    window.says("100,000").await?;
    for done in [250_000, 400_000, 550_000] {
        put_news(app, &at(done)).await?;
        window.says(&format!("{},000", done / 1_000)).await?;
    }
    window.press("Pause").await?;
    window.says("The run is asked to wait").await?;
    let asked = app.database.database().collection::<Document>(COLLECTION);
    let request = asked.find_one(doc! { "_id": requests::id(PART) }).await?.context("none")?;
    assert!(request.get_bool("paused")?);
    put_news(app, &Live { waits: Some("asked to by a person".to_owned()), ..at(560_000) }).await?;
    window.says("asked to by a person").await?;
    window.says("Go on").await?;
    window.press("Go on").await?;
    window.says("The run is asked to go on").await?;
    let request = asked.find_one(doc! { "_id": requests::id(PART) }).await?.context("none")?;
    assert!(!request.get_bool("paused")?);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_script_the_page_is_loaded_again_and_everything_can_be_done() -> Result<()> {
    let window = Window::open(Kind::Plain).await?;
    let app = &window.desk.app;
    under_way(app, "evidence").await?;
    put_news(app, &at(100_000)).await?;
    window.go("/operations").await?;
    window.says("100,000").await?;
    window.press("Pause").await?;
    window.says("The run is asked to wait").await?;
    window.fill("minutes", "25").await?;
    window.fill("message", "We upgrade.").await?;
    window.press("Preview").await?;
    window.says("What people will see").await?;
    window.says("We upgrade. It should be over by").await?;
    Ok(())
}
