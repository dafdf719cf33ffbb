//! Without a script.

use anyhow::Result;
use bson::doc;

use super::window::{Kind, Window};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_with_an_event_is_written_without_a_script() -> Result<()> {
    let window = Window::open(Kind::Plain).await?;
    window.go("/quotes/new").await?;
    let enquiry = window.desk.enquiry.to_hex();
    for (name, value) in [
        ("enquiryId", enquiry.as_str()),
        ("leadName", "Greta Example"),
        ("hotelName", "Hotel Example"),
        ("numberOfPeople", "10"),
        ("numberOfRooms", "5"),
        ("numberOfNights", "2"),
        ("whatsIncluded", "Breakfast"),
        ("basePrice", "970"),
    ] {
        window.fill(name, value).await?;
    }
    // Day, month, year, as the browser's language has them.
    window.control("arrivalDate").await?.send_keys("12052090").await?;
    window.choose(0).await?;
    window.press("Recalculate").await?;
    window.says("1 of at most 20").await?;
    let lead = window.control("leadName").await?.prop("value").await?;
    assert_eq!(lead.as_deref(), Some("Greta Example"));
    window.press("Save").await?;
    window.says("How the price moved").await?;
    let saved = window.desk.quotes().find_one(doc! { "leadName": "Greta Example" }).await?;
    assert_eq!(saved.expect("it was saved").get_array("selectedEvents")?.len(), 1);
    Ok(())
}
