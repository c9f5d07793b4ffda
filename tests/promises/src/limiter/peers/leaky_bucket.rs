//! leaky-bucket, refilled once a period, on the time of a tokio runtime.

use std::future::poll_fn;
use std::time::Duration;

use leaky_bucket::RateLimiter;
use tokio::runtime::{Builder, Runtime};

use super::super::Limiter;
use crate::outcome::Outcome;
use crate::polling::Boxed;

pub(crate) struct LeakyBucket {
    limiter: RateLimiter,
    runtime: Runtime,
}

impl LeakyBucket {
    /// Polled where the runtime is known.
    fn acquire_here(&self, permits: u32) -> Boxed<'_, ()> {
        let mut acquire = Box::pin(self.limiter.acquire(permits as usize));
        Box::pin(poll_fn(move |cx| {
            let _entered = self.runtime.enter();
            acquire.as_mut().poll(cx)
        }))
    }
}

impl Limiter for LeakyBucket {
    fn new(permits: u32, period: Duration) -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let permits = permits as usize;
        let limiter = {
            let _entered = runtime.enter();
            RateLimiter::builder()
                .max(permits)
                .initial(permits)
                .refill(permits)
                .interval(period)
                .build()
        };
        Self { limiter, runtime }
    }

    fn try_acquire(&self) -> bool {
        let _entered = self.runtime.enter();
        self.limiter.try_acquire(1)
    }

    fn acquire(&self) -> Boxed<'_, ()> {
        self.acquire_here(1)
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, ()>> {
        Ok(self.acquire_here(permits))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "its timer fires while its runtime runs"
    )]
    fn pass(&self, time: Duration) {
        self.runtime
            .block_on(async { tokio::time::sleep(time).await });
    }
}
