//! What stands behind the `?` of a list: read whole, with everything that is wrong with it.

use bson::{DateTime, oid::ObjectId};
use jiff::{civil::Date, tz::TimeZone};

use crate::{
    answer::Warning,
    failure::{Detail, Failure},
    store::listing::{Deleted, Order, Sort, Wanted},
};

/// The most quotes on a page.
pub(super) const LIMIT_MAX: usize = 100;
/// As many as one sees at once.
const LIMIT_DEFAULT: usize = 25;
/// The most letters to search for.
const SEARCH_CHARACTERS_MAX: usize = 200;
/// The longest name of a destination.
const DESTINATION_CHARACTERS_MAX: usize = 100;
const STATUSES: [&str; 5] = ["draft", "sent", "updated", "accepted", "booked"];

/// A list that can be asked for, and what is odd about the question.
#[derive(Debug, Default)]
pub(crate) struct Query {
    pub(crate) wanted: Wanted,
    pub(super) totals: bool,
    pub(super) warnings: Vec<Warning>,
    sort: Option<Sort>,
    problems: Vec<Detail>,
}

impl Query {
    /// Reads all parameters.
    pub(crate) fn read(parameters: Vec<(String, String)>) -> Result<Self, Failure> {
        let mut query = Self::default();
        query.wanted.limit = LIMIT_DEFAULT;
        for (name, value) in parameters {
            query.take(&name, value.trim());
        }
        if !query.problems.is_empty() {
            return Err(Failure::invalid("VALIDATION_ERROR", query.problems));
        }
        let filter = &query.wanted.filter;
        let by_date = filter.arrival_from.is_some() || filter.arrival_to.is_some();
        // Who looks for dates wants to see them in their order, and that index has them together.
        let usual = if by_date { Sort::Arrival } else { Sort::Updated };
        query.wanted.sort = query.sort.unwrap_or(usual);
        Ok(query)
    }

    /// A parameter without a value is as good as absent: forms send them.
    fn take(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        match name {
            "search" => self.search(value),
            "status" => self.statuses(value),
            "destination" => self.destination(value),
            "event" => self.wanted.filter.event = self.id(name, value),
            "createdBy" => self.wanted.filter.created_by = self.id(name, value),
            "arrivalFrom" => self.wanted.filter.arrival_from = self.date(name, value, "00:00:00"),
            "arrivalTo" => self.wanted.filter.arrival_to = self.date(name, value, "23:59:59.999"),
            "deleted" => self.deleted(value),
            "sort" => self.sort(value),
            "order" => self.order(value),
            "limit" => self.limit(value),
            "cursor" => self.wanted.cursor = Some(value.to_owned()),
            "totals" => self.totals(value),
            unknown => self.warnings.push(Warning {
                code: "unknown_parameter".to_owned(),
                field: Some(unknown.to_owned()),
                message: "nothing is known of this parameter, so it changed nothing".to_owned(),
            }),
        }
    }

    fn problem(&mut self, field: &str, code: &str, message: impl Into<String>) {
        let (field, code) = (field.to_owned(), code.to_owned());
        self.problems.push(Detail { field, code, message: message.into() });
    }

    fn search(&mut self, value: &str) {
        if value.chars().count() > SEARCH_CHARACTERS_MAX {
            let message = format!("search for at most {SEARCH_CHARACTERS_MAX} characters");
            self.problem("search", "too_long", message);
        }
        self.wanted.search = Some(value.to_owned());
    }

    fn statuses(&mut self, value: &str) {
        for status in value.split(',').map(str::trim) {
            if !STATUSES.contains(&status) {
                let message = format!("a status is one of {}", STATUSES.join(", "));
                self.problem("status", "unknown", message);
            } else if !self.wanted.filter.statuses.iter().any(|known| known == status) {
                self.wanted.filter.statuses.push(status.to_owned());
            }
        }
    }

    fn destination(&mut self, value: &str) {
        if value.chars().count() > DESTINATION_CHARACTERS_MAX {
            let message =
                format!("a destination has at most {DESTINATION_CHARACTERS_MAX} characters");
            self.problem("destination", "too_long", message);
        }
        self.wanted.filter.destination = Some(value.to_owned());
    }

    fn id(&mut self, name: &str, value: &str) -> Option<ObjectId> {
        let id = ObjectId::parse_str(value).ok();
        if id.is_none() {
            self.problem(name, "malformed", "an id has 24 hexadecimal digits");
        }
        id
    }

    fn date(&mut self, name: &str, value: &str, time: &str) -> Option<DateTime> {
        let date = value.parse::<Date>().ok().filter(|date| (1900..=2199).contains(&date.year()));
        let moment = date.and_then(|date| {
            let at = date.to_datetime(time.parse().ok()?);
            at.to_zoned(TimeZone::UTC).ok()
        });
        if moment.is_none() {
            self.problem(name, "not_a_date", "a date looks like 2026-05-31, from 1900 to 2199");
        }
        moment.map(|at| DateTime::from_millis(at.timestamp().as_millisecond()))
    }

    fn deleted(&mut self, value: &str) {
        self.wanted.filter.deleted = match value {
            "no" => Deleted::No,
            "only" => Deleted::Only,
            _ => return self.problem("deleted", "unknown", "say `no` or `only`"),
        };
    }

    fn sort(&mut self, value: &str) {
        self.sort = Some(match value {
            "updated" => Sort::Updated,
            "created" => Sort::Created,
            "arrival" => Sort::Arrival,
            "total" => Sort::Total,
            _ => {
                let message = "sort by `updated`, `created`, `arrival` or `total`";
                return self.problem("sort", "unknown", message);
            }
        });
    }

    fn order(&mut self, value: &str) {
        self.wanted.order = match value {
            "asc" => Order::Ascending,
            "desc" => Order::Descending,
            _ => return self.problem("order", "unknown", "say `asc` or `desc`"),
        };
    }

    fn limit(&mut self, value: &str) {
        match value.parse() {
            Ok(limit @ 1..=LIMIT_MAX) => self.wanted.limit = limit,
            _ => {
                let message = format!("a page has 1 to {LIMIT_MAX} quotes");
                self.problem("limit", "out_of_range", message);
            }
        }
    }

    fn totals(&mut self, value: &str) {
        match value {
            "true" => self.totals = true,
            "false" => self.totals = false,
            _ => self.problem("totals", "not_a_flag", "say `true` or `false`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Query, Sort};

    fn read(text: &str) -> Result<Query, crate::failure::Failure> {
        let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Query::read(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let wrong = "status=draft,lost&event=7&arrivalFrom=31.5.2026&arrivalTo=2026-02-30\
                     &createdBy=me&deleted=yes&sort=name&order=up&limit=0&totals=1";
        let failure = read(wrong).unwrap_err();
        let fields: Vec<&str> = failure.details.iter().map(|it| it.field.as_str()).collect();
        let named = [
            "status",
            "event",
            "arrivalFrom",
            "arrivalTo",
            "createdBy",
            "deleted",
            "sort",
            "order",
            "limit",
            "totals",
        ];
        assert_eq!(fields, named);
    }

    #[test]
    fn dates_are_listed_in_their_order_unless_another_is_asked_for() {
        let sort = |text| read(text).unwrap().wanted.sort;
        assert_eq!(sort("limit=5"), Sort::Updated);
        assert_eq!(sort("arrivalFrom=2026-05-01"), Sort::Arrival);
        assert_eq!(sort("arrivalFrom=2026-05-01&sort=total"), Sort::Total);
    }

    #[test]
    fn several_statuses_are_one_filter_and_unknown_parameters_are_said() {
        let query = read("status=draft&status=sent,draft&search=&page=2").unwrap();
        assert_eq!(query.wanted.filter.statuses, ["draft", "sent"]);
        assert_eq!(query.wanted.search, None);
        assert_eq!(query.warnings[0].field.as_deref(), Some("page"));
    }
}
