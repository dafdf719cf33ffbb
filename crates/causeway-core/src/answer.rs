//! One preflight question with its evidence and answer.

use serde::Serialize;

/// How a check answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing stands against it.
    Ok,
    /// It can go on; somebody should know.
    Warning,
    /// It must not start like this.
    Refuses,
}

/// A check's question, evidence and answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Short name, unique within a check: `free disk`, `oplog window`.
    pub check: &'static str,
    /// What is asked, as a sentence ending in a question mark.
    pub question: &'static str,
    /// The answer.
    pub answer: Verdict,
    /// What was seen, with numbers and units.
    pub evidence: String,
    /// What to do about it, as commands or one sentence; always there for a refusal.
    pub recipe: Option<String>,
}

impl Answer {
    /// An answer without recipe.
    #[must_use]
    pub fn ok(check: &'static str, question: &'static str, evidence: impl Into<String>) -> Self {
        Self { check, question, answer: Verdict::Ok, evidence: evidence.into(), recipe: None }
    }

    /// The same with another verdict and what to do about it.
    #[must_use]
    pub fn but(mut self, answer: Verdict, recipe: impl Into<String>) -> Self {
        self.answer = answer;
        self.recipe = Some(recipe.into());
        self
    }
}

/// How many answers of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Answers `ok`.
    pub ok: usize,
    /// Answers `warning`.
    pub warnings: usize,
    /// Answers `refuses`.
    pub refusals: usize,
}

impl Tally {
    /// Counts `answers`.
    #[must_use]
    pub fn of(answers: &[Answer]) -> Self {
        let count = |verdict| answers.iter().filter(|answer| answer.answer == verdict).count();
        Self {
            ok: count(Verdict::Ok),
            warnings: count(Verdict::Warning),
            refusals: count(Verdict::Refuses),
        }
    }
}
