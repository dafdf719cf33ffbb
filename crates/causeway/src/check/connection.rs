//! Whether the connection is stable: many pings, and the same primary before and after.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use causeway_core::answer::Answer;
use mongodb::error::Error;
use mongodb::options::{ReadPreference, SelectionCriteria};

use super::Patience;
use super::findings::Findings;
use crate::target::Target;

/// Above this, a batch of a thousand documents waits longer for the network than for the disk.
const SLOW_MILLIS: f64 = 50.0;

/// How many, and how far apart.
const fn pings(patience: Patience) -> (usize, Duration) {
    match patience {
        Patience::Seconds => (200, Duration::from_millis(25)),
        Patience::Moment => (10, Duration::ZERO),
    }
}

/// The answer, and whether the connection lasted: else there is nobody to ask anything more.
pub(super) struct Connected {
    pub(super) answer: Answer,
    pub(super) lasted: bool,
}

pub(super) async fn stable(target: &Target, patience: Patience) -> Connected {
    let mut findings = Findings::new("connection", "is the connection stable?");
    let watched = watch(target, patience).await;
    let lasted = watched.is_ok();
    match watched {
        Ok(watched) => judge(&watched, &mut findings),
        Err(error) => findings.refuse(
            format!("{}: {}", who_is_there(target).await, short(&error)),
            "see the members with rs.status(), and run the same command when there is a primary",
        ),
    }
    Connected { answer: findings.answer(), lasted }
}

struct Watched {
    before: Option<String>,
    after: Option<String>,
    millis: Vec<f64>,
    seconds: f64,
}

async fn watch(target: &Target, patience: Patience) -> Result<Watched, Error> {
    let admin = target.admin();
    let before = primary(&admin.run_command(doc! { "hello": 1 }).await?);
    let (times, pause) = pings(patience);
    let started = Instant::now();
    let mut millis = Vec::with_capacity(times);
    for _ in 0..times {
        let asked = Instant::now();
        admin.run_command(doc! { "ping": 1 }).await?;
        millis.push(asked.elapsed().as_secs_f64() * 1e3);
        tokio::time::sleep(pause.saturating_sub(asked.elapsed())).await;
    }
    let after = primary(&admin.run_command(doc! { "hello": 1 }).await?);
    millis.sort_by(f64::total_cmp);
    Ok(Watched { before, after, millis, seconds: started.elapsed().as_secs_f64() })
}

/// The primary and its election: the same member elected again is a change, too.
fn primary(hello: &Document) -> Option<String> {
    let member = hello.get_str("primary").ok()?;
    let election = hello.get_object_id("electionId").ok().map(|id| id.to_hex());
    Some(format!("{member} (election {})", election.as_deref().unwrap_or("unknown")))
}

fn judge(watched: &Watched, findings: &mut Findings) {
    let at = |share: usize| watched.millis.get((watched.millis.len() * share) / 100);
    let p50 = at(50).copied().unwrap_or_default();
    let max = watched.millis.last().copied().unwrap_or_default();
    let pings = format!(
        "{} pings in {:.1} s, p50 {p50:.1} ms, max {max:.1} ms",
        watched.millis.len(),
        watched.seconds
    );
    if watched.before != watched.after {
        let name = |primary: &Option<String>| primary.clone().unwrap_or_else(|| "none".to_owned());
        findings.refuse(
            format!(
                "the primary changed while it was watched: {} became {}; {pings}",
                name(&watched.before),
                name(&watched.after)
            ),
            "wait until elections are over, find their reason in the server's log, and check again",
        );
    } else if p50 > SLOW_MILLIS {
        findings.warn(
            format!("{pings}: far away, and each batch waits for it"),
            "run it from a machine near the primary",
        );
    } else {
        let unchanged = if watched.before.is_some() { ", primary unchanged" } else { "" };
        findings.ok(format!("{pings}{unchanged}"));
    }
}

/// What any member that answers says of the others.
async fn who_is_there(target: &Target) -> String {
    let nearest = SelectionCriteria::ReadPreference(ReadPreference::Nearest { options: None });
    let asked = target.admin().run_command(doc! { "hello": 1 }).selection_criteria(nearest).await;
    match asked {
        Ok(hello) => {
            let me = hello.get_str("me").unwrap_or("a member");
            match hello.get_str("primary") {
                Ok(primary) => {
                    format!("{me} takes {primary} for the primary, which does not answer")
                }
                Err(_) => format!("no primary; {me} answers as a secondary"),
            }
        }
        Err(_) => "no member answers".to_owned(),
    }
}

fn short(error: &Error) -> String {
    match error.kind.as_ref() {
        mongodb::error::ErrorKind::ServerSelection { .. } => {
            "no primary was found within 10 s".to_owned()
        }
        mongodb::error::ErrorKind::Command(command) => command.message.clone(),
        mongodb::error::ErrorKind::Io(error) => format!("connection lost: {error}"),
        _ => "the server can't be asked".to_owned(),
    }
}
