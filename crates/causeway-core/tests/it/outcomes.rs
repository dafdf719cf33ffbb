//! Exit codes are a contract: every outcome, its code, and what is said of the database.

use std::collections::BTreeSet;

use causeway_core::outcome::Outcome;

#[test]
fn every_outcome_has_the_code_of_the_contract() {
    for outcome in Outcome::ALL {
        let code = match outcome {
            Outcome::Done | Outcome::NothingToDo => 0,
            Outcome::Failed => 1,
            Outcome::Usage => 2,
            Outcome::Refused => 3,
            Outcome::LockHeld => 4,
            Outcome::Stopped => 5,
            Outcome::VerificationFailed => 6,
            Outcome::RolledBack => 7,
            Outcome::RollbackFailed => 8,
            Outcome::Pending => 10,
        };
        assert_eq!(outcome.exit_code(), code, "{outcome:?}");
    }
}

#[test]
fn the_list_of_outcomes_holds_each_once() {
    let names: BTreeSet<_> = Outcome::ALL.iter().map(|outcome| format!("{outcome:?}")).collect();
    assert_eq!(names.len(), Outcome::ALL.len());
}

#[test]
fn untouched_is_said_of_exactly_the_codes_that_promise_it() {
    for outcome in Outcome::ALL {
        let promised = matches!(outcome.exit_code(), 2 | 3 | 4 | 10);
        let said = outcome.database_state().starts_with("untouched");
        assert_eq!(said, promised, "{outcome:?}");
    }
}
