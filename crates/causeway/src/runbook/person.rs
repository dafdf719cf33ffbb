//! The person at the terminal, where there is one.

use std::io::{IsTerminal, stderr, stdin};

use inquire::ui::RenderConfig;
use inquire::{InquireError, Text};

use crate::failure::{Failure, Result};

/// Whoever may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    /// Somebody sits at the terminal.
    There,
    /// A script, or nobody.
    Nobody,
}

impl Person {
    /// Looks.
    pub(super) fn look() -> Self {
        if stdin().is_terminal() && stderr().is_terminal() { Self::There } else { Self::Nobody }
    }

    /// Asks for one of `words`; asks again until it is one. None when nobody is there.
    ///
    /// # Errors
    /// Stopped when the person ends it.
    pub(super) async fn choose(
        self,
        question: &str,
        words: &'static [&'static str],
    ) -> Result<Option<&'static str>> {
        if self == Self::Nobody {
            return Ok(None);
        }
        let question = question.to_owned();
        // A prompt blocks its thread; leases are renewed and samples taken meanwhile.
        let asking = move || ask(&question, words);
        let answer = tokio::task::spawn_blocking(asking).await;
        answer.unwrap_or_else(|_| Err(stopped())).map(Some)
    }
}

fn ask(question: &str, words: &'static [&'static str]) -> Result<&'static str> {
    let line = format!("{question} ({}):", words.join(", "));
    loop {
        let prompt = Text::new(&line).with_render_config(RenderConfig::empty());
        match prompt.prompt() {
            Ok(answer) => {
                let answer = answer.trim().to_lowercase();
                if let Some(word) = words.iter().find(|word| **word == answer) {
                    return Ok(word);
                }
            }
            Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
                return Err(stopped());
            }
            Err(error) => return Err(stopped().because(error)),
        }
    }
}

fn stopped() -> Failure {
    Failure::stopped("stopped at the prompt").hint("the same command goes on")
}
