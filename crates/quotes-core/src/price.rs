//! What a quote costs: base, lines of events, total.

mod basis;
mod breakdown;
mod line;

pub use basis::Basis;
pub use breakdown::Breakdown;
pub use line::{Line, Standing};
