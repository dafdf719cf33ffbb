//! A folder of migrations.

use causeway_core::migration::{MigrationSet, Version, load_set};

fn file(version: &str, requires: &str) -> (String, String) {
    let text = format!(
        "version = \"{version}\"\ntitle = \"t\"\nrequires = [{requires}]\n\n[[step]]\n\
         remove_field = {{ collection = \"c\", field = \"f\" }}\n"
    );
    (format!("migrations/{version}.toml"), text)
}

fn versions(set: &MigrationSet) -> Vec<&str> {
    set.iter().map(|migration| migration.version.as_str()).collect()
}

#[test]
fn versions_are_in_the_order_of_numbers() {
    let files = ["100", "9", "010", "011"].map(|version| file(version, ""));
    let set = load_set(files).expect("a set");
    assert_eq!(versions(&set), ["9", "010", "011", "100"]);
    let ten: Version = "010".parse().expect("a version");
    assert_eq!(set.get(&ten).map(|found| found.file.as_str()), Some("migrations/010.toml"));
    assert_eq!((set.len(), set.is_empty()), (4, false));
    assert!(load_set([]).expect("an empty set").is_empty());
}

#[test]
fn leading_zeros_may_be_left_out_or_added() {
    let set = load_set(["9", "010", "100"].map(|version| file(version, ""))).expect("a set");
    let meant = |typed: &str| {
        let version: Version = typed.parse().expect("a version");
        set.of_number(&version).map(|found| found.version.to_string())
    };
    assert_eq!(meant("10").as_deref(), Some("010"));
    assert_eq!(meant("009").as_deref(), Some("9"));
    assert_eq!(meant("100").as_deref(), Some("100"));
    assert_eq!((meant("1"), meant("0100a")), (None, None));
}

#[test]
fn a_version_belongs_to_one_file() {
    let (_, text) = file("010", "");
    let files = [("b.toml".to_owned(), text.clone()), ("a.toml".to_owned(), text)];
    let error = load_set(files).expect_err("a duplicate");
    insta::assert_snapshot!(error.one_line(), @"b.toml:1:11: version: version 010 is taken by a.toml");
}

#[test]
fn two_spellings_of_a_number_are_one_version() {
    let error = load_set([file("010", ""), file("10", "")]).expect_err("the same number");
    insta::assert_snapshot!(error.one_line(), @"migrations/10.toml:1:11: version: version 10 is the same number as 010 in migrations/010.toml");
}

#[test]
fn only_earlier_versions_can_be_required() {
    assert!(load_set([file("010", "\"009\"")]).is_ok());
    let error = load_set([file("010", "\"009\", \"011\"")]).expect_err("a later one");
    insta::assert_snapshot!(error.one_line(), @"migrations/010.toml:3:12: requires[1]: 011 comes after 010");
}
