//! As much of HTTP as the application needs: one request, one answer, the connection closed.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

const BODY_BYTES_MAX: usize = 1024 * 1024;

/// What somebody asks.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// What is answered.
pub(super) struct Answer {
    pub(super) status: u16,
    kind: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
}

impl Request {
    /// A header by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The body as JSON.
    pub(super) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).context("read the body as JSON")
    }
}

impl Answer {
    /// JSON.
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", body.to_string())
    }

    /// Text of a kind.
    pub(super) fn text(status: u16, kind: &'static str, body: String) -> Self {
        Self { status, kind, headers: Vec::new(), body }
    }

    /// The same with a header.
    pub(super) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// Reads a request and writes the answer to it.
pub(super) async fn serve(
    stream: TcpStream,
    answering: impl AsyncFnOnce(Request) -> Answer,
) -> Result<()> {
    let mut stream = BufReader::new(stream);
    let request = read(&mut stream).await?;
    let answer = answering(request).await;
    let mut head = format!(
        "HTTP/1.1 {} -\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.status,
        answer.kind,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n{}", answer.body).as_bytes()).await?;
    stream.flush().await?;
    Ok(())
}

async fn read(stream: &mut BufReader<TcpStream>) -> Result<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut words = line.split(' ');
    let method = words.next().unwrap_or_default().to_owned();
    let target = words.next().context("read the request line")?;
    let path = target.split('?').next().unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length: usize = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    ensure!(length <= BODY_BYTES_MAX, "the body is too large");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Request { method, path, headers, body })
}
