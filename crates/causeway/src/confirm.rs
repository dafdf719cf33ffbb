//! Permission to write: asked of a person by the database's name, or given with `--yes NAME`.
//!
//! Functions that write take a [`Permission`], and only this module makes one. Who forgets to ask
//! does not compile.

use std::io::{IsTerminal, Write, stderr, stdin};

use inquire::ui::RenderConfig;
use inquire::{InquireError, Text};

use crate::failure::{Attempt, Failure, Result};
use crate::reporter::Reporter;

/// How permission is asked for.
#[derive(Debug, Clone)]
pub struct Confirmation {
    answer: Answer,
    reporter: Option<Reporter>,
}

#[derive(Debug, Clone)]
enum Answer {
    /// `--yes NAME`.
    Given(String),
    /// A person who can be asked.
    Person,
    /// Neither.
    Nobody,
}

/// Leave to write to one database. Can not be made outside this module.
#[derive(Debug)]
pub struct Permission {
    database: String,
    approval: Approval,
}

/// How somebody gave permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// A person typed the name of the database.
    Typed,
    /// `--yes NAME` on the command line.
    Given,
}

impl Approval {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::Given => "--yes",
        }
    }
}

impl Permission {
    /// The database it is for.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// How it was given.
    #[must_use]
    pub const fn approval(&self) -> Approval {
        self.approval
    }
}

impl Confirmation {
    /// What `--yes NAME` produces.
    pub fn given(name: impl Into<String>) -> Self {
        Self { answer: Answer::Given(name.into()), reporter: None }
    }

    /// `--yes NAME` where it was given, otherwise whoever sits at the terminal.
    #[must_use]
    pub fn new(yes: Option<String>, reporter: Reporter) -> Self {
        let answer = match yes {
            Some(name) => Answer::Given(name),
            None if stdin().is_terminal() && stderr().is_terminal() => Answer::Person,
            None => Answer::Nobody,
        };
        Self { answer, reporter: Some(reporter) }
    }

    /// Shows `what` is to be written and asks for the name of `database`.
    ///
    /// # Errors
    /// Refused when the answer is not the database's name, and when nobody is there to answer.
    pub fn ask(&self, what: &str, database: &str) -> Result<Permission> {
        self.ask_for(&format!("{what}, in database {database}"), database)
    }

    /// Shows `what` is to be written, and where, and asks for the name of `database`.
    ///
    /// # Errors
    /// Refused when the answer is not the database's name, and when nobody is there to answer.
    pub fn ask_for(&self, what: &str, database: &str) -> Result<Permission> {
        let approval = match &self.answer {
            Answer::Given(name) if name == database => {
                if let Some(reporter) = &self.reporter {
                    reporter.fact("writes", what);
                }
                Approval::Given
            }
            Answer::Given(name) => {
                return Err(Failure::refused(format!(
                    "--yes names `{name}`, but the database is `{database}`"
                ))
                .hint(format!("when `{database}` is meant: --yes {database}")));
            }
            Answer::Person => {
                ask_person(what, database)?;
                Approval::Typed
            }
            Answer::Nobody => {
                return Err(Failure::refused(format!("nobody is there to confirm: {what}"))
                    .hint(format!("confirm it on the command line: --yes {database}")));
            }
        };
        Ok(Permission { database: database.to_owned(), approval })
    }
}

fn ask_person(what: &str, database: &str) -> Result<()> {
    writeln!(stderr(), "writes    {what}").attempt(|| "show what is to be written".to_owned())?;
    let question = Text::new("type the name of the database to go on:");
    match question.with_render_config(RenderConfig::empty()).prompt() {
        Ok(name) if name.trim() == database => Ok(()),
        Ok(name) if name.trim().is_empty() => Err(declined()),
        Ok(name) => Err(Failure::refused(format!(
            "`{}` is not the name of the database, which is `{database}`",
            name.trim()
        ))),
        Err(InquireError::OperationCanceled | InquireError::OperationInterrupted) => {
            Err(declined())
        }
        Err(error) => Err(Failure::refused("failed to ask for the name of the database")
            .because(error)
            .hint(format!("confirm it on the command line: --yes {database}"))),
    }
}

fn declined() -> Failure {
    Failure::refused("declined at the prompt")
}

#[cfg(test)]
mod tests {
    use causeway_core::outcome::Outcome;

    use super::Confirmation;

    #[test]
    fn only_the_very_name_gives_permission() {
        let permission = Confirmation::given("shop").ask("one index", "shop").unwrap();
        assert_eq!(permission.database(), "shop");
        for other in ["Shop", "shop ", "", "shopp"] {
            let refused = Confirmation::given(other).ask("one index", "shop").unwrap_err();
            assert_eq!(refused.outcome, Outcome::Refused, "{other:?}");
        }
    }
}
