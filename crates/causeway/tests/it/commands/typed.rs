//! What is found wrong before anybody connects.

use causeway::command::arguments::Arguments;
use clap::CommandFactory;

use super::shell::{NOBODY, Shell, assert_shown};

#[test]
fn every_command_explains_itself() {
    let shell = Shell::new();
    let mut shown = vec![shell.run(&["--help"])];
    for command in Arguments::command().get_subcommands() {
        shown.push(shell.run(&[command.get_name(), "--help"]));
    }
    assert_shown!("help", shown.join("\n"));
}

#[test]
fn what_can_not_be_understood() {
    let shell = Shell::new();
    let typed: [&[&str]; 12] = [
        &["migrate"],
        &["up"],
        &["up", "010/x"],
        &["verify", "010"],
        &["verify", "010", "--state", "done"],
        &["up", "010", "--assume-applied", "009"],
        &["up", "010", "--lag-seconds-max", "0"],
        &["up", "010", "--queue-max", "2.5"],
        &["throttle", "run-1"],
        &["logs", "../../etc"],
        &["conflicts", "010", "--apply", "1", "--apply-all"],
        &["migrate", "--output", "json"],
    ];
    let shown: Vec<String> = typed.iter().map(|arguments| shell.run(arguments)).collect();
    assert_shown!("usage", shown.join("\n"));
}

#[test]
fn versions_and_reasons_come_in_pairs() {
    let shell = Shell::new().with_migration().with_uri(NOBODY);
    let arguments =
        ["check", "010", "--assume-applied", "008", "--assume-applied", "009", "--reason", "seen"];
    assert_shown!("assume_without_reason", shell.run(&arguments));
}

#[test]
fn no_database_is_guessed() {
    let shell = Shell::new().with_migration();
    // What a tool might pick up by itself.
    shell.file(".env", &format!("MONGODB_URI={NOBODY}"));
    let empty = Shell::new().with_migration().with_uri("");
    let unnamed = Shell::new().with_migration().with_uri("mongodb://127.0.0.1:1");
    let both = ["status", "--uri", NOBODY, "--env-file", ".env"];
    let shown = [
        shell.run(&["status"]),
        empty.run(&["status"]),
        unnamed.run(&["status"]),
        shell.run(&both),
        shell.run(&["status", "--env-file", "missing"]),
        shell.run(&["status", "--uri", NOBODY, "--database", "admin"]),
    ];
    assert_shown!("no_database", shown.join("\n"));
}

#[test]
fn a_migration_file_is_read_before_anybody_connects() {
    let shell = Shell::new().with_uri(NOBODY);
    let missing = shell.run(&["status"]);
    shell.file("migrations/010.toml", "version = \"010\"\ntitle = \"t\"\n[[step]]\nad_field = 1\n");
    let shown = [missing, shell.run(&["status"]), shell.run(&["status", "--output", "json"])];
    assert_shown!("broken_migration_file", shown.join("\n"));
}

#[test]
fn a_configuration_holds_nothing_unknown() {
    let shell = Shell::new().with_migration().with_uri(NOBODY);
    shell.file("causeway.toml", "[limits]\nlag_seconds_max = 3\nlags = 1\n");
    shell.file("other.toml", "[lease]\nlife_seconds = \"long\"\n");
    let shown = [
        shell.run(&["status"]),
        shell.run(&["status", "--config", "other.toml"]),
        shell.run(&["status", "--config", "missing.toml"]),
    ];
    assert_shown!("configuration", shown.join("\n"));
}

#[test]
fn init_overwrites_nothing() {
    let shell = Shell::new();
    let first = shell.run(&["init"]);
    shell.file("causeway.toml", "# mine\n");
    let second = shell.run(&["init"]);
    assert_shown!("init", [first, second].join("\n"));
    let kept = std::fs::read_to_string(shell.path().join("causeway.toml")).unwrap();
    assert_eq!(kept, "# mine\n");
    // The sample is no migration: there is none, which is no mistake.
    let after = shell.with_uri(NOBODY).run(&["status"]);
    assert!(after.contains("no server answers"), "{after}");
}
