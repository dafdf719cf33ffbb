//! The e-mail of a quote: both parts say the same, and what people typed is shown as text.

use bson::{DateTime, Document, doc, oid::ObjectId, raw::RawDocumentBuf};
use quotes_core::{
    mail::{Mail, Occasion, Previous},
    price::Breakdown,
    quote::Quote,
};

fn id(last: u8) -> ObjectId {
    let mut bytes = [0x5f; 12];
    bytes[11] = last;
    ObjectId::from_bytes(bytes)
}

fn document() -> Document {
    let event = |n: u8, name: &str, price: f64, currency: &str, each: bool| {
        doc! { "eventId": id(n), "eventName": name, "eventPrice": price, "eventCurrency": currency,
        "pricePerPerson": each, "addedAt": DateTime::from_millis(0), "_id": id(n + 100) }
    };
    doc! {
        "_id": id(1), "enquiryId": id(2), "title": "Benidorm weekend for 10",
        "destination": "Benidorm", "leadName": "Ada Example", "hotelName": "Hotel Palace",
        "numberOfPeople": 10, "numberOfRooms": 5, "numberOfNights": 3,
        "arrivalDate": DateTime::from_millis(1_781_222_400_000_i64),
        "transferIncluded": true, "whatsIncluded": "Breakfast\r\nAirport transfer",
        "selectedEvents": [
            event(10, "Boat party", 50.0, "GBP", true),
            event(11, "Private DJ", 200.0, "GBP", false),
            event(12, "Karting", 35.0, "EUR", true),
            { "eventId": id(13), "eventName": "Spa", "eventPrice": null, "priceReason": "asked" },
        ],
        "totalPrice": 2170, "basePrice": 1470, "eventsTotal": 700, "currency": "GBP",
        "version": 1, "status": "draft",
    }
}

fn quote(document: &Document) -> Quote {
    Quote::read(&RawDocumentBuf::try_from(document).unwrap())
}

fn occasion() -> Occasion<'static> {
    Occasion {
        agency: "Group Weekends",
        sender: "Grace Author",
        sender_email: Some("grace@agency.example"),
        recipient: Some("Ada"),
        message: Some("It was good to speak to you."),
        previous: None,
    }
}

fn mail(document: &Document) -> Mail {
    let quote = quote(document);
    Mail::of(&quote, &Breakdown::of(&quote), &occasion())
}

/// Everything between tags, as a reader sees it.
fn seen(html: &str) -> String {
    let body = &html[html.find("<body").unwrap()..];
    let mut text = String::new();
    for piece in body.split('<').skip(1) {
        let after = piece.split_once('>').map_or("", |(_, after)| after);
        text.push_str(after);
        text.push(' ');
    }
    text.replace("&#38;", "&").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">")
}

fn amounts(text: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_digit() || ".,£€$".contains(c);
    text.split(|c| !part(c)).filter(|word| word.starts_with(['£', '€', '$'])).collect()
}

#[test]
fn the_text_part() {
    insta::assert_snapshot!(mail(&document()).text);
}

#[test]
fn the_html_part() {
    insta::assert_snapshot!(mail(&document()).html);
}

#[test]
fn every_amount_and_link_of_the_html_is_in_the_text() {
    let mail = mail(&document());
    let shown = seen(&mail.html);
    let found = amounts(&shown);
    assert!(found.len() > 10, "{found:?}");
    for amount in found {
        let amount = amount.trim_end_matches(['.', ',']);
        assert!(mail.text.contains(amount), "{amount} is not in the text");
    }
    let links: Vec<&str> =
        mail.html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(links.len(), 2);
    for link in links {
        assert!(mail.text.contains(link.trim_start_matches("mailto:")), "{link}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_runs() {
    let html = mail(&document()).html;
    for forbidden in ["<script", "<img", "<link", "@import", "url(", "javascript:"] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn hostile_text_in_every_field_is_text() {
    let hostile = "<script>alert(1)</script>\"'&\r\nBcc: all@example.com\u{0}";
    let mut document = document();
    for field in ["title", "destination", "leadName", "hotelName", "whatsIncluded"] {
        document.insert(field, hostile);
    }
    let events = document.get_array_mut("selectedEvents").unwrap();
    events[0].as_document_mut().unwrap().insert("eventName", hostile);
    let quote = quote(&document);
    let occasion = Occasion {
        agency: hostile,
        sender: hostile,
        sender_email: Some("a@b.example?cc=x"),
        recipient: Some(hostile),
        message: Some(hostile),
        previous: None,
    };
    let mail = Mail::of(&quote, &Breakdown::of(&quote), &occasion);
    assert!(!mail.html.contains("<script"));
    assert!(!mail.html.contains("href"), "an address that could add recipients is no link");
    assert!(seen(&mail.html).contains("<script>alert(1)</script>"));
    assert!(!mail.subject.contains(['\r', '\n', '\u{0}']));
    assert!(!mail.text.contains(['\r', '\u{0}']));
    assert!(mail.text.contains("<script>alert(1)</script>"));
}

#[test]
fn an_updated_quote_says_what_changed() {
    let before = quote(&document());
    let mut changed = document();
    changed.insert("version", 2);
    changed.insert("numberOfPeople", 12);
    changed.insert("totalPrice", 2270);
    changed.get_array_mut("selectedEvents").unwrap().remove(1);
    changed.insert("totalPrice", 2070);
    let after = quote(&changed);
    let was = Breakdown::of(&before);
    let previous = Previous { quote: &before, breakdown: &was };
    let occasion = Occasion { previous: Some(previous), ..occasion() };
    let mail = Mail::of(&after, &Breakdown::of(&after), &occasion);
    assert!(mail.subject.starts_with("Updated quote Q"));
    for line in [
        "What changed since version 1",
        "- People: 12, was 10",
        "- Boat party: £600.00, was £500.00",
        "- Removed: Private DJ",
        "- Total: £2,070.00, was £2,170.00",
    ] {
        assert!(mail.text.contains(line), "{line}\n{}", mail.text);
        assert!(seen(&mail.html).contains(line.trim_start_matches("- ")), "{line}");
    }
}

#[test]
fn a_quote_of_which_nothing_can_be_read_is_a_letter_all_the_same() {
    let mail = mail(&doc! { "_id": "tool-made", "selectedEvents": "none", "totalPrice": "?" });
    assert!(mail.text.contains("Your trip"));
    assert!(mail.text.contains("£0.00"));
}

#[test]
fn lines_of_the_text_fit_a_mail_program() {
    let mut document = document();
    document.insert("whatsIncluded", "word ".repeat(300));
    let longest = mail(&document).text.lines().map(|line| line.chars().count()).max();
    assert!(longest <= Some(72), "{longest:?}");
}
