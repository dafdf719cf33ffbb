//! How a command fails: what was attempted, on what, why, and what to do now.

use std::error::Error;
use std::fmt;

use causeway_core::outcome::Outcome;

/// Server error: this user may not do that.
pub(crate) const UNAUTHORIZED: i32 = 13;

/// A failed command. Its outcome decides the exit code; it is printed once, at the edge.
#[derive(Debug)]
pub struct Failure {
    /// How the command ends because of it.
    pub outcome: Outcome,
    /// What was attempted and on what, or what is wrong; a lower-case fragment.
    pub message: String,
    /// What to do now.
    pub hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// Whether a run had begun, which may have written.
    in_a_run: bool,
}

/// Result of everything the engine does.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure with this outcome.
    pub fn new(outcome: Outcome, message: impl Into<String>) -> Self {
        debug_assert!(outcome.exit_code() != 0, "a failure never counts as success");
        Self { outcome, message: message.into(), hint: None, source: None, in_a_run: false }
    }

    /// Wrong command line, file or configuration.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Outcome::Usage, message)
    }

    /// A check refused, or a person declined.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Outcome::Refused, message)
    }

    /// The run stopped in a consistent state.
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(Outcome::Stopped, message)
    }

    /// Nobody foresaw it.
    pub fn unexpected(message: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, message)
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with its cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same with another outcome: the same cause can mean more or less, by when it comes.
    #[must_use]
    pub const fn ending(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The same, in a run: whatever its cause, it never means that the database is untouched.
    #[must_use]
    pub const fn in_a_run(mut self) -> Self {
        self.in_a_run = true;
        self
    }

    /// Whether a run had begun, which may have written.
    #[must_use]
    pub const fn is_in_a_run(&self) -> bool {
        self.in_a_run
    }

    /// The driver's error underneath, when there is one.
    #[must_use]
    pub fn driver_error(&self) -> Option<&mongodb::error::Error> {
        self.source.as_deref().and_then(|source| source.downcast_ref())
    }

    /// Texts of the causes, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        let mut next: Option<&(dyn Error + 'static)> = self.source();
        while let Some(cause) = next {
            let text =
                driver_words(cause).unwrap_or_else(|| undecorated(&cause.to_string()).to_owned());
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

/// The driver prints its kinds with debugging decoration; say what the server said instead.
fn driver_words(cause: &(dyn Error + 'static)) -> Option<String> {
    use mongodb::error::{ErrorKind, WriteFailure};
    let error = cause.downcast_ref::<mongodb::error::Error>()?;
    Some(match error.kind.as_ref() {
        ErrorKind::Command(command) => {
            let (message, code) = (&command.message, command.code);
            // The server quotes the whole command, keys of its cluster time included.
            let message = match message.split_once(" { ").filter(|_| code == UNAUTHORIZED) {
                Some((refusal, quoted)) => {
                    format!("{refusal} {}", quoted.split(':').next().unwrap_or_default())
                }
                None => message.clone(),
            };
            format!("the server said: {message} ({code}, {})", command.code_name)
        }
        ErrorKind::Write(WriteFailure::WriteError(write)) => {
            format!("the server said: {} ({})", write.message, write.code)
        }
        ErrorKind::Write(WriteFailure::WriteConcernError(concern)) => {
            format!(
                "the server said: {} ({}, {})",
                concern.message, concern.code, concern.code_name
            )
        }
        ErrorKind::ServerSelection { message, .. } => servers_words(message),
        ErrorKind::Io(error) => format!("connection: {error}"),
        _ => undecorated(&error.to_string()).to_owned(),
    })
}

/// What the driver says of an error, without its kind before and its labels after it.
pub(crate) fn undecorated(text: &str) -> &str {
    let text = text.strip_prefix("Kind: ").unwrap_or(text);
    let text = text.split(", labels: ").next().unwrap_or(text);
    text.strip_prefix("An invalid argument was provided: ").unwrap_or(text)
}

/// `127.0.0.1:27017: Connection refused`, for each server that was tried; the whole message when it
/// has another form than it had when this was written.
fn servers_words(message: &str) -> String {
    let servers: Vec<String> = message
        .split("{ Address: ")
        .skip(1)
        .filter_map(|server| {
            let (address, rest) = server.split_once(", Type: ")?;
            let (_, error) = rest.split_once("Error: Kind: ")?;
            let error = error.split(", labels: ").next()?;
            Some(format!("{address}: {}", error.strip_prefix("I/O error: ").unwrap_or(error)))
        })
        .collect();
    if servers.is_empty() { message.to_owned() } else { servers.join("; ") }
}

/// Says what was attempted when something below fails.
pub trait Attempt<T> {
    /// Turns an error into an unexpected failure of `attempted`, a fragment that completes
    /// "failed to …".
    ///
    /// # Errors
    /// The failure.
    fn attempt(self, attempted: impl FnOnce() -> String) -> Result<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Attempt<T> for std::result::Result<T, E> {
    fn attempt(self, attempted: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| {
            Failure::unexpected(format!("failed to {}", attempted())).because(source)
        })
    }
}
