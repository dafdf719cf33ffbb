//! The ugly shapes that quotes really have, by the sections of the list of shapes.

macro_rules! shapes {
    ($($(#[$doc:meta])* $section:literal $name:ident,)*) => {
        /// A way in which a quote differs from what the model says. Each is one difference in a
        /// document that is typical otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Shape {
            $($(#[$doc])* $name,)*
        }

        impl Shape {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The section of the list of shapes that it belongs to, 1 to 8.
            pub fn section(self) -> u8 {
                match self {
                    $(Self::$name => $section,)*
                }
            }
        }
    };
}

shapes! {
    /// An older quote: no `linkedPackage`, `priceHistory`, `title`, `destination`.
    1 OlderWithoutOptionals,
    /// `selectedEvents: []` although 010 never ran.
    1 NewerEmptySelectedEvents,
    /// `linkedPackage` has its two flags and no package.
    2 PackageFlagsOnly,
    /// `calculatedPrice` is 0.
    2 PackagePriceZero,
    /// `calculatedPrice` is null.
    2 PackagePriceNull,
    /// No `selectedTier`.
    2 PackageWithoutTier,
    /// `selectedEvents: null`.
    3 EventsNull,
    /// `selectedEvents` is a string.
    3 EventsString,
    /// `selectedEvents` is the one entry, without an array around it.
    3 EventsObject,
    /// `selectedEvents: 7`, a double.
    3 EventsNumber,
    /// `selectedEvents: [[]]`, which a query for `[]` matches.
    3 EventsNestedArrays,
    /// `selectedEvents: [null, "…", 7]`.
    3 EventsOfScalars,
    /// `selectedEvents` is an object with a zero timestamp, which the server rewrites at the top level.
    3 EventsZeroTimestamp,
    /// `selectedEvents` is nested so deeply that one level more can't be stored.
    3 EventsTooDeepToWrap,
    /// An entry whose `eventPrice` is null.
    3 EventPriceNull,
    /// An entry without `eventPrice`.
    3 EventPriceMissing,
    /// An entry whose `eventPrice` is a string.
    3 EventPriceString,
    /// An entry whose `eventId` is a string.
    3 EventIdString,
    /// An entry without `pricePerPerson`.
    3 EventFlagMissing,
    /// An entry without `addedAt`.
    3 EventDateMissing,
    /// An entry without `eventCurrency`.
    3 EventCurrencyMissing,
    /// The same event twice.
    3 EventsDuplicate,
    /// 25 entries.
    3 EventsTooMany,
    /// An entry in another currency than the quote's.
    3 EventsOtherCurrency,
    /// An entry whose event was deleted since.
    3 EventDeleted,
    /// No `activitiesIncluded`.
    4 ActivitiesAbsent,
    /// `activitiesIncluded: null`.
    4 ActivitiesNull,
    /// `activitiesIncluded: ""`.
    4 ActivitiesEmpty,
    /// `activitiesIncluded` of blanks.
    4 ActivitiesBlank,
    /// `activitiesIncluded` of one line.
    4 ActivitiesOneLine,
    /// `activitiesIncluded` as bullets on several lines.
    4 ActivitiesBullets,
    /// `activitiesIncluded` of paragraphs.
    4 ActivitiesParagraphs,
    /// `activitiesIncluded` with `\r\n`.
    4 ActivitiesCarriageReturns,
    /// `activitiesIncluded` of HTML.
    4 ActivitiesHtml,
    /// `activitiesIncluded` is a number.
    4 ActivitiesNumber,
    /// `activitiesIncluded` is an array of strings.
    4 ActivitiesArray,
    /// No `internalNotes`.
    4 NotesAbsent,
    /// `internalNotes: null`.
    4 NotesNull,
    /// `internalNotes: ""`.
    4 NotesEmpty,
    /// `internalNotes` of 1,000 characters, its limit.
    4 NotesAtLimit,
    /// `priceHistory: null`.
    5 HistoryNull,
    /// `priceHistory` is a string.
    5 HistoryString,
    /// Entries of `priceHistory` without `userId`.
    5 HistoryWithoutUser,
    /// An entry of `priceHistory` with a reason that nobody knows.
    5 HistoryUnknownReason,
    /// Entries of `priceHistory` with the reasons that 010 brings.
    5 HistoryNewReasons,
    /// No `totalPrice`.
    5 TotalMissing,
    /// `totalPrice` is a string.
    5 TotalString,
    /// `totalPrice` is 863.3100000001.
    5 TotalFloatNoise,
    /// `totalPrice` is not base plus events.
    5 TotalMismatch,
    /// `totalPrice` is a decimal.
    5 TotalDecimal,
    /// `totalPrice` is a 64-bit integer.
    5 TotalLong,
    /// `totalPrice` is NaN.
    5 TotalNan,
    /// `totalPrice` is -0.0.
    5 TotalNegativeZero,
    /// `arrivalDate` is a string.
    6 ArrivalString,
    /// No `arrivalDate`.
    6 ArrivalMissing,
    /// `arrivalDate` lies before 1970.
    6 ArrivalBefore1970,
    /// No `version`.
    6 VersionMissing,
    /// No `currency`.
    6 CurrencyMissing,
    /// No `createdBy`.
    6 CreatorMissing,
    /// `enquiryId` of an enquiry that was deleted.
    6 EnquiryDeleted,
    /// `createdBy` a user who was deleted.
    6 CreatorDeleted,
    /// `status: "accepted"`, which an older validator does not know.
    6 StatusAccepted,
    /// `status: "booked"`, which an older validator does not know.
    6 StatusBooked,
    /// `_id` is a string.
    7 IdString,
    /// `_id` is a 32-bit integer.
    7 IdInt,
    /// `_id` is a 64-bit integer.
    7 IdLong,
    /// `_id` is a double.
    7 IdDouble,
    /// `_id` is a decimal.
    7 IdDecimal,
    /// `_id` is a UUID.
    7 IdUuid,
    /// `_id` is a document.
    7 IdDocument,
    /// Fields that nobody knows.
    8 UnknownFields,
    /// Unknown fields of every type that BSON has.
    8 UnknownTypes,
    /// A zero timestamp in an unknown sub-document.
    8 NestedZeroTimestamp,
    /// An unknown field of 150 levels.
    8 DeeplyNested,
    /// Hundreds of kilobytes of history. At most a handful in a set, however large.
    8 Huge,
    /// Fields in an order that the model never writes, `selectedEvents` among the first.
    8 UnusualOrder,
    /// Counts and prices as doubles.
    8 CountsAsDoubles,
    /// Counts and prices as 64-bit integers.
    8 CountsAsLongs,
}

/// Rounds through all shapes between two huge documents: a million quotes get about five.
const HUGE_EVERY_ROUNDS: u64 = 100;

impl Shape {
    /// How many there are.
    pub(super) fn count() -> u64 {
        Self::ALL.len() as u64
    }

    /// This shape, or a smaller one instead in the rounds that get no huge document.
    pub(super) fn in_round(self, round: u64) -> Self {
        if self == Self::Huge && !round.is_multiple_of(HUGE_EVERY_ROUNDS) {
            Self::UnknownFields
        } else {
            self
        }
    }
}
