//! Tests of `quotes-core` as programs use it.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod office;

mod creating;
mod differences;
mod documents;
mod editing;
mod life;
mod mails;
mod money;
mod packages;
mod pricing;
mod reading;
