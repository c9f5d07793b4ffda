//! What "n per period" means: the policies, and what each remembers of the past.

mod gcra;
mod quantized;
mod sliding_log;

pub use gcra::Gcra;
pub use quantized::QuantizedLog;
pub use sliding_log::SlidingLog;

use std::fmt;

/// The rule by which a limiter counts: [`SlidingLog`], [`Gcra`] or [`QuantizedLog`].
///
/// | policy | most grants in a window of `per` | memory | take it when |
/// |---|---|---|---|
/// | [`SlidingLog`] | `n`, exactly | 16 bytes per stamp | the limit is a promise to somebody |
/// | [`Gcra::never_exceed`] | `n`, exactly | 16 bytes | grants should be spread evenly |
/// | [`Gcra::smooth`] | `n + burst − 1` | 16 bytes | only the long-run rate matters |
/// | [`QuantizedLog`] | `n`, exactly | about 1 KiB | `n` is large, `per / 256` more is no matter |
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_ratelimiter::{Gcra, RateLimiter};
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// let (n, burst) = (NonZeroU32::new(100).unwrap(), NonZeroU32::new(10).unwrap());
/// let limiter = RateLimiter::builder(n, Duration::from_secs(1))
///     .policy(Gcra::never_exceed(burst))
///     .build();
/// assert!(limiter.try_acquire().is_ok());
/// ```
pub trait Policy: Algorithm {}

impl<A: Algorithm> Policy for A {}

/// "`limit` per `per`", the period in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(unnameable_types, reason = "sealed: an argument of `Algorithm`")]
pub struct Quota {
    /// 0 pauses the limiter.
    pub limit: u32,
    /// Not 0; [`NEVER`](crate::time::NEVER) for a period that never ends.
    pub per: u64,
}

/// The private side of [`Policy`].
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait Algorithm: Clone + fmt::Debug + Send + Sync + 'static {
    /// What it remembers.
    type Ledger: Ledger;

    /// Works out what follows from a quota.
    fn terms(&self, quota: Quota) -> <Self::Ledger as Ledger>::Terms;
}

/// What a policy works out once per quota.
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait Terms: Copy + fmt::Debug + Send + Sync + 'static {
    /// The most permits that one request can ever be granted.
    fn capacity(&self) -> u32;
}

/// What a policy remembers of the past: plain data under the limiter's lock.
///
/// Instants are nanoseconds on the limiter's time line.
/// They may go back a little from call to call: threads read the clock before they lock.
/// Then a permit is entered with the newest stamp there is, which is later than its own.
/// `held` are permits granted but not stamped yet; the ledger does not know them.
/// [`expire`](Self::expire) has been called with the same `now` before any method that takes it;
/// for the `at` of `record` it may not have been.
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait Ledger: Default + fmt::Debug + Send + 'static {
    /// What follows from the quota.
    type Terms: Terms;

    /// Forgets what `now` no longer counts.
    fn expire(&mut self, terms: &Self::Terms, now: u64);

    /// How many permits may be granted now, beside those held.
    ///
    /// Does not fall as time goes on, unless something is recorded or the terms change.
    fn room(&self, terms: &Self::Terms, now: u64, held: u32) -> u32;

    /// Whether `permits` may be granted now, beside those held.
    #[inline]
    fn fits(&self, terms: &Self::Terms, now: u64, held: u32, permits: u32) -> bool {
        permits <= self.room(terms, now, held)
    }

    /// Enters permits stamped `at`.
    fn record(&mut self, terms: &Self::Terms, at: u64, permits: u32);

    /// When `permits` will fit if those held are neither stamped nor given back;
    /// [`NEVER`](crate::time::NEVER) if they don't.
    fn ready_at(&self, terms: &Self::Terms, now: u64, held: u32, permits: u32) -> u64;

    /// When the last of `queue` is granted, if those held are stamped now and each of the queue
    /// when it is granted; [`NEVER`](crate::time::NEVER) if one of them is never.
    fn forecast(
        &self,
        terms: &Self::Terms,
        now: u64,
        held: u32,
        queue: impl Iterator<Item = u32>,
    ) -> u64;

    /// Takes back the newest permits, `permits` at most; says how many there were.
    fn refund(&mut self, terms: &Self::Terms, now: u64, permits: u32) -> u32;

    /// How many permits count at present.
    fn in_window(&self, terms: &Self::Terms, now: u64) -> u32;

    /// Goes over to other terms.
    fn change(&mut self, old: &Self::Terms, new: &Self::Terms, now: u64);

    /// From when on it says the same as a new one, if nothing is recorded until then.
    fn blank_at(&self, terms: &Self::Terms) -> u64;
}
