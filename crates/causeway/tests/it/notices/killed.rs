//! SIGKILL at every point of every delivery.

use super::stage::{START, Stage};

const SEND: [&str; 4] = ["send", "before", "--start", START];

/// Deliveries of a notice `before`: the application's, Ann's, Bea's.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_never_makes_anything_arrive_twice() {
    for delivery in 1..=3 {
        for point in ["claimed", "handed_over", "answered", "settled"] {
            let mail = delivery > 1;
            if point == "handed_over" && !mail {
                continue;
            }
            let stage = Stage::new().await;
            let at = format!("{delivery}:{point}");
            let killed = stage.give(&[("CAUSEWAY_DIE_AT_DELIVERY", &at)], &SEND);
            assert_eq!(killed.code, -1, "{at}: {}", killed.told());
            // Between these two it may have arrived, and nobody can know.
            let unclear = mail && ["handed_over", "answered"].contains(&point);
            let ran = stage.expect(i32::from(unclear), &SEND);
            let recipients = stage.recipients();
            let mut once = recipients.clone();
            once.sort();
            once.dedup();
            assert_eq!(once.len(), recipients.len(), "{at}: {recipients:?}");
            let arrived = if point == "handed_over" { 1 } else { 2 };
            assert_eq!(recipients.len(), arrived, "{at}: {}", ran.told());
            assert_eq!(stage.stored().await.len(), 1, "{at}");
            if unclear {
                assert!(stage.mail_states().await.contains(&"unclear".to_owned()), "{at}");
                stage.expect(0, &[&SEND[..], &["--resend-unclear"]].concat());
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_commands_at_once_send_everything_once() {
    let stage = Stage::new().await;
    // Ann's failed, so that there is something left for both.
    stage.smtp.behave(testbed::smtp::Behaviour::Refuse("*", "550 no")).unwrap();
    stage.announce(1);
    stage.smtp.behave(testbed::smtp::Behaviour::Normal).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| stage.give(&[], &SEND));
        }
    });
    let mut recipients = stage.recipients();
    recipients.sort();
    assert_eq!(recipients, ["ann@example.com", "bea@example.com"]);
}
