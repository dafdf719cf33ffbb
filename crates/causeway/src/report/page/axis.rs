//! Places on an axis where a line and a number help.

use serde::Serialize;

/// Lines above zero.
const LINES: f64 = 4.0;
/// Steps between times that people count in, in seconds.
const TIME_STEPS: [f64; 19] = [
    0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0,
    7_200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0,
];

/// A place on an axis.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Tick {
    /// From 0 at the axis' begin to 100 at its end.
    pub(super) percent: f64,
    pub(super) label: String,
}

/// Ticks of an axis of values from 0 on, and where it ends: at the first one above the largest.
pub(super) fn values(largest: f64) -> (f64, Vec<Tick>) {
    let step = round_step(if largest > 0.0 { largest / LINES } else { 0.25 });
    let lines = (largest / step).ceil().max(1.0);
    let top = lines * step;
    let mut ticks = Vec::new();
    let mut line = 0.0;
    while line <= lines {
        ticks.push(Tick { percent: 100.0 * line / lines, label: value_label(line * step, step) });
        line += 1.0;
    }
    (top, ticks)
}

/// 1, 2, 2.5 or 5 times a power of ten, at least so much.
fn round_step(at_least: f64) -> f64 {
    let power = 10_f64.powf(at_least.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= at_least * 0.999);
    factor.unwrap_or(10.0) * power
}

/// `1.2M`, `250k`, `40`, `0.25`.
fn value_label(value: f64, step: f64) -> String {
    let short = |value: f64, unit: &str| {
        let text = format!("{value:.2}");
        format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
    };
    if value >= 1_000_000.0 {
        return short(value / 1_000_000.0, "M");
    }
    if value >= 1_000.0 {
        return short(value / 1_000.0, "k");
    }
    if step < 1.0 || step.fract() > 0.0 { short(value, "") } else { format!("{value:.0}") }
}

/// Ticks of an axis of seconds from 0 on, at most so many above zero.
pub(super) fn times(seconds: f64, ticks_max: f64) -> Vec<Tick> {
    let zero = Tick { percent: 0.0, label: "0".to_owned() };
    if seconds <= 0.0 {
        return vec![zero];
    }
    let fits = |step: &f64| seconds / step <= ticks_max;
    let step = TIME_STEPS.into_iter().find(fits).unwrap_or(seconds / ticks_max);
    let mut ticks = vec![zero];
    let mut at = step;
    while at <= seconds * 1.001 {
        let percent = (100.0 * at / seconds).min(100.0);
        ticks.push(Tick { percent, label: time_label(at) });
        at += step;
    }
    ticks
}

/// `0.5 s`, `40 s`, `5 min`, `6 h`.
fn time_label(seconds: f64) -> String {
    let whole = |value: f64| value.fract().abs() < 0.001;
    if seconds < 60.0 {
        return if whole(seconds) { format!("{seconds:.0} s") } else { format!("{seconds:.1} s") };
    }
    if seconds < 3_600.0 || !whole(seconds / 3_600.0) {
        return format!("{:.0} min", seconds / 60.0);
    }
    format!("{:.0} h", seconds / 3_600.0)
}

#[cfg(test)]
mod tests {
    use super::{times, values};

    fn labels(ticks: &[super::Tick]) -> String {
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn numbers_are_round_and_none_is_above_the_axis() {
        for (largest, wanted) in [
            (0.0, "0 0.25"),
            (0.37, "0 0.1 0.2 0.3 0.4"),
            (84.0, "0 25 50 75 100"),
            (100_000.0, "0 25k 50k 75k 100k"),
            (1_000_000.0, "0 250k 500k 750k 1M"),
        ] {
            let (top, ticks) = values(largest);
            assert_eq!(labels(&ticks), wanted, "{largest}");
            assert!(top >= largest, "{top} {largest}");
        }
    }

    #[test]
    fn times_are_those_that_people_count_in() {
        assert_eq!(labels(&times(21.3, 5.0)), "0 5 s 10 s 15 s 20 s");
        assert_eq!(labels(&times(86_400.0, 2.0)), "0 12 h 24 h");
        assert_eq!(labels(&times(300.0, 2.0)), "0 5 min");
        assert_eq!(labels(&times(0.0, 2.0)), "0");
    }
}
