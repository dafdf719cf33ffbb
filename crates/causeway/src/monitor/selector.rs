//! Which of an application's series are meant: `http_requests_total{status="5*",path!="/health"}`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::exposition::{Series, begins_name, is_name, quoted};

const EXPECTED: &str =
    "expected a metric's name, and labels if need be: http_requests_total{status=\"5*\"}";

/// A metric's name, and what its labels have to be. All series that match are added up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Selector {
    name: String,
    matchers: Vec<Matcher>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Matcher {
    label: String,
    value: String,
    /// Whether the value is only how the label's begins.
    prefix: bool,
    /// Whether the label must be another.
    not: bool,
}

impl Selector {
    /// Whether a series is meant. `suffix` is what a histogram's series have after its name.
    pub(super) fn matches(&self, series: &Series<'_>, suffix: &str) -> bool {
        let named = series.name.strip_suffix(suffix) == Some(self.name.as_str());
        named && self.matchers.iter().all(|matcher| matcher.matches(series))
    }
}

impl Matcher {
    fn matches(&self, series: &Series<'_>) -> bool {
        let found = series.label(&self.label);
        let same = if self.prefix { found.starts_with(&self.value) } else { found == self.value };
        same != self.not
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (name, labels) = match text.split_once('{') {
            Some((name, labels)) => (name.trim_end(), Some(labels)),
            None => (text, None),
        };
        if !begins_name(name) || !name.chars().all(is_name) {
            return Err(EXPECTED.to_owned());
        }
        let matchers = labels.map_or(Ok(Vec::new()), matchers)?;
        Ok(Self { name: name.to_owned(), matchers })
    }
}

fn matchers(mut rest: &str) -> Result<Vec<Matcher>, String> {
    let mut matchers = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest == "}" {
            return Ok(matchers);
        }
        let (matcher, after) = matcher(rest)?;
        matchers.push(matcher);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest == "}" => {}
            None => return Err(EXPECTED.to_owned()),
        }
    }
}

fn matcher(text: &str) -> Result<(Matcher, &str), String> {
    let expected = || EXPECTED.to_owned();
    let (label, after) = text.split_once('=').ok_or_else(expected)?;
    let label = label.trim_end();
    let (label, not) = match label.strip_suffix('!') {
        Some(label) => (label.trim_end(), true),
        None => (label, false),
    };
    if !begins_name(label) || !label.chars().all(is_name) {
        return Err(expected());
    }
    let (value, rest) = quoted(after.trim_start()).ok_or_else(expected)?;
    let (value, prefix) = match value.strip_suffix('*') {
        Some(value) => (value, true),
        None => (value.as_ref(), false),
    };
    if value.contains('*') {
        return Err("`*` may only end a label's value: there it stands for anything".to_owned());
    }
    Ok((Matcher { label: label.to_owned(), value: value.to_owned(), prefix, not }, rest))
}

impl TryFrom<String> for Selector {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (number, matcher) in self.matchers.iter().enumerate() {
            let Matcher { label, value, prefix, not } = matcher;
            let (sign, star) = (if *not { "!=" } else { "=" }, if *prefix { "*" } else { "" });
            let before = if number == 0 { '{' } else { ',' };
            write!(f, "{before}{label}{sign}\"{value}{star}\"")?;
        }
        if self.matchers.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::exposition::parse;
    use super::Selector;

    const TEXT: &str = "\
requests{status=\"200\",path=\"/\"} 1
requests{status=\"503\",path=\"/\"} 2
requests{status=\"500\",path=\"/health\"} 4
requests_bucket{status=\"200\",le=\"1\"} 8
requests 16
";

    fn sum(selector: &str, suffix: &str) -> f64 {
        let selector: Selector = selector.parse().unwrap();
        assert_eq!(selector.to_string().parse(), Ok(selector.clone()));
        parse(TEXT).filter(|it| selector.matches(it, suffix)).map(|it| it.value).sum()
    }

    #[test]
    fn series_are_selected_by_name_and_labels() {
        let sums = [
            ("requests", "", 23.0),
            ("requests{}", "", 23.0),
            ("requests{status=\"5*\"}", "", 6.0),
            (" requests { status = \"5*\" , path != \"/health\", } ", "", 2.0),
            ("requests{status!=\"5*\"}", "", 17.0),
            ("requests{status=\"\"}", "", 16.0),
            ("requests{status!=\"\"}", "", 7.0),
            ("requests{status=\"200\"}", "_bucket", 8.0),
            ("request", "", 0.0),
        ];
        for (selector, suffix, expected) in sums {
            assert!((sum(selector, suffix) - expected).abs() < 1e-9, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in [
            "",
            "a b",
            "1a",
            "a{",
            "a{b}",
            "a{b=c}",
            "a{b=\"c\"",
            "a{b=\"c\"} x",
            "a{b=~\"c\"}",
            "{b=\"c\"}",
        ] {
            assert!(text.parse::<Selector>().unwrap_err().starts_with("expected"), "{text}");
        }
        assert!("a{b=\"c*d\"}".parse::<Selector>().unwrap_err().contains("only end"));
    }
}
