//! The trip and what is not about money, as it is wanted.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::{
    Change, Changes, TripChanges,
    decide::Decision,
    text::{Lines, Need, TextField},
};
use crate::quote::{Quote, Trip};

const TITLE: TextField = TextField {
    key: "title",
    name: "title",
    characters_max: 200,
    lines: Lines::One,
    need: Need::Optional,
};
const DESTINATION: TextField = TextField {
    key: "destination",
    name: "destination",
    characters_max: 100,
    lines: Lines::One,
    need: Need::Optional,
};
const LEAD_NAME: TextField = TextField {
    key: "leadName",
    name: "name of the lead",
    characters_max: 100,
    lines: Lines::One,
    need: Need::Required,
};
const HOTEL_NAME: TextField = TextField {
    key: "hotelName",
    name: "name of the hotel",
    characters_max: 200,
    lines: Lines::One,
    need: Need::Required,
};
const WHATS_INCLUDED: TextField = TextField {
    key: "whatsIncluded",
    name: "list of what is included",
    characters_max: 2_000,
    lines: Lines::Many,
    need: Need::Required,
};
const INTERNAL_NOTES: TextField = TextField {
    key: "internalNotes",
    name: "notes",
    characters_max: 1_000,
    lines: Lines::Many,
    need: Need::Optional,
};

/// The years that a date can lie in.
const YEARS: std::ops::RangeInclusive<i16> = 1970..=2199;

impl Decision<'_> {
    /// Everything but price and events.
    pub(super) fn contents(&mut self, changes: &Changes, quote: &mut Quote) {
        self.enquiry(&changes.enquiry, quote);
        self.trip(&changes.trip, &mut quote.trip);
        let notes = quote.internal_notes.take();
        quote.internal_notes = self.text(&INTERNAL_NOTES, &changes.internal_notes, notes);
        quote.times.valid_until = match self.date("validUntil", &changes.valid_until) {
            Change::Set(date) => self.new_date("validUntil", date, quote.times.valid_until),
            Change::Clear => None,
            Change::Keep => quote.times.valid_until,
        };
        let activities = quote.activities_included.as_deref().map(super::sent::plain_lines);
        if matches!(&changes.activities, Change::Set(text) if Some(text) != activities.as_ref()) {
            let message =
                "What old quotes say of activities is kept as it is; choose events instead.";
            self.warn("ignored_field", "activitiesIncluded", message);
        }
    }

    fn enquiry(&mut self, change: &Change<bson::oid::ObjectId>, quote: &mut Quote) {
        match change {
            Change::Set(enquiry) => quote.enquiry = Some(*enquiry),
            Change::Keep if !self.is_new() => {}
            Change::Clear if quote.enquiry.is_none() && !self.is_new() => {}
            Change::Keep | Change::Clear => {
                self.missing("enquiryId", "Choose the enquiry that it answers.");
            }
        }
    }

    fn trip(&mut self, changes: &TripChanges, trip: &mut Trip) {
        trip.title = self.text(&TITLE, &changes.title, trip.title.take());
        trip.destination = self.text(&DESTINATION, &changes.destination, trip.destination.take());
        trip.lead_name = self.text(&LEAD_NAME, &changes.lead_name, trip.lead_name.take());
        trip.hotel_name = self.text(&HOTEL_NAME, &changes.hotel_name, trip.hotel_name.take());
        trip.whats_included =
            self.text(&WHATS_INCLUDED, &changes.whats_included, trip.whats_included.take());
        trip.people = self.count("numberOfPeople", (&changes.people, 100), trip.people);
        trip.rooms = self.count("numberOfRooms", (&changes.rooms, 50), trip.rooms);
        trip.nights = self.count("numberOfNights", (&changes.nights, 30), trip.nights);
        trip.arrival = self.arrival(&changes.arrival, trip.arrival);
        flag(&changes.is_super_package, &mut trip.is_super_package);
        flag(&changes.transfer_included, &mut trip.transfer_included);
    }

    /// A count from 1 to the most there can be.
    fn count(
        &mut self,
        key: &'static str,
        (change, most): (&Change<i64>, u32),
        present: Option<u32>,
    ) -> Option<u32> {
        let message = format!("Enter a whole number from 1 to {most}.");
        match change {
            Change::Set(count) if present.map(i64::from) == Some(*count) => present,
            Change::Set(count) => {
                let count = u32::try_from(*count).ok().filter(|count| (1..=most).contains(count));
                if count.is_none() {
                    self.problems.add("out_of_range", key, message);
                }
                count
            }
            Change::Keep if !self.is_new() => present,
            Change::Clear if present.is_none() && !self.is_new() => None,
            Change::Keep | Change::Clear => {
                self.missing(key, message);
                present
            }
        }
    }

    fn arrival(
        &mut self,
        change: &Change<Timestamp>,
        present: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match self.date("arrivalDate", change) {
            Change::Set(date) => self.new_date("arrivalDate", date, present),
            Change::Keep if !self.is_new() => present,
            Change::Clear if present.is_none() && !self.is_new() => None,
            Change::Keep | Change::Clear => {
                self.missing("arrivalDate", "Enter the date of arrival.");
                present
            }
        }
    }

    /// Nothing was sent where something is needed, unless what was sent had a problem of its own.
    pub(super) fn missing(&mut self, key: &'static str, message: impl Into<String>) {
        if !self.problems.concerns(key) {
            self.problems.add("required", key, message);
        }
    }

    fn date(&mut self, key: &str, change: &Change<Timestamp>) -> Change<Timestamp> {
        if let Change::Set(date) = change
            && !YEARS.contains(&day(*date).year())
        {
            self.problems.add("out_of_range", key, "Enter a date from 1970 to 2199.");
            return Change::Keep;
        }
        change.clone()
    }

    /// A date that differs from the present one can't lie in the past. Programs that know days only
    /// send the midnight of the present moment's day, which changes nothing.
    fn new_date(
        &mut self,
        key: &str,
        date: Timestamp,
        present: Option<Timestamp>,
    ) -> Option<Timestamp> {
        if let Some(present) = present
            && (present == date || midnight(present) == Some(date))
        {
            return Some(present);
        }
        if day(date) < day(self.now()) {
            self.problems.add("in_the_past", key, "Enter a date that is not in the past.");
        }
        Some(date)
    }
}

fn flag(change: &Change<bool>, present: &mut bool) {
    match change {
        Change::Keep => {}
        Change::Clear => *present = false,
        Change::Set(flag) => *present = *flag,
    }
}

/// The day in UTC.
pub(super) fn day(moment: Timestamp) -> civil::Date {
    moment.to_zoned(TimeZone::UTC).date()
}

fn midnight(moment: Timestamp) -> Option<Timestamp> {
    day(moment).to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
}
