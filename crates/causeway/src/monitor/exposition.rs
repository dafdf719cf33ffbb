//! Reads the text format in which applications show their metrics to Prometheus.
//!
//! Own code: the format is a few lines of grammar, and the crates that read it bring a regular
//! expression engine and a second library for dates with them. What is asked of this reader besides
//! is that it gets along with whatever stands at an address that somebody mistyped.
//!
//! The format: <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>.
//! Of `OpenMetrics`, whose lines look the same, exemplars are passed over like time stamps.

use std::borrow::Cow;

/// One line: a number with a name and labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series<'a> {
    /// `http_requests_total`.
    pub(super) name: &'a str,
    /// Names and values, as they stand there.
    pub(super) labels: Vec<(&'a str, Cow<'a, str>)>,
    /// May be NaN or infinite.
    pub(super) value: f64,
}

impl Series<'_> {
    /// Value of a label; one that is not there counts as empty, as Prometheus has it.
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(label, _)| *label == name).map_or("", |(_, value)| value)
    }
}

/// Every line that can be read; others are passed over.
pub(super) fn parse(text: &str) -> impl Iterator<Item = Series<'_>> {
    text.lines().filter_map(line)
}

fn line(line: &str) -> Option<Series<'_>> {
    let line = line.trim();
    let name_end = line.find(|c: char| !is_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(name_end);
    if !begins_name(name) {
        return None;
    }
    let rest = rest.trim_start();
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inside) => labels(inside)?,
        None => (Vec::new(), rest),
    };
    // A time stamp, or an exemplar, may follow.
    let value = rest.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Series { name, labels, value })
}

type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

fn labels(mut rest: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, after) = rest.split_once('=')?;
        let (value, after) = quoted(after.trim_start())?;
        labels.push((name.trim_end(), value));
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.starts_with('}') => {}
            None => return None,
        }
    }
}

/// A value in quotes, with `\\`, `\"` and `\n` as what they stand for, and what comes after it.
pub(super) fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let inside = text.strip_prefix('"')?;
    let plain_end = inside.find(['"', '\\'])?;
    if inside[plain_end..].starts_with('"') {
        return Some((Cow::Borrowed(&inside[..plain_end]), &inside[plain_end + 1..]));
    }
    let mut value = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((Cow::Owned(value), &inside[at + 1..])),
            '\\' => match characters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('"' | '\\') => value.push(escaped),
                other => value.extend(['\\', other]),
            },
            other => value.push(other),
        }
    }
    None
}

/// Whether a character may stand in a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// Whether a name begins as one may.
pub(super) fn begins_name(name: &str) -> bool {
    name.starts_with(|c: char| is_name(c) && !c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Series, line, parse};

    fn of<'a>(series: &'a Series<'_>) -> Vec<(&'a str, &'a str)> {
        series.labels.iter().map(|(name, value)| (*name, value.as_ref())).collect()
    }

    /// The example of the format's own page, in part.
    #[test]
    fn the_example_of_the_format_is_read() {
        let text = "\
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method=\"post\",code=\"200\"} 1027 1395066363000
http_requests_total{method=\"post\",code=\"400\"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path=\"C:\\\\DIR\\\\FILE.TXT\",error=\"Cannot find file:\\n\\\"FILE.TXT\\\"\"} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem=\"division by zero\"} +Inf -3982045

http_request_duration_seconds_bucket{le=\"+Inf\"} 144320
rpc_duration_seconds{quantile=\"0.01\"} NaN
";
        let all: Vec<_> = parse(text).collect();
        assert_eq!(all.len(), 7);
        assert_eq!(all[0].name, "http_requests_total");
        assert_eq!(of(&all[0]), [("method", "post"), ("code", "200")]);
        assert_eq!(all[0].value.to_bits(), 1027_f64.to_bits());
        assert_eq!(all[2].label("error"), "Cannot find file:\n\"FILE.TXT\"");
        assert_eq!(all[2].label("path"), "C:\\DIR\\FILE.TXT");
        assert_eq!(all[3].value.to_bits(), 12.47_f64.to_bits());
        assert!(all[4].value.is_infinite());
        assert_eq!(all[5].label("le"), "+Inf");
        assert_eq!(all[5].label("none"), "");
        assert!(all[6].value.is_nan());
    }

    #[test]
    fn spaces_commas_and_exemplars_do_no_harm() {
        for text in [
            "a { b = \"c\" , } 1",
            "a{b=\"c\",} 1 # {trace_id=\"KOO5S4vxi0o\"} 0.67",
            "  a{b=\"c\"}\t1  ",
        ] {
            let series = line(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((series.name, of(&series)), ("a", vec![("b", "c")]), "{text}");
        }
        assert_eq!(of(&line("a{} 1").unwrap()), []);
    }

    #[test]
    fn what_is_no_series_is_passed_over() {
        for text in [
            "",
            "# a 1",
            "a",
            "a x",
            "1a 1",
            "a{b=\"c\" 1",
            "a{b=\"c} 1",
            "a{b=c} 1",
            "a{b=\"c\"d=\"e\"} 1",
            "a{\"quoted name\"} 1",
            "<html><body>404</body></html>",
            "a{b=\"\\",
            "{",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_stands_there_is_survived(text in "[a{}\"\\\\=,# 1\n\u{e4}]{0,60}") {
            parse(&text).count();
        }

        #[test]
        fn every_value_of_a_label_comes_back(value in any::<String>()) {
            let written = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            // The format has no way to write one, and ends a line at it.
            prop_assume!(!value.contains('\r'));
            let text = format!("a{{b=\"{written}\"}} 1");
            let series = line(&text).unwrap();
            prop_assert_eq!(series.label("b"), value);
        }
    }
}
