//! How the price moved, drawn: steps over time, with a dot at each.

use askama::{Template, filters::HtmlSafe};
use jiff::{Timestamp, tz::TimeZone};
use quotes_core::{money::Money, price::Breakdown, quote::Quote};

/// More would be a blur.
const MOVES_MAX: usize = 100;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 632.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 134.0;

/// The drawing, in SVG.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/price-chart.html")]
pub(super) struct Chart {
    label: String,
    line: String,
    fill: String,
    grid: String,
    dots: Vec<(f64, f64)>,
    amounts: Vec<(f64, String)>,
    dates: Vec<(f64, &'static str, String)>,
}

impl HtmlSafe for Chart {}

impl Chart {
    /// Of what can be read of the history; a single price is no movement.
    pub(super) fn of(quote: &Quote, price: &Breakdown) -> Option<Self> {
        let mut moves: Vec<(Timestamp, Money)> = quote
            .history
            .iter()
            .filter_map(|entry| Some((entry.at?, entry.price?)))
            .filter(|(_, total)| total.currency() == price.currency && !total.is_negative())
            .collect();
        moves.sort_by_key(|(at, _)| *at);
        let moves = moves.split_off(moves.len().saturating_sub(MOVES_MAX));
        let ((begin, first), (end, _)) = (*moves.first()?, *moves.last()?);
        if moves.len() < 2 || begin == end {
            return None;
        }
        let highest = moves.iter().map(|(_, total)| total.minor()).max()?;
        let top = round_up(highest);
        let across = Across { begin: seconds(begin), end: seconds(end) };
        let points: Vec<(f64, f64)> = moves
            .iter()
            .map(|(at, total)| (across.x(seconds(*at)), height(total.minor(), top)))
            .collect();
        let line = stepped(&points);
        let fill = format!("{line}V{BOTTOM:.1}H{:.1}Z", points.first()?.0);
        let marks = [0, top / 2, top];
        let grid = marks.iter().map(|it| format!("M{LEFT:.0} {:.1}H{RIGHT:.0}", height(*it, top)));
        let amounts = marks.iter().filter_map(|minor| {
            let amount = Money::from_minor(*minor, price.currency)?.to_string();
            let whole = amount.strip_suffix(".00").map(str::to_owned);
            Some((height(*minor, top) + 4.0, whole.unwrap_or(amount)))
        });
        // Of one day the times say more.
        let is_short = end.duration_since(begin).as_hours() < 48;
        let format = if is_short { "%-d %b %Y, %H:%M UTC" } else { "%-d %b %Y" };
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime(format).to_string();
        Some(Self {
            label: format!(
                "The total went from {first} on {} to {} on {}, in {} steps. The table below has the same numbers.",
                day(begin),
                moves.last()?.1,
                day(end),
                moves.len()
            ),
            fill,
            grid: grid.collect(),
            dots: points,
            amounts: amounts.collect(),
            dates: vec![(LEFT, "start", day(begin)), (RIGHT, "end", day(end))],
            line,
        })
    }
}

/// From moments to places.
struct Across {
    begin: f64,
    end: f64,
}

impl Across {
    fn x(&self, at: f64) -> f64 {
        LEFT + (at - self.begin) / (self.end - self.begin) * (RIGHT - LEFT)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is some hours")]
fn seconds(at: Timestamp) -> f64 {
    at.as_second() as f64
}

#[expect(clippy::cast_precision_loss, reason = "a pixel is some pounds")]
fn height(minor: i64, top: i64) -> f64 {
    BOTTOM - minor as f64 / top.max(1) as f64 * (BOTTOM - TOP)
}

/// The next of 1, 2, 5, 10, 20, … whole units that is not below it.
fn round_up(minor: i64) -> i64 {
    let mut unit: i64 = 100;
    loop {
        let tops = [1, 2, 5].map(|factor| unit.saturating_mul(factor));
        if let Some(top) = tops.into_iter().find(|top| *top >= minor) {
            return top;
        }
        unit = unit.saturating_mul(10);
    }
}

fn stepped(points: &[(f64, f64)]) -> String {
    let mut line = String::new();
    for (position, (x, y)) in points.iter().enumerate() {
        let step = match position {
            0 => format!("M{x:.1} {y:.1}"),
            _ => format!("H{x:.1}V{y:.1}"),
        };
        line.push_str(&step);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{height, round_up, stepped};

    #[test]
    fn the_scale_ends_at_a_round_amount_above_all() {
        let tops = [1, 100, 101, 30_740, 99_900, 100_001].map(round_up);
        assert_eq!(tops, [100, 100, 200, 50_000, 100_000, 200_000]);
        assert!((height(0, 100) - 134.0).abs() < 0.01 && (height(100, 100) - 10.0).abs() < 0.01);
    }

    #[test]
    fn a_price_stands_until_it_moves() {
        assert_eq!(stepped(&[(1.0, 2.0), (3.0, 4.0)]), "M1.0 2.0H3.0V4.0");
    }
}
