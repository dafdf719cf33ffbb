//! Notices through real channels: a mail server, an HTTP endpoint, files, the database.

mod killed;
mod mail;
mod moments;
mod page;
mod refused;
mod server_down;
pub(crate) mod stage;
mod webhooks;
