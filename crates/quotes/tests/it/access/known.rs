//! What is known for a second is not asked for.

use std::time::Instant;

use anyhow::Result;
use bson::{Document, doc};

use super::agency;

#[tokio::test]
async fn hundreds_of_requests_of_a_program_cost_a_look_up_a_second() -> Result<()> {
    let app = agency().await?;
    let database = app.database.database();
    database.run_command(doc! { "profile": 2 }).await?;
    let begun = Instant::now();
    for _ in 0..300 {
        let answered = app.ask(reqwest::Method::POST, "/api/problems", None).await?;
        assert_eq!(answered.status, 415, "{}", answered.body);
    }
    let seconds = begun.elapsed().as_secs();
    database.run_command(doc! { "profile": 0 }).await?;
    let profile = database.collection::<Document>("system.profile");
    let asked = doc! { "ns": format!("{}.api_tokens", app.database.name()), "op": "query" };
    let look_ups = profile.count_documents(asked).await?;
    assert!((1..=seconds + 1).contains(&look_ups), "{look_ups} in {seconds} s");
    Ok(())
}
