//! tokio-util's queue, with a runtime for its timer.

use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio_util::time::DelayQueue as Queue;
use tokio_util::time::delay_queue::{Expired, Key};

use super::super::DelayQueue;

pub(crate) struct TokioUtil {
    queue: Queue<usize>,
    runtime: Runtime,
}

impl DelayQueue for TokioUtil {
    type Token = Key;

    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let queue = {
            let _entered = runtime.enter();
            Queue::new()
        };
        Self { queue, runtime }
    }

    fn insert_at(&mut self, at: Instant, item: usize) -> Key {
        let _entered = self.runtime.enter();
        self.queue.insert_at(item, at.into())
    }

    fn insert_in(&mut self, delay: Duration, item: usize) -> Key {
        let _entered = self.runtime.enter();
        self.queue.insert(item, delay)
    }

    fn reset_at(&mut self, token: &Key, at: Instant) -> bool {
        let _entered = self.runtime.enter();
        self.queue.reset_at(token, at.into());
        true
    }

    fn remove(&mut self, token: &Key) -> Option<usize> {
        let _entered = self.runtime.enter();
        self.queue.try_remove(token).map(Expired::into_inner)
    }

    fn clear(&mut self) {
        let _entered = self.runtime.enter();
        self.queue.clear();
    }

    /// It is at its end whenever it is empty.
    fn end(&mut self) {}

    fn poll(&mut self, waker: &Waker) -> Poll<Option<usize>> {
        let _entered = self.runtime.enter();
        let expired = self.queue.poll_expired(&mut Context::from_waker(waker));
        expired.map(|expired| expired.map(Expired::into_inner))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "its timer fires while its runtime runs"
    )]
    fn pass(&mut self, time: Duration) {
        self.runtime
            .block_on(async { tokio::time::sleep(time).await });
    }
}
