//! `causeway report`.

mod alone;
mod backing;
mod hostile;
mod measured;
mod noted;
mod past;
mod people;
mod real;
mod shown;
