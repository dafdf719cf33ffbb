//! Dies at a chosen point of a delivery, so that tests can try every one of them.

/// A point of a delivery.
#[derive(Debug, Clone, Copy)]
pub(super) enum Point {
    /// `sending` is stored; nothing went out.
    Claimed,
    /// `handed_over` is stored; nothing of the text went out.
    HandedOver,
    /// The receiver has it; that is not stored.
    Answered,
    /// How it ended is stored.
    Settled,
}

/// Dies as by SIGKILL when the environment names this delivery, from 1, and this point.
#[cfg(feature = "fault-points")]
pub(super) fn at(delivery: usize, point: Point) {
    let word = match point {
        Point::Claimed => "claimed",
        Point::HandedOver => "handed_over",
        Point::Answered => "answered",
        Point::Settled => "settled",
    };
    let named = std::env::var("CAUSEWAY_DIE_AT_DELIVERY").ok();
    if named.is_some_and(|named| named == format!("{delivery}:{word}")) {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

#[cfg(not(feature = "fault-points"))]
pub(super) const fn at(_delivery: usize, _point: Point) {}
