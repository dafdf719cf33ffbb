//! The outbox is sent through a real mail server: everything once, whatever happens.

mod office;

mod arriving;
mod encrypted;
mod failing;
mod killed;
mod resending;
mod serving;
mod sharing;
mod telling;
