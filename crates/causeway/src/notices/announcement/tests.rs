//! What may come after what people were told.

use bson::DateTime;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Asked, Decision};
use crate::notices::moment::Moment::{self, After, Before, Cancelled, Changed, During, Failed};
use crate::notices::window::Window;
use crate::notices::{By, Notice};

const TWO: &str = "2026-11-26T02:00:00Z";
const FOUR: &str = "2026-11-26T04:00:00Z";

fn window(start: &str) -> Window {
    Window::new(start.parse().unwrap(), "15-30".parse().unwrap(), &TimeZone::UTC)
}

fn notice(moment: Moment, start: &str) -> Notice {
    Notice {
        id: format!("m/{moment}"),
        maintenance: "m".to_owned(),
        seq: 1,
        moment,
        subject: String::new(),
        text: String::new(),
        window: window(start),
        channels: Vec::new(),
        created_at: DateTime::from_millis(0),
        by: By { operator: "ann".to_owned(), host: "desk".to_owned() },
        run: None,
        in_app: None,
        deliveries: Vec::new(),
    }
}

/// At `now`, after a notice of this moment for two o'clock, in words.
fn decided(past: Option<Moment>, (moment, start): (Moment, Option<&str>), now: &str) -> String {
    let past: Vec<Notice> = past.into_iter().map(|moment| notice(moment, TWO)).collect();
    let asked = Asked {
        moment,
        start: start.map(|start| start.parse::<Timestamp>().unwrap()),
        minutes: None,
        run: None,
        minutes_usual: "15-30".parse().unwrap(),
        zone: TimeZone::UTC,
        now: now.parse().unwrap(),
    };
    match asked.decide(&past) {
        Ok(Decision::Repeat(notice)) => format!("repeat {}", notice.moment),
        Ok(Decision::Next(moment, window)) => format!("next {moment} {}", window.start()),
        Ok(Decision::First(moment, window)) => format!("first {moment} {}", window.start()),
        Err(failure) => format!("exit {}", failure.outcome.exit_code()),
    }
}

/// What people were told last, what is asked for, when, and what is decided.
type Case<'a> = (Option<Moment>, (Moment, Option<&'a str>), &'a str, &'a str);

#[test]
fn what_may_come_after_what_people_were_told() {
    let (early, late) = ("2026-11-26T01:00:00Z", "2026-11-26T03:00:00Z");
    let (next_two, next_four) = (format!("next changed {FOUR}"), format!("next during {TWO}"));
    let cases: [Case<'_>; 27] = [
        (None, (Before, Some(TWO)), early, &format!("first before {TWO}")),
        (None, (Before, Some(TWO)), late, "exit 2"),
        (None, (Before, None), early, "exit 2"),
        (None, (During, None), early, &format!("first during {early}")),
        (None, (After, None), early, "exit 3"),
        (None, (After, Some(TWO)), late, &format!("first after {TWO}")),
        (None, (Cancelled, None), early, "exit 3"),
        (Some(Before), (Before, Some(TWO)), early, "repeat before"),
        (Some(Before), (Before, None), early, "repeat before"),
        (Some(Before), (Before, Some(FOUR)), early, &next_two),
        (Some(Before), (Changed, Some(FOUR)), early, &next_two),
        (Some(Before), (Changed, None), early, "exit 3"),
        (Some(Changed), (Before, Some(TWO)), early, "repeat changed"),
        (Some(Before), (During, None), late, &format!("first during {late}")),
        (Some(Before), (During, None), early, &next_four),
        (Some(Before), (Cancelled, None), early, "next cancelled 2026-11-26T02:00:00Z"),
        // Nobody said how it went: the next one is another.
        (Some(Before), (Before, Some(FOUR)), late, &format!("first before {FOUR}")),
        (Some(Before), (After, None), late, &format!("next after {TWO}")),
        (Some(During), (Before, Some(FOUR)), late, "exit 3"),
        (Some(During), (During, None), late, "repeat during"),
        (Some(During), (Cancelled, None), late, "exit 3"),
        (Some(During), (Failed, None), late, &format!("next failed {TWO}")),
        (Some(After), (After, None), late, "repeat after"),
        (Some(After), (Failed, None), late, &format!("next failed {TWO}")),
        (Some(Cancelled), (Cancelled, None), early, "repeat cancelled"),
        (Some(Cancelled), (After, None), late, "exit 3"),
        (Some(Cancelled), (Before, Some(TWO)), early, &format!("first before {TWO}")),
    ];
    for (past, asked, now, expected) in cases {
        assert_eq!(decided(past, asked, now), expected, "{past:?}, then {asked:?}");
    }
}
