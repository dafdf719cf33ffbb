//! What a quote is: its document, its money, its price and how it came about, its life, its e-mail.
//!
//! Everything here is pure: no I/O, no clock, no database. The program that acts is `quotes`.

pub mod money;

pub mod reading;

pub mod event;
pub mod package;
pub mod quote;

pub mod price;

pub mod life;
pub mod problem;

pub mod changes;
pub mod document;

pub mod difference;
pub mod fold;

pub mod mail;
