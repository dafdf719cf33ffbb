//! Pages of quotes, where only an answer shows what is so.

use anyhow::{Context as _, Result};
use bson::{doc, oid::ObjectId};
use quotes::access::Role;
use serde_json::json;

use super::{open, send};
use crate::{app::signed_in, writing::desk::Desk};

#[tokio::test]
async fn what_the_api_refuses_of_a_mail_the_page_refuses_too() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let (_path, made) = desk.made(&json!({})).await?;
    let page = format!("/quotes/{}/email", made["_id"].as_str().context("no id")?);
    let too_long = "x".repeat(2_001);
    for (to, message) in
        [("nobody", "Hello"), ("not an address, b@c", ""), ("a@b.example", &too_long)]
    {
        let form = [("action", "send"), ("to", to), ("message", message)];
        let refused = send(&desk.app, &page, &form).await?;
        assert_eq!(refused.status, 422, "{to}");
        assert!(refused.text.contains(&format!("value=\"{to}\"")), "what was typed is gone");
    }
    assert_eq!(desk.collection("outbox").count_documents(doc! {}).await?, 0);
    let sent = doc! { "leadName": "Greta Example", "status": "sent" };
    assert_eq!(desk.quotes().count_documents(sent).await?, 0);
    Ok(())
}

#[tokio::test]
async fn two_quotes_of_one_reference_have_pages_of_their_own() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let (_path, made) = desk.made(&json!({})).await?;
    let id = ObjectId::parse_str(made["_id"].as_str().context("no id")?)?;
    // The reference is the end of the id.
    let mut bytes = id.bytes();
    bytes[0] ^= 1;
    let twin = ObjectId::from_bytes(bytes);
    let mut document = desk.quotes().find_one(doc! { "_id": id }).await?.context("it is gone")?;
    document.extend(doc! { "_id": twin, "leadName": "Twin Example" });
    desk.quotes().insert_one(document).await?;
    let list = open(&desk.app, "/quotes").await?.text;
    for (id, lead) in [(id, "Greta Example"), (twin, "Twin Example")] {
        assert!(list.contains(&format!("href=\"/quotes/{id}\"")), "{lead} is in no row");
        let page = open(&desk.app, &format!("/quotes/{id}")).await?;
        assert_eq!(page.status, 200);
        assert!(page.text.contains(lead) && page.text.contains(&format!("/quotes/{id}/edit")));
        assert_eq!(open(&desk.app, &format!("/quotes/{id}/edit")).await?.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_form_that_made_a_quote_says_so_when_it_comes_again_otherwise() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let enquiry = desk.enquiry.to_hex();
    let mut form = vec![
        ("action", "save"),
        ("key", "of the form"),
        ("enquiryId", enquiry.as_str()),
        ("leadName", "Greta Example"),
        ("hotelName", "Hotel Example"),
        ("numberOfPeople", "10"),
        ("numberOfRooms", "5"),
        ("numberOfNights", "2"),
        ("arrivalDate", "2090-05-12"),
        ("whatsIncluded", "Breakfast"),
        ("basePrice", "970"),
        ("currency", "GBP"),
    ];
    let made = send(&desk.app, "/quotes/new", &form).await?;
    let again = send(&desk.app, "/quotes/new", &form).await?;
    assert_eq!((made.status, made.to()), (303, again.to()));
    form.push(("title", "Another"));
    let refused = send(&desk.app, "/quotes/new", &form).await?;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("This form made a quote already") && refused.text.contains("Another")
    );
    let quotes = desk.quotes().count_documents(doc! { "leadName": "Greta Example" }).await?;
    assert_eq!(quotes, 1);
    Ok(())
}

#[tokio::test]
async fn a_form_of_thousands_of_events_is_read_in_time() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let ids: Vec<String> = (0..5_000).map(|_| ObjectId::new().to_hex()).collect();
    let form: Vec<(&str, &str)> = ids.iter().map(|id| ("event", id.as_str())).collect();
    let shown = send(&desk.app, "/quotes/new", &form).await?;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("100 of at most 20"), "more were looked at");
    Ok(())
}
