//! Notices through real channels: a mail server, an HTTP endpoint, files, the database.

mod killed;
mod mail;
mod moments;
mod page;
mod refused;
mod server_down;
mod stage;
mod webhooks;
