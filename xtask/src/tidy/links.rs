//! Links between documents: none is dead, and every page can be reached from the README.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, files::TextFile};
use crate::workspace;

const START: &str = "README.md";

pub(super) fn check(files: &[TextFile]) -> Vec<Finding> {
    let pages: BTreeMap<&str, &TextFile> = files
        .iter()
        .filter(|file| file.is_markdown())
        .map(|file| (file.path.as_str(), file))
        .collect();
    let mut findings = Vec::new();
    let mut leads_to: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, page) in &pages {
        for (line, target) in links(page) {
            match resolve(path, &target) {
                Some((linked, anchor)) => {
                    if let Some(reason) = dead(&pages, &linked, anchor) {
                        let text = format!("dead link {target}: {reason}");
                        findings.push(Finding::at(page, line, text));
                    }
                    leads_to.entry(path).or_default().insert(linked);
                }
                None => findings.push(Finding::at(page, line, format!("{target} leads out"))),
            }
        }
    }
    let reached = reached(&leads_to);
    for path in pages.keys().filter(|path| path.starts_with("docs/") || !path.contains('/')) {
        if !reached.contains(*path) {
            findings.push(Finding::of(path, format!("no link leads here from {START}")));
        }
    }
    findings
}

/// Relative targets with their lines, without those in code.
fn links(page: &TextFile) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (number, line) in page.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code || line.starts_with("    ") {
            continue;
        }
        // Every second part is code.
        for text in line.split('`').step_by(2) {
            for (open, close) in [("](", ')'), ("src=\"", '"'), ("href=\"", '"')] {
                for (at, _) in text.match_indices(open) {
                    let rest = &text[at + open.len()..];
                    let target = rest.split(close).next().unwrap_or_default();
                    if !target.is_empty() && !target.contains("://") {
                        links.push((number, target.to_owned()));
                    }
                }
            }
        }
    }
    links
}

/// The path from the root, and the anchor; none when it leads out of the project.
fn resolve<'a>(page: &str, target: &'a str) -> Option<(String, Option<&'a str>)> {
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    if path.is_empty() {
        return Some((page.to_owned(), anchor));
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some((parts.join("/"), anchor))
}

fn dead(pages: &BTreeMap<&str, &TextFile>, linked: &str, anchor: Option<&str>) -> Option<String> {
    if !workspace::root().join(linked).exists() && !pages.contains_key(linked) {
        return Some(format!("there is no {linked}"));
    }
    let (anchor, page) = (anchor?, pages.get(linked)?);
    let found = headings(page).any(|heading| heading == anchor);
    (!found).then(|| format!("{linked} has no heading #{anchor}"))
}

/// Headings as anchors: lower case, words joined by hyphens, other signs dropped.
fn headings(page: &TextFile) -> impl Iterator<Item = String> {
    page.text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    })
}

fn reached(leads_to: &BTreeMap<&str, BTreeSet<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([START.to_owned()]);
    let mut open = vec![START.to_owned()];
    while let Some(page) = open.pop() {
        for linked in leads_to.get(page.as_str()).into_iter().flatten() {
            if reached.insert(linked.clone()) {
                open.push(linked.clone());
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::{check, resolve};
    use crate::tidy::files::TextFile;

    fn page(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn targets_are_relative_to_their_page() {
        let resolved = |page, target| resolve(page, target).map(|(path, _)| path);
        assert_eq!(resolved("docs/a.md", "b.md#c"), Some("docs/b.md".to_owned()));
        assert_eq!(resolved("docs/a.md", "../README.md"), Some("README.md".to_owned()));
        assert_eq!(resolved("a.md", "../b.md"), None);
    }

    #[test]
    fn dead_links_and_lost_pages_are_found() {
        let files = [
            page("README.md", "[a](docs/x.md#here) [b](docs/none.md)\n`[c](d.md)`\n"),
            page("docs/x.md", "# There\n"),
            page("docs/lost.md", "# Lost\n"),
        ];
        let findings: Vec<String> = check(&files).iter().map(ToString::to_string).collect();
        assert_eq!(
            findings,
            [
                "README.md:1: dead link docs/x.md#here: docs/x.md has no heading #here",
                "README.md:1: dead link docs/none.md: there is no docs/none.md",
                "docs/lost.md: no link leads here from README.md",
            ]
        );
    }
}
