//! People at work on the application: they look at quotes, make and edit some, and come back when they
//! are told that it can't be written.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

/// A request every so often.
const EVERY: Duration = Duration::from_millis(15);
/// Of so many requests, one makes a quote and the next one edits it.
const ONE_IN: u64 = 10;

/// People at work, until they are sent home.
pub(super) struct Traffic {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    task: JoinHandle<Vec<String>>,
}

impl Traffic {
    /// They begin.
    pub(super) fn begin(address: &str) -> Self {
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let host = address.trim_start_matches("http://").to_owned();
        let task = tokio::spawn(work(host, Arc::clone(&stop), Arc::clone(&asked)));
        Self { stop, asked, task }
    }

    /// They go home; ids of the quotes that they made.
    pub(super) async fn end(self) -> Result<Vec<String>> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.task.await?)
    }

    /// Requests so far.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

async fn work(host: String, stop: Arc<AtomicBool>, asked: Arc<AtomicU64>) -> Vec<String> {
    let mut made = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let number = asked.fetch_add(1, Ordering::Relaxed);
        let quotes = "/api/admin/quotes".to_owned();
        let (method, path, body) = match (number % ONE_IN, made.last()) {
            (0, _) => ("POST", quotes, "{\"leadName\":\"Demo\"}"),
            (1, Some(id)) => ("PUT", format!("{quotes}/{id}"), "{\"numberOfPeople\":12}"),
            _ => ("GET", quotes, ""),
        };
        if let Ok((201, body)) = ask(&host, (method, &path), body).await {
            let answer: Value = serde_json::from_str(&body).unwrap_or_default();
            made.extend(answer["data"]["_id"].as_str().map(str::to_owned));
        }
        tokio::time::sleep(EVERY).await;
    }
    made
}

async fn ask(host: &str, (method, path): (&str, &str), body: &str) -> Result<(u16, String)> {
    let mut stream = TcpStream::connect(host).await?;
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\n", body.len());
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Ok((status, body.to_owned()))
}
