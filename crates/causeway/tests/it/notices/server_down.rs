//! A mail server that is away, refuses, or never answers.

use testbed::smtp::Behaviour;

use super::stage::{START, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_that_was_down_did_not_get_is_sent_by_the_same_command() {
    let mut stage = Stage::new().await;
    stage.smtp.stop();
    let ran = stage.announce(1);
    ran.assert_says("2 of 3 deliveries");
    ran.assert_says("refused");
    // The whole server is tried for a second, not each recipient.
    ran.assert_says("not tried:");
    ran.assert_says("causeway --uri");
    assert_eq!(stage.mail_states().await, ["failed", "failed"]);
    stage.smtp.restart().unwrap();
    stage.announce(0);
    assert_eq!(stage.recipients(), ["ann@example.com", "bea@example.com"]);
    assert_eq!(stage.stored().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_recipient_does_not_keep_the_others_from_getting_it() {
    let stage = Stage::new().await;
    for (refusal, state) in [
        (Behaviour::Refuse("ann@example.com", "550 5.1.1 no such user"), "550"),
        (Behaviour::Refuse("ann@example.com", "451 4.7.1 come back later"), "451"),
        (Behaviour::RefuseText("ann@example.com", "552 5.2.2 mailbox full"), "552"),
    ] {
        stage.smtp.behave(refusal).unwrap();
        let ran = stage.announce(1);
        ran.assert_says(state);
        assert_eq!(stage.recipients(), ["bea@example.com"]);
        assert_eq!(stage.mail_states().await, ["failed", "sent"]);
    }
    stage.smtp.behave(Behaviour::Normal).unwrap();
    stage.announce(0);
    assert_eq!(stage.recipients(), ["bea@example.com", "ann@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_have_arrived_is_not_sent_again_unless_somebody_says_so() {
    let stage = Stage::new().await;
    stage.smtp.behave(Behaviour::HangUp("ann@example.com")).unwrap();
    let ran = stage.announce(1);
    ran.assert_says("--resend-unclear");
    assert_eq!(stage.mail_states().await, ["unclear", "sent"]);
    stage.smtp.behave(Behaviour::Normal).unwrap();
    stage.announce(1);
    assert_eq!(stage.recipients(), ["ann@example.com", "bea@example.com"]);
    stage.expect(0, &["send", "before", "--start", START, "--resend-unclear"]);
    assert_eq!(stage.recipients(), ["ann@example.com", "bea@example.com", "ann@example.com"]);
    let mails = stage.mails();
    let id = |at: usize| super::stage::header(&super::stage::read(&mails[at]), "Message-ID");
    assert_eq!(id(0), id(2));
}
