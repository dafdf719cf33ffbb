//! A quote with events, from the empty form to the customer.

use anyhow::{Context as _, Result};
use bson::{Document, doc};

use super::window::{Kind, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_with_events_is_written_and_its_price_follows() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.says("New quote").await?;
    window.press("New quote").await?;
    window.fill_in_the_trip().await?;
    window.totals("£970.00").await?;
    price_events(&window).await?;
    window.choose(0).await?;
    window.totals("£1,470.00").await?;
    window.choose(1).await?;
    window.totals("£1,890.00").await?;
    window.find("#chosen li:nth-child(2) [value=false]").await?.click().await?;
    window.totals("£1,512.00").await?;
    window.fill("numberOfPeople", "12").await?;
    window.totals("£1,612.00").await?;
    window.press("Save").await?;
    window.says("Q").await?;
    window
        .until("the quote is shown", async || {
            Ok(window.text().await?.contains("How the price moved"))
        })
        .await?;
    let made = window.desk.quotes().find_one(doc! { "leadName": "Greta Example" }).await?;
    let made: Document = made.expect("it was saved");
    assert_eq!(
        made.get_f64("totalPrice").or_else(|_| made.get_i32("totalPrice").map(f64::from))?,
        1_612.0
    );
    assert_eq!(made.get_array("selectedEvents")?.len(), 2);
    let text = window.text().await?;
    assert!(text.contains("£50.00 × 12 people") && text.contains("for the group"), "{text}");
    Ok(())
}

/// The first costs £50, the second £42: what the test adds up is not by chance.
async fn price_events(window: &Window) -> Result<()> {
    let events = window.desk.collection("events");
    for (number, (name, price)) in [("Boat party", 50), ("Karting", 42)].into_iter().enumerate() {
        let set = doc! { "$set": {
            "name": name, "availableInAllDestinations": true,
            "pricing": { "estimatedCost": price, "currency": "GBP" },
        } };
        events.update_one(doc! { "_id": window.desk.events[number] }, set).await?;
    }
    window.browser.refresh().await?;
    window.fill_in_the_trip().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    window.fill("numberOfPeople", "1000").await?;
    window.fill("hotelName", "").await?;
    window.press("Save").await?;
    window.says("Nothing was saved yet").await?;
    let people = window.find("#numberOfPeople[aria-invalid=true]").await?;
    assert_eq!(people.prop("value").await?.as_deref(), Some("1000"));
    let described = people.attr("aria-describedby").await?.unwrap_or_default();
    assert!(!window.find(&format!("#{described}")).await?.text().await?.is_empty());
    assert!(window.find("#hotelName[aria-invalid=true]").await.is_ok());
    let lead = window.control("leadName").await?.prop("value").await?;
    assert_eq!(lead.as_deref(), Some("Greta Example"));
    window.fill("numberOfPeople", "10").await?;
    window.fill("hotelName", "Hotel Example").await?;
    window.press("Save").await?;
    window.says("How the price moved").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_is_deleted_and_brought_back_without_being_asked() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    window.fill_in_the_trip().await?;
    window.press("Save").await?;
    window.says("How the price moved").await?;
    window.press("Delete").await?;
    window.says("was deleted").await?;
    window.press("Undo").await?;
    window.says("How the price moved").await?;
    let kept = window.desk.quotes().find_one(doc! { "leadName": "Greta Example" }).await?;
    assert!(
        kept.is_some_and(|quote| quote.get("deletedAt").is_none_or(|it| it.as_null().is_some()))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_enquiry_says_need_not_be_typed() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    window.go("/quotes/new").await?;
    let enquiry = window.desk.enquiry.to_hex();
    window.fill("hotelName", "Hotel Example").await?;
    window.fill("enquiryId", &enquiry).await?;
    let wanted = window.desk.app.database.database().collection::<Document>("enquiries");
    let wanted = wanted.find_one(doc! { "_id": window.desk.enquiry }).await?.context("none")?;
    let value = async |name: &str| -> Result<String> {
        Ok(window.control(name).await?.prop("value").await?.unwrap_or_default())
    };
    assert_eq!(value("leadName").await?, wanted.get_str("leadName")?.trim());
    assert_eq!(value("numberOfPeople").await?, wanted.get_i32("numberOfGuests")?.to_string());
    assert_eq!(value("hotelName").await?, "Hotel Example");
    // What somebody typed over it stays, whichever enquiry is chosen then.
    window.fill("leadName", "Somebody Else").await?;
    window.fill("enquiryId", "").await?;
    window.fill("enquiryId", &enquiry).await?;
    assert_eq!(value("leadName").await?, "Somebody Else");
    window.says("The enquiry says otherwise of: lead.").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_enquiry_said_does_not_stay() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    let enquiries = window.desk.collection("enquiries");
    let other = enquiries.find_one(doc! { "_id": { "$ne": window.desk.enquiry } }).await?;
    let other = other.context("there is one only")?.get_object_id("_id")?;
    let travel = |year: i32| {
        let day = bson::DateTime::builder().year(year).month(5).day(12).build();
        Ok::<_, anyhow::Error>(doc! { "$set": { "travelDate": day? } })
    };
    enquiries.update_one(doc! { "_id": window.desk.enquiry }, travel(2090)?).await?;
    // One that is past can't be entered, so it is not filled in.
    enquiries.update_one(doc! { "_id": other }, travel(2020)?).await?;
    window.go("/quotes/new").await?;
    let arrival = async || anyhow::Ok(window.control("arrivalDate").await?.prop("value").await?);
    window.fill("enquiryId", &window.desk.enquiry.to_hex()).await?;
    assert_eq!(arrival().await?.as_deref(), Some("2090-05-12"));
    window.fill("enquiryId", &other.to_hex()).await?;
    assert_eq!(arrival().await?.as_deref(), Some(""));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_e_mail_is_shown_with_the_words_that_are_being_typed() -> Result<()> {
    let window = Window::open(Kind::Desk).await?;
    let (_path, made) = window.desk.made(&serde_json::json!({})).await?;
    let id = made["_id"].as_str().context("it has no id")?;
    window.go(&format!("/quotes/{id}/email")).await?;
    window.fill("message", "See you <soon> & safely").await?;
    window
        .until("the e-mail has the words", async || {
            window.browser.enter_frame(0).await?;
            let text = window.text().await;
            window.browser.enter_default_frame().await?;
            Ok(text?.contains("See you <soon> & safely"))
        })
        .await?;
    let address: String = window
        .browser
        .execute("return document.querySelector('iframe').src", vec![])
        .await?
        .convert()?;
    assert!(!address.contains("soon"), "the words stand in an address: {address}");
    // The text is the same, in a window of its own, and what was typed is still there.
    window.press("As plain text, in a window of its own").await?;
    window.until("there are two", async || Ok(window.browser.windows().await?.len() == 2)).await?;
    let message = window.control("message").await?.prop("value").await?;
    assert_eq!(message.as_deref(), Some("See you <soon> & safely"));
    let all = window.browser.windows().await?;
    window.browser.switch_to_window(all[1].clone()).await?;
    window.says("See you <soon> & safely").await
}
