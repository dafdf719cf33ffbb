//! Where the engine's events go. The engine emits; it never prints.

use std::sync::Arc;

use causeway_core::event::Event;

/// Handle to whoever listens: terminal, JSON Lines, a test.
#[derive(Clone)]
pub struct Reporter {
    sink: Arc<dyn Fn(Event) + Send + Sync>,
}

impl Reporter {
    /// Sends every event to `sink`, in the order emitted by each task.
    pub fn new(sink: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self { sink: Arc::new(sink) }
    }

    /// Emits an event.
    pub fn emit(&self, event: Event) {
        (self.sink)(event);
    }

    /// A fact worth a line.
    pub fn fact(&self, key: &'static str, text: impl Into<String>) {
        self.emit(Event::Fact { key, text: text.into() });
    }

    /// Something a person should look at.
    pub fn warning(&self, text: impl Into<String>) {
        self.emit(Event::Warning { text: text.into() });
    }
}

impl std::fmt::Debug for Reporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reporter")
    }
}
