//! A real HTTP endpoint in this process: answers as it is told, and keeps what it gets.

use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::{Context as _, Result};

/// Listens on the loopback address until the process ends.
#[derive(Debug, Clone)]
pub struct HttpEndpoint {
    port: u16,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    answers: VecDeque<u16>,
    bodies: BTreeMap<String, String>,
    requests: Vec<Request>,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
}

impl HttpEndpoint {
    /// Listens, and answers with 200.
    ///
    /// # Errors
    ///
    /// When there is no port to listen on.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listen for HTTP")?;
        let port = listener.local_addr().context("ask for the port")?.port();
        let endpoint = Self { port, inner: Arc::default() };
        let serving = endpoint.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who hangs up gets no answer.
                let _ = serving.reply(stream);
            }
        });
        Ok(endpoint)
    }

    /// Answers the next requests with these, and those after them with 200.
    pub fn answer(&self, statuses: impl IntoIterator<Item = u16>) {
        self.inner().answers = statuses.into_iter().collect();
    }

    /// Answers requests for this path with this body from now on.
    pub fn serve(&self, path: &str, body: impl Into<String>) {
        self.inner().bodies.insert(path.to_owned(), body.into());
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What came so far.
    pub fn requests(&self) -> Vec<Request> {
        self.inner().requests.clone()
    }

    fn reply(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let request = read(&mut reader)?;
        let (status, served) = {
            let mut inner = self.inner();
            let served = inner.bodies.get(&request.target).cloned();
            inner.requests.push(request);
            (inner.answers.pop_front().unwrap_or(200), served)
        };
        let text = served.unwrap_or_else(|| format!("answer {status}"));
        let mut stream = stream;
        write!(
            stream,
            "HTTP/1.1 {status} Told\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
            text.len()
        )
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Request> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|it| it.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Request { target, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
