//! Pages of quotes, where only an answer shows what is so.

use anyhow::{Context as _, Result};
use bson::{doc, oid::ObjectId};
use causeway_core::maintenance::Maintenance;
use quotes::access::Role;
use serde_json::json;

use super::{HOSTILE, open, send};
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

#[tokio::test]
async fn a_quote_says_what_became_of_its_mail() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let (_path, made) = desk.made(&json!({})).await?;
    let page = format!("/quotes/{}", made["_id"].as_str().context("no id")?);
    let before = open(&desk.app, &format!("{page}/email")).await?;
    assert!(before.text.contains("No mail server is set up"), "{}", before.text);
    let form = [("action", "send"), ("to", "lead@customer.example"), ("message", "")];
    let sent = send(&desk.app, &format!("{page}/email"), &form).await?;
    assert_eq!((sent.status, sent.to()), (303, format!("{page}?sent=yes").as_str()));
    let notice = "Version 1 waits for a mail server, and then goes to lead@customer.example.";
    assert!(open(&desk.app, sent.to()).await?.text.contains(notice));
    let shown = open(&desk.app, &page).await?;
    assert!(!shown.text.contains(notice) && !shown.text.contains("data-again"));
    for said in [
        "its e-mail waits for a mail server",
        "once one is set up (QUOTES_SMTP)",
        "no mail server is set up",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    let outbox = desk.collection("outbox");
    for (state, mark) in [
        ("failed", "its e-mail was not delivered"),
        ("unclear", "its e-mail may not have arrived"),
        ("sent", "once the customer says yes"),
    ] {
        outbox.update_many(doc! {}, doc! { "$set": { "state": state } }).await?;
        let shown = open(&desk.app, &page).await?;
        assert!(shown.text.contains(mark), "{mark}: {}", shown.text);
        assert_eq!(shown.text.contains("its e-mail"), state != "sent", "{state}");
        // The parts by themselves say the same.
        let request = desk.app.request(reqwest::Method::GET, &format!("{page}/mails?sent=yes"));
        let parts = request.header("accept", "text/html").send().await?.text().await?;
        assert!(parts.starts_with("<div id=\"quote-sent\" data-said=\"Version 1 "), "{parts}");
        assert_eq!(parts.contains("its e-mail"), state != "sent", "{state}");
    }
    Ok(())
}

#[tokio::test]
async fn a_test_mail_leaves_the_page_as_it_is() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let (_path, made) = desk.made(&json!({})).await?;
    let page = format!("/quotes/{}/email", made["_id"].as_str().context("no id")?);
    let form = [("action", "test"), ("to", "lead@customer.example"), ("message", HOSTILE)];
    let tried = send(&desk.app, &page, &form).await?;
    assert_eq!(tried.status, 200);
    assert!(tried.text.contains("A test goes to"), "{}", tried.text);
    assert!(tried.text.contains("&#60;script&#62;") && tried.text.contains("value=\"lead@"));
    let test = doc! { "purpose": "test" };
    assert_eq!(desk.collection("outbox").count_documents(test).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_package_without_a_price_for_the_group_says_why_and_the_rest_is_worked_out() -> Result<()>
{
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let packages = desk.collection("super_offer_packages");
    let found = packages.find_one(doc! {}).await?.context("no package")?.get_object_id("_id")?;
    // In May it costs £100 each for two groups and three durations, and nothing else is known.
    let prices: Vec<_> = (0..2)
        .flat_map(|tier| {
            [2, 3, 4].map(|nights| {
                doc! { "groupSizeTierIndex": tier, "nights": nights, "price": 100 }
            })
        })
        .collect();
    let may = doc! { "period": "May", "periodType": "month", "prices": prices };
    let set = doc! { "$set": { "pricingMatrix": [may] } };
    packages.update_one(doc! { "_id": found }, set).await?;
    let package = found.to_hex();
    let event = desk.events[0].to_hex();
    let everywhere = doc! { "$set": { "availableInAllDestinations": true,
    "pricing": { "estimatedCost": 10, "currency": "GBP" } } };
    desk.collection("events").update_one(doc! { "_id": desk.events[0] }, everywhere).await?;
    for (people, nights, arrival, problem) in [
        ("2", "3", "2090-05-12", Some("2 people")),
        ("8", "9", "2090-05-12", Some("9 nights")),
        ("8", "3", "2090-01-12", Some("2090-01-12")),
        ("", "", "", Some("needs people, nights and arrival")),
        ("8", "3", "", Some("needs people, nights and arrival")),
        ("8", "3", "2090-05-12", None),
    ] {
        let mut form = vec![
            ("linkedPackage.packageId", package.as_str()),
            ("numberOfPeople", people),
            ("numberOfNights", nights),
            ("arrivalDate", arrival),
            ("event", &event),
        ];
        let shown = parts(&desk, &form).await?;
        assert!(shown.contains("data-event"), "the chosen event is gone: {shown}");
        let note = "<p id=\"package-note\" class=\"error\">";
        assert_eq!(shown.contains(note), problem.is_some(), "{people} {nights}: {shown}");
        assert!(problem.is_none_or(|why| shown.contains(why)), "{problem:?}: {shown}");
        assert_eq!(shown.contains("<td>£800.00</td>"), problem.is_none(), "{shown}");
        if people == "2" {
            assert!(shown.contains("£10.00 × 2 people"), "{shown}");
        }
        form.push(("action", "package-price"));
        let page = send(&desk.app, "/quotes/new", &form).await?;
        assert_eq!(page.status, 200);
        // What nobody typed and no package gave does not stand there as a price.
        let base = page.between("name=\"basePrice\" inputmode=\"decimal\" value=\"", "\"")?;
        assert_eq!(base, if problem.is_some() { "" } else { "800" });
        form.pop();
        form.push(("action", "save"));
        let refused = send(&desk.app, "/quotes/new", &form).await?;
        assert_eq!(refused.status, 422, "{}", refused.text);
        assert!(refused.text.contains("data-event"), "the chosen event is gone");
    }
    // A base that a quote has stays when a package gives none.
    let (_path, made) = desk.made(&json!({})).await?;
    let page = format!("/quotes/{}/edit", made["_id"].as_str().context("no id")?);
    let form = [
        ("action", "package-price"),
        ("linkedPackage.packageId", package.as_str()),
        ("basePrice", "970"),
        ("currency", "GBP"),
        ("numberOfPeople", "2"),
        ("numberOfNights", "2"),
        ("arrivalDate", "2090-05-12"),
    ];
    let shown = send(&desk.app, &page, &form).await?;
    let base = shown.between("name=\"basePrice\" inputmode=\"decimal\" value=\"", "\"")?;
    assert_eq!(base, "970");
    assert!(shown.text.contains("<td>£970.00</td>") && shown.text.contains(" data-sent"));
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_leads_to_its_control_in_the_order_of_the_form() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let on_request = doc! { "$unset": { "pricing": "" },
    "$set": { "name": "Cave tour", "availableInAllDestinations": true } };
    let id = desk.events[0];
    desk.collection("events").update_one(doc! { "_id": id }, on_request).await?;
    let (id, price) = (id.to_hex(), format!("price.{id}"));
    let form =
        [("action", "save"), ("event", id.as_str()), (&price, "12.50"), ("numberOfPeople", "8")];
    let refused = send(&desk.app, "/quotes/new", &form).await?;
    assert_eq!(refused.status, 422);
    let list = refused.between("id=\"errors\"", "</div>")?;
    let places: Vec<_> =
        ["#enquiryId", "#leadName", "#hotelName", "#numberOfRooms", "#arrivalDate"]
            .iter()
            .map(|it| list.find(&format!("href=\"{it}\"")))
            .collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{list}");
    assert!(list.contains(&format!("<a href=\"#reason-{id}\">Cave tour: Say")), "{list}");
    assert!(refused.text.contains(&format!("id=\"reason-{id}\" name=\"priceReason.{id}\"")));
    // Whoever has to wait anyway is told that, and not that everything is wrong.
    desk.app.maintenance.send_replace(Maintenance { on: true, ..Maintenance::default() });
    let paused = send(&desk.app, "/quotes/new", &form).await?;
    assert!(paused.text.contains("Editing is paused: nothing was saved."), "{}", paused.text);
    assert!(paused.text.contains("data-while-paused"));
    Ok(())
}

#[tokio::test]
async fn how_the_price_moved_names_the_event() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let events: Vec<_> =
        desk.events.iter().take(2).map(|id| json!({ "eventId": id.to_hex() })).collect();
    let (path, made) = desk.made(&json!({ "selectedEvents": events })).await?;
    let page = format!("/quotes/{}", made["_id"].as_str().context("no id")?);
    let name = |at: usize| made["selectedEvents"][at]["eventName"].as_str().unwrap_or_default();
    let shown = open(&desk.app, &page).await?;
    let escaped = |name: &str| name.replace('&', "&#38;").replace('\'', "&#39;");
    for at in [0, 1] {
        let said = format!("<td>{} added</td>", escaped(name(at)));
        assert!(shown.text.contains(&said), "{said}: {}", shown.text);
    }
    let kept = json!({ "selectedEvents": [events[1]] });
    let edited = desk.app.ask(reqwest::Method::PUT, &path, Some(kept)).await?;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let said = format!("<td>{} removed</td>", escaped(name(0)));
    assert!(open(&desk.app, &page).await?.text.contains(&said), "{said}");
    Ok(())
}

/// What the form sends whenever something changes, and gets back.
async fn parts(desk: &Desk, form: &[(&str, &str)]) -> Result<String> {
    let request = desk.app.request(reqwest::Method::POST, "/quotes/form/receipt").form(form);
    let answer = request.header("accept", "text/html").send().await?;
    assert_eq!(answer.status(), 200);
    Ok(answer.text().await?)
}

#[tokio::test]
async fn an_event_on_request_counts_as_soon_as_its_price_is_typed() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let (events, id) = (desk.collection("events"), desk.events[0]);
    let on_request = doc! { "$unset": { "pricing": "" },
    "$set": { "availableInAllDestinations": true } };
    events.update_one(doc! { "_id": id }, on_request).await?;
    let (id, price) = (id.to_hex(), format!("price.{id}"));
    let reason = format!("priceReason.{id}");
    let mut form =
        vec![("basePrice", "100"), ("numberOfPeople", "10"), ("event", &id), (&price, "12.50")];
    let shown = parts(&desk, &form).await?;
    assert!(shown.contains("£225.00") && shown.contains("£12.50 × 10 people"), "{shown}");
    assert!(shown.contains("class=\"error\""), "nobody says what is missing: {shown}");
    form.push((&reason, "The owner, by phone"));
    let shown = parts(&desk, &form).await?;
    assert!(shown.contains("£225.00") && !shown.contains("class=\"error\""), "{shown}");
    Ok(())
}

#[tokio::test]
async fn an_enquiry_is_found_by_its_words() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let enquiries = desk.collection("enquiries");
    let name = "Zdeňka Nováková-Říhová";
    enquiries
        .update_one(doc! { "_id": desk.enquiry }, doc! { "$set": { "leadName": name } })
        .await?;
    let found = format!("value=\"{}\"", desk.enquiry);
    let shown = parts(&desk, &[("enquirySearch", "novakova zdenka"), ("enquiriesFor", "")]).await?;
    assert!(shown.contains(&found) && shown.contains("Choose one of 1"), "{shown}");
    let none = parts(&desk, &[("enquirySearch", "nobody at all")]).await?;
    assert!(!none.contains(&found) && none.contains("No enquiry is found"), "{none}");
    // What did not change is not sent again.
    let same = parts(&desk, &[("enquirySearch", "a"), ("enquiriesFor", "a")]).await?;
    assert!(!same.contains("id=\"enquiries\""), "{same}");
    // Without a script the button brings the list; what is chosen stays in it.
    let form = [
        ("action", "recalculate"),
        ("enquirySearch", "nobody at all"),
        ("enquiryId", &desk.enquiry.to_hex()),
    ];
    let page = send(&desk.app, "/quotes/new", &form).await?;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(&format!("{found} ")) && page.text.contains("nobody at all"));
    Ok(())
}

#[tokio::test]
async fn an_open_form_is_told_of_maintenance() -> Result<()> {
    let desk = Desk::of(signed_in(Role::Admin)).await?;
    let banners = async || -> Result<String> {
        let request = desk.app.request(reqwest::Method::GET, "/banners");
        Ok(request.header("accept", "text/html").send().await?.text().await?)
    };
    assert_eq!(banners().await?.trim(), "<div id=\"banners\">\n\n</div>");
    let until = bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() + 600_000);
    let scope = vec!["quotes".to_owned()];
    let on = Maintenance {
        on: true,
        message: HOSTILE.to_owned(),
        scope,
        until: Some(until),
        ..Maintenance::default()
    };
    desk.app.maintenance.send_replace(on.clone());
    for shown in [banners().await?, parts(&desk, &[("basePrice", "100")]).await?] {
        assert!(shown.contains("<div id=\"banners\" data-paused>"), "{shown}");
        assert!(shown.contains("&#60;script&#62;") && shown.contains("should be over by <time"));
    }
    let elsewhere = Maintenance { scope: vec!["events".to_owned()], ..on };
    desk.app.maintenance.send_replace(elsewhere);
    assert!(!banners().await?.contains("data-paused"));
    Ok(())
}
