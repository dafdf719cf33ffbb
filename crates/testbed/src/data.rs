//! Data like production.
