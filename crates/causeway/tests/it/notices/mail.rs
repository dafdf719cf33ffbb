//! What arrives in a mailbox.

use serde_json::Value;
use testbed::smtp::Encryption;

use super::stage::{START, Stage, header, read};

/// Words of the plain text, without the marks of a list and of a footer.
fn words(mail: &Value) -> String {
    let text = mail["text"].as_str().unwrap();
    text.split_whitespace().filter(|word| !["-", "--"].contains(word)).collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_one_message_with_the_plans_own_words() {
    let stage = Stage::new().await;
    stage.announce(0);
    let mails = stage.mails();
    assert_eq!(stage.recipients(), ["ann@example.com", "bea@example.com"]);
    let ann = read(&mails[0]);
    assert_eq!(ann["defects"], serde_json::json!([]));
    assert_eq!(ann["types"], serde_json::json!(["text/html", "text/plain"]));
    assert_eq!(header(&ann, "To"), "Ann <ann@example.com>");
    assert_eq!(header(&ann, "From"), "The shop <shop@example.com>");
    assert_eq!(header(&ann, "Subject"), "Scheduled Maintenance Notice");
    assert_eq!(header(&ann, "Auto-Submitted"), "auto-generated");
    let expected = "\
Scheduled Maintenance Notice

We will be performing a system upgrade on Thursday, 26 November 2099 at 02:00 GMT.
Expected downtime: 15-30 minutes
During this time, quote creation and editing will be unavailable.
All other features will remain accessible.

-- \nThis message was sent automatically.\n";
    assert_eq!(ann["text"].as_str().unwrap().replace("\r\n", "\n"), expected);
    assert_eq!(words(&ann), ann["html_words"].as_str().unwrap());
    // Each has an id of its own, and it is the one that is stored.
    let ids: Vec<String> = mails.iter().map(|mail| header(&read(mail), "Message-ID")).collect();
    assert_ne!(ids[0], ids[1]);
    let stored = stage.stored().await;
    let deliveries = stored[0].get_array("deliveries").unwrap();
    let stored_ids: Vec<&str> = deliveries
        .iter()
        .filter_map(|it| it.as_document().unwrap().get_str("message_id").ok())
        .collect();
    assert_eq!(ids, stored_ids);
    let answer = deliveries[1].as_document().unwrap().get_str("answer").unwrap();
    assert!(answer.contains("kept as 1"), "{answer}");
    // Once more is nothing.
    let again = stage.announce(0);
    assert_eq!(again.event("finished")["outcome"], "nothing_to_do");
    assert_eq!(stage.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_arrives_as_text() {
    let stage = Stage::new().await;
    let subject = "Hi\r\nBcc: eve@example.com\n\n<script>alert(1)</script> é & \u{202e}";
    let text = "<img src=x onerror=alert(1)>\r\n.\r\nRCPT TO:<eve@example.com>\r\n- </li></ul><b>&amp;\n\n\u{1b}[31m ünï";
    let send = ["send", "before", "--start", START, "--channel", "email"];
    let to = ["--to", "\"<script> \\\" Ann\" <ann@example.com>", "--to", "bea@example.com"];
    let words_given = ["--subject", subject, "--text", text];
    stage.expect(0, &[&send[..], &to, &words_given].concat());
    assert_eq!(stage.recipients(), ["ann@example.com", "bea@example.com"]);
    for mail in stage.mails() {
        let read = read(&mail);
        assert_eq!(read["defects"], serde_json::json!([]), "{read:#}");
        let line = "Hi Bcc: eve@example.com <script>alert(1)</script> é & \u{202e}";
        assert_eq!(header(&read, "Subject"), line);
        assert!(!read["headers"].as_array().unwrap().iter().any(|it| it[0] == "Bcc"), "{read:#}");
        let tags = read["tags"].as_array().unwrap();
        for tag in ["script", "img", "b"] {
            assert!(!tags.iter().any(|it| it == tag), "{read:#}");
        }
        let plain = words(&read);
        assert!(
            plain.contains("<img src=x onerror=alert(1)> . RCPT TO:<eve@example.com>"),
            "{plain}"
        );
        assert!(plain.contains("</li></ul><b>&amp; [31m ünï"), "{plain}");
        assert_eq!(plain, read["html_words"].as_str().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_refused_before_anything_is_written() {
    let stage = Stage::new().await;
    let send = ["send", "before", "--start", START, "--to"];
    for wrong in
        ["ann", "ann@example.com\r\nRCPT TO:<eve@example.com>", "ann@example.com, eve@example.com"]
    {
        let ran = stage.expect(2, &[&send[..], &[wrong]].concat());
        ran.assert_says("is no e-mail address");
    }
    assert!(stage.stored().await.is_empty());
    assert!(stage.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_comes_from_the_environment_and_is_never_shown() {
    use testbed::smtp::Behaviour;
    let stage = Stage::new().await;
    stage.configure("username = \"shop\"\npassword_env = \"SHOP_PASSWORD\"\n");
    stage.smtp.behave(Behaviour::Password("shop", "s3cr3t-right")).unwrap();
    let send = ["send", "before", "--start", START];
    stage.expect(2, &send).assert_says("SHOP_PASSWORD, which is not set");
    let ran = stage.give(&[("SHOP_PASSWORD", "s3cr3t-wrong")], &send);
    assert_eq!(ran.code, 1, "{}", ran.told());
    // Asked once, for all recipients: a server locks an account that is tried too often.
    ran.assert_says("not tried: the server does not let shop in");
    let shown = format!("{} {:?}", ran.told(), stage.stored().await);
    assert!(!shown.contains("s3cr3t"), "{shown}");
    let ran = stage.give(&[("SHOP_PASSWORD", "s3cr3t-right")], &send);
    assert_eq!(ran.code, 0, "{}", ran.told());
    assert_eq!(stage.mails().len(), 2);
    let shown = format!("{} {:?}", ran.told(), stage.stored().await);
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_certificate_of_our_own_is_trusted_when_it_is_named() {
    let stage = Stage::encrypted(Encryption::Tls).await;
    let send = ["send", "before", "--start", START];
    // No word of it went out.
    stage.expect(1, &send);
    assert!(stage.mails().is_empty());
    for (ca, said) in [("/nowhere/ca.pem", "can not be read"), ("causeway.toml", "no certificate")]
    {
        stage.configure(&format!("ca = \"{ca}\"\n"));
        stage.expect(2, &send).assert_says(said);
    }
    stage.configure(&format!("ca = \"{}\"\n", stage.smtp.authority().display()));
    stage.expect(0, &send);
    assert_eq!(stage.mails().len(), 2);
}
