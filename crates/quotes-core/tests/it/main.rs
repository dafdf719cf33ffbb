//! Tests of `quotes-core` as programs use it.

mod mails;
mod reading;
