//! What a quote costs: base, lines of events, total.

mod basis;
mod breakdown;
mod calculation;
mod line;

pub use basis::Basis;
pub use breakdown::Breakdown;
pub use calculation::{Calculation, EventChoice};
pub use line::{Line, Standing};
