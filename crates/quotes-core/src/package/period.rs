//! When a period of a package is.

use jiff::civil::Date;

/// A month of every year, or a special time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodTime {
    /// 1 to 12.
    Month(i8),
    /// From one day to another in UTC, both included.
    Special(Date, Date),
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The month of an English name, whole or its first three letters (or four: "Sept").
pub(super) fn month(name: &str) -> Option<i8> {
    let name = name.trim().trim_end_matches('.').to_lowercase();
    let mut months = (1..).zip(MONTHS);
    let found = months.find(|(_, month)| name.len() >= 3 && month.starts_with(&name))?;
    Some(found.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_short_and_long_names() {
        for (name, expected) in [
            ("January", Some(1)),
            ("jan", Some(1)),
            (" MAY ", Some(5)),
            ("Sept.", Some(9)),
            ("Decem", Some(12)),
            ("Ma", None),
            ("Easter", None),
            ("", None),
        ] {
            assert_eq!(month(name), expected, "{name}");
        }
    }
}
