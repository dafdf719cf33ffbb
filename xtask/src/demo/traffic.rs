//! People at work on the application: they look at quotes, make and edit some, and come back when they
//! are told that it can't be written.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::shop;
use crate::http::Client;

/// A request every so often.
const EVERY: Duration = Duration::from_millis(15);
/// Of so many requests, one makes a quote and the next one edits it.
const ONE_IN: u64 = 10;
const QUOTES: &str = "/api/admin/quotes";
const STATUS: &str = "/api/status";
/// What is answered while quotes can only be read.
const UNAVAILABLE: u16 = 503;

/// People at work, until they are sent home.
pub(super) struct Traffic {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    people: JoinHandle<Result<Worked>>,
}

/// What they did.
#[derive(Default)]
pub(super) struct Worked {
    /// Ids of the quotes that they made.
    pub(super) made: Vec<String>,
    /// From the first to the last write that was refused because of maintenance.
    pub(super) refused: Option<(Instant, Instant)>,
    /// What they were shown in the application of each moment of the maintenance: `before notification`.
    pub(super) told: BTreeSet<String>,
}

impl Traffic {
    /// They begin.
    pub(super) async fn begin(people: Client) -> Result<Self> {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let new = new_quote(&shop::enquiry(&people).await?);
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&asked));
        let people = tokio::spawn(work(people, new, (stopped, counted)));
        Ok(Self { stop, asked, people })
    }

    /// They go home. An answer that is neither success nor maintenance is an error.
    pub(super) async fn end(self) -> Result<Worked> {
        self.stop.store(true, Ordering::Relaxed);
        self.people.await.context("ask people what they did")?
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Ids of notices end with their moment: `2026-11-26-0200/1-before`.
fn shown(status: &Value) -> impl Iterator<Item = String> {
    let banners = status["data"]["banners"].as_array().into_iter().flatten();
    banners.filter_map(|banner| {
        let (_, moment) = banner["id"].as_str()?.rsplit_once('-')?;
        Some(format!("{moment} {}", banner["kind"].as_str()?))
    })
}

/// A quote as a person fills it in.
fn new_quote(enquiry: &str) -> String {
    let quote = json!({
        "enquiryId": enquiry, "leadName": "Sam Demo", "hotelName": "Hotel Central",
        "numberOfPeople": 10, "numberOfRooms": 5, "numberOfNights": 2,
        "arrivalDate": "2099-05-14", "whatsIncluded": "Two nights with breakfast.",
        "currency": "GBP", "basePrice": 1470,
    });
    quote.to_string()
}

async fn work(
    people: Client,
    new: String,
    (stop, asked): (Arc<AtomicBool>, Arc<AtomicU64>),
) -> Result<Worked> {
    let mut worked = Worked::default();
    while !stop.load(Ordering::Relaxed) {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        worked.one(&people, &new, number).await?;
        tokio::time::sleep(EVERY).await;
    }
    Ok(worked)
}

impl Worked {
    async fn one(&mut self, people: &Client, new: &str, number: u64) -> Result<()> {
        let answer = match (number % ONE_IN, self.made.last()) {
            (0, _) => people.ask(Method::POST, QUOTES, Some(new)).await?,
            (1, Some(id)) => {
                let more = json!({ "numberOfPeople": 10 + number / ONE_IN % 10 }).to_string();
                people.ask(Method::PUT, &format!("{QUOTES}/{id}"), Some(&more)).await?
            }
            (2, _) => people.ask(Method::GET, STATUS, None).await?,
            _ => people.ask(Method::GET, QUOTES, None).await?,
        };
        if number % ONE_IN == 2 {
            self.told.extend(shown(&answer.data()?));
        }
        match answer.status {
            200 => {}
            201 => {
                let made: Value = answer.data()?;
                let id = made["data"]["_id"].as_str().context("read the id of a new quote")?;
                self.made.push(id.to_owned());
            }
            UNAVAILABLE if answer.text.contains("MAINTENANCE") => {
                let now = Instant::now();
                self.refused = Some((self.refused.map_or(now, |(first, _)| first), now));
            }
            status => bail!("a person was answered {status}: {}", answer.text),
        }
        Ok(())
    }
}
