//! The plan of `examples/quote-events`, with the demo's own addresses in the place of an imaginary
//! agency's.

use std::fs;

use anyhow::{Context as _, Result};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::workspace;

/// There while the background job is stopped.
const STOPPED: &str = "reminders-stopped";
/// The application's address in the example.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// `causeway.toml` of the demo.
pub(super) fn of_the_demo(smtp: &str, application: &str) -> Result<String> {
    let path = workspace::root().join("examples/quote-events/causeway.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let mut plan: DocumentMut = text.replace(ADDRESS, application).parse()?;
    let email = section(&mut plan, "email")?;
    email["smtp"] = value(smtp);
    email.remove("username");
    email.remove("password_env");
    section(&mut plan, "status_page")?["folder"] = value("status");
    let window = section(&mut plan, "window")?;
    // The demo begins whenever somebody wants to see it.
    window.remove("start");
    window.remove("low_traffic");
    section(&mut plan, "run")?["baseline_seconds"] = value(5);
    section(&mut plan, "watch")?["every"] = value("1s");
    section(&mut plan, "watch")?["in_run"] = value("8s");
    let job = [
        ("name", "quote reminders".to_owned()),
        ("stop", format!("touch {STOPPED}")),
        ("start", format!("rm {STOPPED}")),
        ("stopped", format!("test -e {STOPPED}")),
    ];
    plan["job"] = tables(&job);
    // It runs already, with leave to do without 010.
    let manual = [
        ("name", "deploy".to_owned()),
        ("after", "verify".to_owned()),
        (
            "text",
            "See that quotes, which was started with --allow-pending, is the new code.".to_owned(),
        ),
    ];
    plan["manual"] = tables(&manual);
    // There is no cache.
    plan.remove("hook");
    Ok(plan.to_string())
}

fn section<'a>(plan: &'a mut DocumentMut, name: &str) -> Result<&'a mut Table> {
    plan[name].as_table_mut().with_context(|| format!("find [{name}] in the example"))
}

fn tables(fields: &[(&str, String)]) -> Item {
    let mut table = Table::new();
    for (key, text) in fields {
        table[*key] = value(text.as_str());
    }
    let mut tables = ArrayOfTables::new();
    tables.push(table);
    Item::ArrayOfTables(tables)
}
