//! async-ratelimiter, with its log of stamps.

use std::num::NonZeroU32;
use std::time::Duration;

use async_ratelimiter::RateLimiter;

use super::Limiter;
use crate::measure::let_them_wait;
use crate::outcome::Outcome;
use crate::polling::Boxed;

pub(crate) type Ours = RateLimiter;

impl Limiter for Ours {
    fn new(permits: u32, period: Duration) -> Self {
        Self::new(NonZeroU32::new(permits).expect("at least one"), period)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire().is_ok()
    }

    fn acquire(&self) -> Boxed<'_, ()> {
        let acquire = self.acquire();
        Box::pin(async { acquire.await.expect("it is open") })
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, ()>> {
        let acquire = self.acquire_many(permits);
        Ok(Box::pin(async { acquire.await.expect("it is open") }))
    }

    fn pass(&self, time: Duration) {
        let_them_wait(time);
    }
}
