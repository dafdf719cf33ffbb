//! Loopback ports that nobody listens on.

use std::{
    hash::{BuildHasher as _, RandomState},
    net::{Ipv4Addr, TcpListener},
};

use anyhow::{Context as _, Result};

/// Below the range from which the kernel takes ports for outgoing connections, so that a killed
/// server finds its port still free when it is restarted.
const RANGE: std::ops::Range<u16> = 16_000..32_000;
const ATTEMPTS_MAX: usize = 200;

/// A port that was free a moment ago. Another process may take it first: callers try again.
///
/// # Errors
///
/// When two hundred ports in a row were taken.
pub fn free_port() -> Result<u16> {
    (0..ATTEMPTS_MAX)
        .map(|attempt| {
            let random = RandomState::new().hash_one((std::process::id(), attempt));
            let width = u64::from(RANGE.end - RANGE.start);
            RANGE.start + u16::try_from(random % width).unwrap_or_default()
        })
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .with_context(|| format!("find a free port between {} and {}", RANGE.start, RANGE.end))
}
