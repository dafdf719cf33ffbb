//! On a phone: an event in another currency, and one that is taken off again.

use anyhow::{Context as _, Result};
use bson::doc;

use super::window::{Kind, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_is_written_on_a_phone() -> Result<()> {
    let window = Window::open(Kind::Phone).await?;
    let events = window.desk.collection("events");
    let all = [("Boat party", 50, "GBP"), ("Wine tasting", 30, "EUR")];
    for (number, (name, price, currency)) in all.into_iter().enumerate() {
        let set = doc! { "$set": {
            "name": name, "availableInAllDestinations": true,
            "pricing": { "estimatedCost": price, "currency": currency },
        } };
        events.update_one(doc! { "_id": window.desk.events[number] }, set).await?;
    }
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    window.choose(0).await?;
    window.totals("£1,470.00").await?;
    window.find("#chosen li:first-of-type [value=false]").await?.click().await?;
    window.totals("£1,020.00").await?;
    window.choose(1).await?;
    window.says("not in the total").await?;
    window.says("€30.00 × 10 people").await?;
    window.totals("£1,020.00").await?;
    window.press("remove Boat party").await?;
    window.totals("£970.00").await?;
    window.press("Save").await?;
    window.says("How the price moved").await?;
    window.says("not in the total").await?;
    let saved = window.desk.quotes().find_one(doc! { "leadName": "Greta Example" }).await?;
    let saved = saved.context("it was not saved")?;
    let chosen = saved.get_array("selectedEvents")?;
    let chosen: Vec<_> = chosen.iter().filter_map(bson::Bson::as_document).collect();
    assert_eq!(chosen.len(), 1);
    assert_eq!(chosen[0].get_str("eventCurrency")?, "EUR");
    Ok(())
}
