//! async-lock's semaphore.

pub(crate) use async_lock::Semaphore as AsyncLock;
use async_lock::SemaphoreGuard;

use super::super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

impl Semaphore for AsyncLock {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire().map(SemaphoreGuard::forget).is_some()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        let acquire = self.acquire();
        Box::pin(async {
            acquire.await.forget();
            true
        })
    }

    fn release(&self, permits: usize) {
        self.add_permits(permits);
    }

    fn add(&self, permits: usize) -> Outcome {
        self.add_permits(permits);
        Ok(())
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        self.acquire_blocking().forget();
        Ok(true)
    }
}
