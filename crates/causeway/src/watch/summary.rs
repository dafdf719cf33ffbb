//! What a watch comes to: each measure before and after, and whether something is worse.

use causeway_core::outcome::Outcome;
use serde_json::json;

use super::Watched;
use super::course::Course;
use super::fields::Counted;
use super::measures::Judgement;
use crate::terminal::rows::Row;

/// Comes to the end.
pub(super) fn watched(course: &Course, counted: &[Counted], has_application: bool) -> Watched {
    let mut differences = course.comparison().map(|it| it.differences()).unwrap_or_default();
    let silent = course.silent(has_application).into_iter();
    differences.extend(silent.map(|who| format!("{who} did not answer a single look")));
    differences.extend(counted.iter().filter(|it| it.is_lacking()).map(Counted::words));
    let mut rows: Vec<Row> = Vec::new();
    for verdict in course.comparison().map(|it| it.verdicts()).unwrap_or_default() {
        let was_worse = course.comparison().is_some_and(|it| it.was_worse(verdict.name));
        let judgement = match verdict.compared.judgement {
            Judgement::Worse => "worse",
            _ if was_worse => "was worse for a time",
            Judgement::Same | Judgement::Between => "as before",
            Judgement::Better => "better",
            Judgement::MoreIsAsked => "more is asked of the server",
            Judgement::TooFew => "too few to tell",
            Judgement::NotJudged => "",
        };
        rows.push(row(
            verdict.name,
            (&verdict.compared.before, &verdict.compared.after),
            judgement,
        ));
    }
    rows.extend(counted.iter().map(of_field));
    let outcome = match differences.is_empty() {
        true => Outcome::Done,
        false => Outcome::VerificationFailed,
    };
    Watched { differences, rows, outcome }
}

fn of_field(counted: &Counted) -> Row {
    let judgement = match &counted.lacking {
        Ok(0) => "as wanted",
        Ok(_) => "worse",
        Err(_) => "unknown",
    };
    row(&counted.field, ("", &counted.numbers()), judgement)
}

fn row(measure: &str, (before, after): (&str, &str), judgement: &str) -> Row {
    Row::from([
        ("row", json!("watched")),
        ("measure", json!(measure)),
        ("before", json!(before)),
        ("after", json!(after)),
        ("judgement", json!(judgement)),
    ])
}
