//! governor, with a burst of all permits of a period.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use super::super::Limiter;
use crate::measure::let_them_wait;
use crate::outcome::Outcome;
use crate::polling::Boxed;

pub(crate) type Governor = DefaultDirectRateLimiter;

impl Limiter for Governor {
    fn new(permits: u32, period: Duration) -> Self {
        let burst = NonZeroU32::new(permits).expect("at least one");
        let quota = Quota::with_period(period / permits).expect("a period");
        RateLimiter::direct(quota.allow_burst(burst))
    }

    fn try_acquire(&self) -> bool {
        self.check().is_ok()
    }

    fn acquire(&self) -> Boxed<'_, ()> {
        Box::pin(self.until_ready())
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, ()>> {
        let permits = NonZeroU32::new(permits).expect("at least one");
        let until = self.until_n_ready(permits);
        Ok(Box::pin(async {
            until.await.expect("no more than a burst");
        }))
    }

    fn pass(&self, time: Duration) {
        let_them_wait(time);
    }
}
