//! How the program ends when it does not succeed, and the code for it.

use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub enum Ended {
    /// Something failed that nobody expected.
    Failed(anyhow::Error),
    /// The command line, a variable or a file is wrong: nothing was touched.
    Usage(anyhow::Error),
    /// What is there does not allow it: nothing was changed.
    Refused(anyhow::Error),
}

impl Ended {
    /// The cause, with everything that led to it.
    #[must_use]
    pub fn error(&self) -> &anyhow::Error {
        match self {
            Self::Failed(error) | Self::Usage(error) | Self::Refused(error) => error,
        }
    }

    /// The code; what each means is in `docs/quotes.md`.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused(_) => 3,
        })
    }
}

impl From<anyhow::Error> for Ended {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
