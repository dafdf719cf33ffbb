//! Notices as e-mail: one message for each recipient.

pub(super) mod message;
