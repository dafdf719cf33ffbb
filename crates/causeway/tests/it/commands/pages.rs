//! The pages of the documentation say what the program does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use causeway::command::arguments::Arguments;
use causeway_core::outcome::Outcome;
use clap::{Arg, Command, CommandFactory};

fn page(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    fs::read_to_string(docs.join(name)).unwrap()
}

#[test]
fn every_outcome_has_its_row() {
    let page = page("exit-codes.md");
    for outcome in Outcome::ALL {
        let name = serde_json::to_value(outcome).unwrap();
        let (code, name) = (outcome.exit_code(), name.as_str().unwrap());
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| {code} | `{name}` |")))
            .unwrap_or_else(|| panic!("no row for {code} {name}"));
        assert!(row.contains(outcome.database_state()), "{row}");
    }
    let rows = page.lines().filter(|line| line.contains("| `")).count();
    assert_eq!(rows, Outcome::ALL.len());
}

#[test]
fn every_command_and_flag_has_its_row() {
    let page = page("commands.md");
    let mut program = Arguments::command();
    program.build();
    let mut sections: BTreeSet<String> = BTreeSet::new();
    compare(&page, "Every command", &program, |argument| argument.is_global_set());
    for (words, command) in commands(&program, "causeway") {
        let section = heading(&words, command);
        let about = command.get_about().unwrap().to_string();
        let text = section_of(&page, &section);
        assert!(text.contains(&format!("\n{about}.\n")), "{section}: {about}");
        compare(&page, &section, command, |argument| !argument.is_global_set());
        sections.insert(section);
    }
    let headings: BTreeSet<String> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    sections.insert("Every command".to_owned());
    assert_eq!(headings, sections);
}

/// Every command that can be given, with the words it is given by: `causeway backup create`.
fn commands<'a>(above: &'a Command, words: &str) -> Vec<(String, &'a Command)> {
    let mut found = Vec::new();
    for command in above.get_subcommands() {
        let words = format!("{words} {}", command.get_name());
        if command.has_subcommands() {
            found.extend(commands(command, &words));
        } else {
            found.push((words, command));
        }
    }
    found
}

/// `causeway up VERSION`.
fn heading(words: &str, command: &Command) -> String {
    let mut heading = words.to_owned();
    for argument in command.get_positionals() {
        let names = argument.get_value_names().unwrap_or_default();
        heading.extend(names.iter().map(|name| format!(" {name}")));
    }
    heading
}

fn section_of<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page
        .find(&format!("## {heading}\n"))
        .unwrap_or_else(|| panic!("docs/commands.md has no section `{heading}`"));
    let rest = &page[start + 3..];
    rest.find("\n## ").map_or(rest, |end| &rest[..end])
}

fn compare(page: &str, heading: &str, command: &Command, wanted: impl Fn(&Arg) -> bool) {
    let text = section_of(page, heading);
    let written: BTreeSet<&str> = text.lines().filter(|line| line.starts_with("| `-")).collect();
    let defined: BTreeSet<String> = command
        .get_arguments()
        .filter(|argument| !argument.is_positional() && wanted(argument))
        .filter(|argument| !["help", "version"].contains(&argument.get_id().as_str()))
        .map(row)
        .collect();
    let defined: BTreeSet<&str> = defined.iter().map(String::as_str).collect();
    let missing: Vec<_> = defined.difference(&written).collect();
    let stale: Vec<_> = written.difference(&defined).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/commands.md, {heading}:\nmissing\n{missing:#?}\nstale\n{stale:#?}"
    );
}

/// ``| `--plan HASH` | Insist on … |``.
fn row(argument: &Arg) -> String {
    let mut flag = format!("--{}", argument.get_long().unwrap());
    if argument.get_action().takes_values() {
        for name in argument.get_value_names().unwrap_or_default() {
            flag.push(' ');
            flag.push_str(name);
        }
    }
    let help = argument.get_help().unwrap().to_string().replace('\n', " ").replace('|', "\\|");
    let flag = flag.replace('|', "\\|");
    format!("| `{flag}` | {help} |")
}
