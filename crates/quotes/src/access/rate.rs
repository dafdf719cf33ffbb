//! No single person or address takes the whole server: so many requests in a second, and twice as
//! many at once.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use bson::oid::ObjectId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};

use super::refusal;
use crate::failure::Failure;

const KEYS_MAX: usize = 10_000;
/// Counting the keys costs more than a request: it is done now and then.
const REQUESTS_BETWEEN_LOOKS: u32 = 1_024;

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    User(ObjectId),
    Address(IpAddr),
}

/// How many requests of each source are taken.
#[derive(Debug)]
pub(super) struct Rate {
    limiter: Option<DefaultKeyedRateLimiter<Source>>,
    requests: AtomicU32,
}

impl Rate {
    /// 0 takes all.
    pub(super) fn per_second(requests: u32) -> Self {
        let limiter = NonZeroU32::new(requests).map(|each| {
            RateLimiter::keyed(Quota::per_second(each).allow_burst(each.saturating_mul(TWO)))
        });
        Self { limiter, requests: AtomicU32::new(0) }
    }

    /// Counts one.
    pub(super) fn take(&self, source: &Source) -> Result<(), Failure> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        let n = self.requests.fetch_add(1, Ordering::Relaxed);
        if n.is_multiple_of(REQUESTS_BETWEEN_LOOKS) && limiter.len() > KEYS_MAX {
            limiter.retain_recent();
        }
        limiter.check_key(source).map_err(|not_until| {
            refusal::rate_limited(not_until.wait_time_from(limiter.clock().now()))
        })
    }
}

const TWO: NonZeroU32 = NonZeroU32::new(2).expect("2 is not 0");

#[cfg(test)]
mod tests {
    use super::{Rate, Source};

    #[test]
    fn each_source_has_twice_as_many_at_once_as_in_a_second() {
        let rate = Rate::per_second(5);
        let [one, other] = [1, 2].map(|last| Source::Address([192, 0, 2, last].into()));
        let taken = (0..1_000).take_while(|_| rate.take(&one).is_ok()).count();
        assert!((10..20).contains(&taken), "{taken}");
        assert_eq!(rate.take(&one).unwrap_err().code, "RATE_LIMITED");
        rate.take(&other).unwrap();
        let unlimited = Rate::per_second(0);
        assert!((0..10_000).all(|_| unlimited.take(&one).is_ok()));
    }
}
