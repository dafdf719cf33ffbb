//! Guessing passwords is slow: wrong ones are counted by account and by address.
//!
//! Three budgets, each a number at once and then one in a while:
//!
//! | counted by | at once | then one in |
//! | --- | --- | --- |
//! | account and address | 5 | 30 s |
//! | address | 20 | 3 s |
//! | account, from everywhere | 20 | 30 s |
//!
//! The last one is against guesses from many addresses, and lets whoever makes them keep others out of an
//! account. So it does not count for an address from which its owner signed in within the last day.

use std::{
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter, clock::DefaultClock, middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use moka::sync::Cache;

use super::{Fingerprint, refusal};
use crate::failure::Failure;

const KEYS_MAX: u64 = 10_000;
const TRUSTED: Duration = Duration::from_secs(24 * 3_600);

type Pair = (Fingerprint, IpAddr);

/// All budgets. An account is known by the fingerprint of its e-mail address, whether there is one or not.
#[derive(Debug)]
pub(super) struct Throttle {
    pairs: Budget<Pair>,
    addresses: Budget<IpAddr>,
    accounts: Budget<Fingerprint>,
    trusted: Cache<Pair, ()>,
}

impl Throttle {
    pub(super) fn new() -> Self {
        const FEW: NonZeroU32 = NonZeroU32::new(5).expect("5 is not 0");
        const MANY: NonZeroU32 = NonZeroU32::new(20).expect("20 is not 0");
        Self {
            pairs: Budget::new(FEW, Duration::from_secs(30)),
            addresses: Budget::new(MANY, Duration::from_secs(3)),
            accounts: Budget::new(MANY, Duration::from_secs(30)),
            trusted: Cache::builder().max_capacity(KEYS_MAX).time_to_live(TRUSTED).build(),
        }
    }

    /// Whether a password may be tried.
    pub(super) fn admit(&self, account: Fingerprint, address: IpAddr) -> Result<(), Failure> {
        let pair = (account, address);
        let everywhere = match self.trusted.contains_key(&pair) {
            true => Duration::ZERO,
            false => self.accounts.wait(&account),
        };
        let wait = everywhere.max(self.pairs.wait(&pair)).max(self.addresses.wait(&address));
        if wait.is_zero() { Ok(()) } else { Err(refusal::too_many_attempts(wait)) }
    }

    /// It was wrong.
    pub(super) fn failed(&self, account: Fingerprint, address: IpAddr) {
        self.pairs.spend(&(account, address));
        self.addresses.spend(&address);
        self.accounts.spend(&account);
    }

    /// It was right.
    pub(super) fn succeeded(&self, account: Fingerprint, address: IpAddr) {
        self.trusted.insert((account, address), ());
    }
}

type Counter<K> =
    RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// So many at once, then one in a while. Looking does not spend.
#[derive(Debug)]
struct Budget<K: Hash + Eq + Clone + Send + Sync + 'static> {
    counter: Counter<K>,
    one_in: Duration,
    /// Until when there is nothing left, for those who have spent all.
    spent: Cache<K, Instant>,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static> Budget<K> {
    fn new(at_once: NonZeroU32, one_in: Duration) -> Self {
        let quota = Quota::with_period(one_in).unwrap_or(Quota::per_minute(at_once));
        let quota = quota.allow_burst(at_once);
        Self {
            counter: RateLimiter::keyed(quota).with_middleware(),
            one_in,
            spent: Cache::builder().max_capacity(KEYS_MAX).time_to_live(one_in).build(),
        }
    }

    fn wait(&self, key: &K) -> Duration {
        let until = self.spent.get(key);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    fn spend(&self, key: &K) {
        let left = self.counter.check_key(key).map_or(0, |state| state.remaining_burst_capacity());
        if left == 0 {
            self.spent.insert(key.clone(), Instant::now() + self.one_in);
        }
        if self.counter.len() > usize::try_from(KEYS_MAX).unwrap_or(usize::MAX) {
            self.counter.retain_recent();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Fingerprint, Throttle};

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn five_wrong_ones_from_an_address_close_the_account_for_it_and_nobody_else() {
        let throttle = Throttle::new();
        let account = Fingerprint::of("ann@agency.example");
        for _ in 0..5 {
            throttle.admit(account, address(1)).unwrap();
            throttle.failed(account, address(1));
        }
        let refused = throttle.admit(account, address(1)).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.code), (429, "TOO_MANY_ATTEMPTS"));
        let seconds = refused.retry_after.unwrap().as_secs();
        assert!((1..=30).contains(&seconds), "{seconds}");
        throttle.admit(account, address(2)).unwrap();
        throttle.admit(Fingerprint::of("bob@agency.example"), address(1)).unwrap();
    }

    #[test]
    fn an_address_that_tries_many_accounts_is_closed() {
        let throttle = Throttle::new();
        for n in 0..20 {
            throttle.failed(Fingerprint::of(&format!("{n}")), address(1));
        }
        throttle.admit(Fingerprint::of("another"), address(1)).unwrap_err();
        throttle.admit(Fingerprint::of("another"), address(2)).unwrap();
    }

    #[test]
    fn many_addresses_close_an_account_but_not_for_its_owner() {
        let throttle = Throttle::new();
        let account = Fingerprint::of("ann@agency.example");
        throttle.succeeded(account, address(250));
        for n in 0..20 {
            throttle.failed(account, address(n));
        }
        throttle.admit(account, address(251)).unwrap_err();
        throttle.admit(account, address(250)).unwrap();
    }
}
