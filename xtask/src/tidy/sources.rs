//! Checks of single files: length, leftovers, traces of somebody's machine.

use super::{Finding, files::TextFile};

/// A file of more lines does more than one thing.
const LINES_MAX: usize = 400;

/// Written in two parts, so that this file is no finding.
const LEFTOVERS: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "do it, or open an issue"),
    (concat!("FIX", "ME"), "do it, or open an issue"),
];
const RUST_LEFTOVERS: &[(&str, &str)] = &[
    (concat!("todo", "!("), "not written yet"),
    (concat!("unimplemented", "!("), "not written yet"),
    (concat!("dbg", "!("), "left over from looking for a bug"),
];
/// Where people and machines keep their own files: such a path means nothing to anybody else.
const MACHINE_FOLDERS: &[&str] = &["home", "root", "work", "Users"];

pub(super) fn check(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if file.is_rust() {
        findings.extend(of_rust(file));
    }
    for (number, line) in file.lines() {
        for (leftover, why) in LEFTOVERS {
            if line.contains(leftover) {
                findings.push(Finding::at(file, number, format!("{leftover}: {why}")));
            }
        }
        if let Some(path) = machine_path(line) {
            findings.push(Finding::at(file, number, format!("{path} is a path of one machine")));
        }
    }
    findings
}

fn of_rust(file: &TextFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !file.text.starts_with("//!") {
        findings.push(Finding::at(
            file,
            1,
            "the first line does not say what the file is for: //!",
        ));
    }
    let lines = file.text.lines().count();
    if lines > LINES_MAX && !is_test(&file.path) {
        findings.push(Finding::of(&file.path, format!("{lines} lines, at most {LINES_MAX}")));
    }
    for (number, line) in file.lines() {
        for (leftover, why) in RUST_LEFTOVERS {
            if line.contains(leftover) {
                findings.push(Finding::at(file, number, format!("{leftover}…): {why}")));
            }
        }
    }
    findings
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// An absolute path into one of [`MACHINE_FOLDERS`]. One that goes on to the left, as in
/// `crates/work/`, is relative.
fn machine_path(line: &str) -> Option<&str> {
    for folder in MACHINE_FOLDERS {
        let needle = format!("/{folder}/");
        for (at, _) in line.match_indices(&needle) {
            let before = line[..at].chars().next_back();
            let relative = before.is_some_and(|c| c.is_alphanumeric() || "._-~*)}>/".contains(c));
            if !relative {
                let end = line[at..]
                    .find(|c: char| c.is_whitespace() || "\"'`),;".contains(c))
                    .map_or(line.len(), |length| at + length);
                return Some(&line[at..end]);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{check, machine_path};
    use crate::tidy::files::TextFile;

    fn findings(path: &str, text: &str) -> Vec<String> {
        let file = TextFile { path: path.to_owned(), text: text.to_owned() };
        check(&file).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn leftovers_are_found_where_they_are() {
        let text = format!("//! A file.\n\nfn f() {{ {}) }}\n", concat!("todo", "!("));
        assert_eq!(
            findings("src/a.rs", &text),
            [format!("src/a.rs:3: {}…): not written yet", concat!("todo", "!("))]
        );
    }

    #[test]
    fn a_file_says_what_it_is_for_and_is_short() {
        assert_eq!(findings("src/a.rs", "fn f() {}\n").len(), 1);
        let long = format!("//! Long.\n{}", "\n".repeat(400));
        assert_eq!(findings("src/a.rs", &long), ["src/a.rs: 401 lines, at most 400"]);
        assert_eq!(findings("crates/a/tests/it/a.rs", &long), Vec::<String>::new());
    }

    #[test]
    fn paths_of_one_machine_are_told_from_relative_ones() {
        let path = concat!("/ho", "me/ann/quotes");
        assert_eq!(machine_path(&format!("see `{path}`.")), Some(path));
        assert_eq!(machine_path(concat!("crates/wo", "rk/a.rs")), None);
        assert_eq!(machine_path("/path/to/a.rs"), None);
    }
}
