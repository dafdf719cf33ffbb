//! Dies at a chosen point of a chosen step, so that tests can try every one of them.

/// Where in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    /// That it begins is written down; nothing is done.
    Begun,
    /// It is done; nothing says so.
    Done,
    /// Its evidence is written down.
    Evident,
}

/// Dies as by SIGKILL, where `CAUSEWAY_DIE_AT_STEP` names this point as `done:up`.
#[cfg(feature = "fault-points")]
pub(super) fn point(point: Point, step: &str) {
    let word = match point {
        Point::Begun => "begun",
        Point::Done => "done",
        Point::Evident => "evident",
    };
    let wanted = std::env::var("CAUSEWAY_DIE_AT_STEP").unwrap_or_default();
    if wanted == format!("{word}:{step}") {
        let me = rustix::process::getpid();
        let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
    }
}

#[cfg(not(feature = "fault-points"))]
pub(super) const fn point(_point: Point, _step: &str) {}
