//! Decisions have numbers without gaps, the same in the name of the file and in its heading.

use super::{Finding, files::TextFile};

const FOLDER: &str = "docs/decisions/";

pub(super) fn check(files: &[TextFile]) -> Vec<Finding> {
    let pages = files.iter().filter(|file| file.path.starts_with(FOLDER) && file.is_markdown());
    let mut findings = Vec::new();
    for (number, page) in (1..).zip(pages) {
        let name = &page.path[FOLDER.len()..];
        if !name.starts_with(&format!("{number:04}-")) {
            findings.push(Finding::of(&page.path, format!("decision {number:04} comes here")));
        }
        if !page.text.starts_with(&format!("# {number}. ")) {
            findings.push(Finding::at(page, 1, format!("the heading does not start # {number}. ")));
        }
    }
    findings
}
