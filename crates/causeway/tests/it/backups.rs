//! A backup holds everything as it is at one moment, comes back as it was, and whatever is wrong with
//! it is found.

mod corruption;
mod disk;
mod dumps;
mod fixture;
mod kills;
mod making;
mod migrating;
mod permitted;
mod proving;
mod restoring;
