//! When a mail that may go another time is tried again: soon at first, then less and less often.

use std::time::Duration;

/// After each attempt. There is none after the last: it failed.
const MINUTES: [u64; 9] = [1, 5, 15, 60, 180, 360, 720, 1_440, 1_440];

/// How long to wait after this attempt, from 1; none when it was the last.
pub(super) fn after(attempt: u32) -> Option<Duration> {
    let index = usize::try_from(attempt.saturating_sub(1)).ok()?;
    MINUTES.get(index).map(|minutes| Duration::from_secs(minutes * 60))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::after;

    #[test]
    fn it_is_tried_for_days_and_not_for_ever() {
        let pauses: Vec<Duration> = (1..).map_while(after).collect();
        assert_eq!(pauses[0], Duration::from_secs(60));
        assert!(pauses.is_sorted());
        let hours = pauses.iter().sum::<Duration>().as_secs() / 3_600;
        assert!((48..120).contains(&hours), "{hours} hours");
        assert_eq!(after(10), None);
        assert_eq!(after(u32::MAX), None);
    }
}
