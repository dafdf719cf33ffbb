//! What happens when the program itself is wrong: one sentence, exit code 1, no wall of text.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{Write, stderr};
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};

use crate::failure::{Failure, Result};

/// Runs `work`; a panic in it becomes a failure.
///
/// # Errors
/// What `work` fails with.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    panic::set_hook(Box::new(say));
    // Nothing of what `work` left half-done is used afterwards.
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(Failure::unexpected("a bug in causeway ended the command").hint(
            "report it with the line that begins with `bug`; the journal tells how far a run came",
        ))
    })
}

fn say(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().unwrap_or("no message");
    let place = info.location().map_or_else(String::new, |at| format!(", at {at}"));
    let mut stream = stderr().lock();
    let _ = writeln!(stream, "bug       {message}{place}");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        let _ = writeln!(stream, "{backtrace}");
    }
}

#[cfg(test)]
mod tests {
    use causeway_core::outcome::Outcome;

    use super::guarded;

    #[test]
    fn a_panic_is_a_failure() {
        let failure = guarded::<()>(|| panic!("on purpose")).unwrap_err();
        assert_eq!(failure.outcome, Outcome::Failed);
        let _ = std::panic::take_hook();
    }
}
