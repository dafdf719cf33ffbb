//! What people and scripts see of the engine's events.
//!
//! Data goes to standard output, talk to standard error. With JSON Lines every event is data.

use std::io::{self, IsTerminal, Write, stderr, stdout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use causeway_core::event::Event;
use rustix::termios::tcgetwinsize;

use crate::reporter::Reporter;

pub mod layout;
pub mod moment;
pub mod quantities;
pub mod rows;
pub mod style;
pub mod text;

mod answers;
mod plan;
mod progress;
mod steps;
mod verification;

use layout::Page;
use style::Paint;
use text::{Line, Renderer, Stream};

/// In which form events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// One JSON event a line, for scripts.
    Json,
}

/// How much talk there is besides data and failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Talk {
    /// Target, phases, progress, facts.
    #[default]
    Full,
    /// Warnings and failures only.
    Quiet,
}

/// Where events become visible. Clones are the same screen.
#[derive(Debug, Clone)]
pub struct Screen {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    form: Form,
    talk: Talk,
    renderer: Renderer,
    /// What is printed goes nowhere any more: the reader has gone, or it could not be written.
    data_gone: Option<io::Error>,
    finished: bool,
    silent: bool,
}

impl Screen {
    /// The process's own streams.
    #[must_use]
    pub fn new(form: Form, talk: Talk) -> Self {
        let (data, errors) = (page(&stdout()), page(&stderr()));
        let renderer = Renderer::new(data, errors);
        let renderer = match errors.columns {
            Some(columns) if form == Form::Text && talk == Talk::Full => {
                renderer.with_bars(columns)
            }
            _ => renderer,
        };
        let inner = Inner { form, talk, renderer, data_gone: None, finished: false, silent: false };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// Prints data only: what there is to say to people has been said.
    #[must_use]
    pub fn data_only(form: Form) -> Self {
        let screen = Self::new(form, Talk::Quiet);
        screen.lock().silent = true;
        screen
    }

    /// A reporter that prints here.
    #[must_use]
    pub fn reporter(&self) -> Reporter {
        let screen = self.clone();
        Reporter::new(move |event| screen.show(&event))
    }

    /// Prints an event. Nothing comes after [`Event::Finished`].
    pub fn show(&self, event: &Event) {
        let mut inner = self.lock();
        if inner.finished {
            return;
        }
        inner.finished = matches!(event, Event::Finished { .. });
        match inner.form {
            Form::Text => inner.show_text(event),
            Form::Json => inner.show_json(event),
        }
    }

    /// Prints the rows that wait for more of their kind.
    pub fn flush(&self) {
        let mut inner = self.lock();
        if inner.form == Form::Text {
            let lines = inner.renderer.flush();
            inner.print(&lines);
        }
    }

    /// Why data was lost on its way to standard output. A reader that went away is no reason: it
    /// had enough.
    #[must_use]
    pub fn lost_data(&self) -> Option<String> {
        let inner = self.lock();
        let error = inner.data_gone.as_ref()?;
        (error.kind() != io::ErrorKind::BrokenPipe).then(|| error.to_string())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A thread that panicked while it printed leaves at worst a line behind.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn show_text(&mut self, event: &Event) {
        let lines = self.renderer.render(event);
        self.print(&lines);
    }

    fn print(&mut self, lines: &[Line]) {
        let talk = self.talk;
        let shown = |line: &&Line| line.to != Stream::Talk || talk == Talk::Full;
        let (progress, data_gone) = (&self.renderer.progress, &mut self.data_gone);
        if lines.iter().any(|line| shown(&line)) {
            progress.suspended(|| {
                for line in lines.iter().filter(shown) {
                    match line.to {
                        Stream::Data => write_data(&line.text, data_gone),
                        Stream::Talk | Stream::Alarm => write_talk(&line.text),
                    }
                }
            });
        }
    }

    fn show_json(&mut self, event: &Event) {
        match serde_json::to_string(event) {
            Ok(line) => write_data(&line, &mut self.data_gone),
            Err(error) => self.data_gone = Some(io::Error::other(error)),
        }
        // Standard error is silent but for failures: a script's log shows them to people.
        if !self.silent && matches!(event, Event::Failure { .. } | Event::Finished { .. }) {
            for line in self.renderer.render(event) {
                if line.to == Stream::Alarm {
                    write_talk(&line.text);
                }
            }
        }
    }
}

fn page(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Page {
    let columns = stream.is_terminal().then(|| {
        let size = tcgetwinsize(stream).ok().filter(|size| size.ws_col > 0);
        size.map_or(80, |size| usize::from(size.ws_col))
    });
    Page { paint: Paint::for_stream(stream), columns }
}

fn write_data(text: &str, gone: &mut Option<io::Error>) {
    if gone.is_some() {
        return;
    }
    let mut stream = stdout().lock();
    if let Err(error) = writeln!(stream, "{text}").and_then(|()| stream.flush()) {
        *gone = Some(error);
    }
}

/// Nobody is left to hear that talk could not be printed.
fn write_talk(text: &str) {
    let _ = writeln!(stderr().lock(), "{text}");
}
