//! The report as one page: no script, nothing from elsewhere, readable on paper.

use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use super::{Report, words};
use crate::failure::{Attempt, Result};
use crate::terminal::layout::harmless;

mod axis;
mod bars;
mod drawing;

const TEMPLATE: &str = include_str!("report.html");

/// The page.
pub(super) fn html(report: &Report) -> Result<String> {
    let making = || "make the report's page".to_owned();
    let mut engine = Environment::new();
    words::lines(&mut engine);
    words::add(&mut engine);
    engine.add_template("report.html", TEMPLATE).attempt(making)?;
    let drawings: Vec<_> = report.charts.iter().map(drawing::of).collect();
    let bars = bars::of(&report.timeline, &report.figures.downtime.spans);
    engine
        .get_template("report.html")
        .attempt(making)?
        .render(context! {
            report => Value::from(Serde(report)),
            drawings => Value::from(Serde(drawings)),
            bars => Value::from(Serde(bars)),
        })
        .attempt(making)
        // What commands and servers said may hold what steers a terminal.
        .map(|page| harmless(&page))
}
