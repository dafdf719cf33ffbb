//! Before, during and after: the three times whose figures are compared.

use causeway_core::runbook::Step;
use causeway_core::sample::Sample;
use serde::Serialize;

/// One of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Before the first change.
    Before,
    /// While documents are changed and compared.
    During,
    /// The day after.
    After,
}

impl Phase {
    pub(super) const ALL: [Self; 3] = [Self::Before, Self::During, Self::After];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Before => "Before",
            Self::During => "During",
            Self::After => "After",
        }
    }

    /// The phase of a look; none for what is neither, such as the making of a backup.
    pub(super) fn of(sample: &Sample) -> Option<Self> {
        match sample.step.as_str() {
            "baseline" => Some(Self::Before),
            "watch" => Some(Self::After),
            step if is_migrating(step) => Some(Self::During),
            _ => None,
        }
    }
}

/// Whether a step of this id changes documents or compares them.
pub(super) fn is_migrating(step: &str) -> bool {
    use causeway_core::runbook::Back;
    let back = [Back::Down, Back::Verify, Back::Restore].map(|back| Step::Back(back).id());
    ["up", "verify", "down"].contains(&step) || back.iter().any(|id| id == step)
}

/// The looks of a phase, in order.
pub(super) fn looks(samples: &[Sample], phase: Phase) -> impl Iterator<Item = &Sample> {
    samples.iter().filter(move |sample| Phase::of(sample) == Some(phase))
}
