//! `causeway report`.

mod alone;
mod hostile;
mod measured;
mod noted;
mod past;
mod pictures;
mod shown;
