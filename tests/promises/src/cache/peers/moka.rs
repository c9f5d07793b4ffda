//! moka's async cache.

use std::task::Waker;

use moka::future::Cache as MokaCache;

use super::super::{Cache, Call, Failed, Load, Value};
use crate::outcome::Outcome;
use crate::polling::{Boxed, poll};

pub(crate) type Moka = MokaCache<u64, Value>;

/// What has to wait there is polled until it is done: it waits for other threads only.
fn done<T>(mut future: Boxed<'_, T>) -> T {
    loop {
        if let std::task::Poll::Ready(output) = poll(&mut future, Waker::noop()) {
            return output;
        }
        std::thread::yield_now();
    }
}

impl Cache for Moka {
    fn new() -> Self {
        Self::builder().build()
    }

    fn bounded(values: usize) -> Outcome<Self> {
        let values = u64::try_from(values).expect("a small number");
        Ok(Self::builder().max_capacity(values).build())
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        let get = self.try_get_with(key, load);
        Box::pin(async { get.await.map_err(|_| Failed) })
    }

    fn kept(&self, key: u64) -> Outcome<Option<Value>> {
        Ok(done(Box::pin(self.get(&key))))
    }

    fn insert(&self, key: u64, value: Value) -> Outcome {
        done(Box::pin(self.insert(key, value)));
        Ok(())
    }

    fn invalidate(&self, key: u64) -> Outcome {
        done(Box::pin(self.invalidate(&key)));
        Ok(())
    }
}
