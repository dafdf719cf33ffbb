//! A program that is told.

use serde_json::Value;
use testbed::HttpEndpoint;

use super::stage::{START, Stage};

const SECRET: &str = "s3cr3t-of-the-hook";
const SEND: [&str; 6] = ["send", "before", "--start", START, "--channel", "webhook"];

async fn stage() -> (Stage, HttpEndpoint) {
    let (stage, endpoint) = (Stage::new().await, HttpEndpoint::start().unwrap());
    stage.configure(&format!(
        "[[webhook]]\nurl = \"{}/hook/t0k3n?key=t0k3n\"\nsecret_env = \"HOOK_SECRET\"\n",
        endpoint.url()
    ));
    (stage, endpoint)
}

/// As `docs/notices.md` shows it, by another implementation of HMAC.
fn signed(seconds: &str, body: &str) -> String {
    let script = "import hashlib, hmac, sys; print(hmac.new(sys.argv[1].encode(), \
                  sys.argv[2].encode(), hashlib.sha256).hexdigest())";
    let output = std::process::Command::new("python3")
        .args(["-c", script, SECRET, &format!("{seconds}.{body}")])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_signed_and_tried_again_after_a_failure() {
    let (stage, endpoint) = stage().await;
    endpoint.answer([500]);
    let ran = stage.give(&[("HOOK_SECRET", SECRET)], &SEND);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 2);
    for request in &requests {
        assert_eq!(request.target, "/hook/t0k3n?key=t0k3n");
        assert_eq!(request.headers["content-type"], "application/json");
        let signature = &request.headers["x-causeway-signature"];
        let (seconds, hex) = signature.split_once(",v1=").unwrap();
        let seconds = seconds.strip_prefix("t=").unwrap();
        assert_eq!(hex, signed(seconds, &request.body));
        let age = jiff::Timestamp::now().as_second() - seconds.parse::<i64>().unwrap();
        assert!((0..60).contains(&age), "{signature}");
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["moment"], "before");
        assert_eq!(body["window"]["start"], "2099-11-26T02:00:00+00:00");
        assert_eq!(body["id"], request.headers["x-causeway-delivery"]);
    }
    assert_eq!(requests[0].body, requests[1].body);
    let shown = format!("{} {:?}", ran.told(), stage.stored().await);
    assert!(!shown.contains("s3cr3t") && !shown.contains("t0k3n"), "{shown}");
    assert_eq!(stage.give(&[("HOOK_SECRET", SECRET)], &SEND).code, 0);
    assert_eq!(endpoint.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_not_repeated_and_a_redirection_not_followed() {
    let (stage, endpoint) = stage().await;
    for status in [401, 307] {
        endpoint.answer([status]);
        let ran = stage.give(&[("HOOK_SECRET", SECRET)], &SEND);
        assert_eq!(ran.code, 1, "{}", ran.told());
        ran.assert_says(&format!("{status}: answer {status}"));
        let shown = ran.told();
        assert!(!shown.contains("s3cr3t") && !shown.contains("t0k3n"), "{shown}");
    }
    assert_eq!(endpoint.requests().len(), 2);
    stage.expect(2, &SEND).assert_says("HOOK_SECRET, which is not set");
}
