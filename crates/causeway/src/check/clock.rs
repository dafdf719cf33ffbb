//! How far this machine's clock and the server's are apart.

use std::time::Instant;

use bson::{DateTime, doc};
use causeway_core::answer::Answer;

use super::findings::Findings;
use crate::failure::Result;
use crate::permitted::away;
use crate::target::Target;

/// Beyond this, times in reports and times in the server's log can't be laid side by side.
const DIFFERENCE_SECONDS_MAX: f64 = 2.0;

/// The server's time is taken at the middle of the round trip.
pub(super) async fn difference(target: &Target) -> Result<Answer> {
    let mut findings = Findings::new("clock", "do this clock and the server's agree?");
    let (asked, started) = (DateTime::now(), Instant::now());
    let hello = target.admin().run_command(doc! { "hello": 1 }).await;
    let half_trip = started.elapsed().as_secs_f64() / 2.0;
    let hello = hello.map_err(|error| away("hello", error))?;
    match hello.get_datetime("localTime") {
        Err(_) => findings.unknown("the server does not tell its time"),
        Ok(server) => {
            let apart =
                (server.timestamp_millis() - asked.timestamp_millis()) as f64 / 1e3 - half_trip;
            let direction = if apart < 0.0 { "behind" } else { "ahead of" };
            let evidence = format!("the server is {:.1} s {direction} this machine", apart.abs());
            if apart.abs() > DIFFERENCE_SECONDS_MAX {
                findings.warn(
                    evidence,
                    "let both machines follow a time server; leases go by the server's clock and are safe",
                );
            } else {
                findings.ok(evidence);
            }
        }
    }
    Ok(findings.answer())
}
