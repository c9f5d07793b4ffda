//! async-weighted-semaphore; what it calls poison is a close.

pub(crate) use async_weighted_semaphore::Semaphore as Weighted;
use async_weighted_semaphore::SemaphoreGuard;

use super::super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

impl Semaphore for Weighted {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire(1).map(SemaphoreGuard::forget).is_ok()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        let acquire = self.acquire(1);
        Box::pin(async { acquire.await.map(SemaphoreGuard::forget).is_ok() })
    }

    fn release(&self, permits: usize) {
        self.release(permits);
    }

    fn add(&self, permits: usize) -> Outcome {
        self.release(permits);
        Ok(())
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, bool>> {
        let acquire = self.acquire(permits as usize);
        Ok(Box::pin(async {
            acquire.await.map(SemaphoreGuard::forget).is_ok()
        }))
    }

    fn close(&self) -> Outcome {
        self.poison();
        Ok(())
    }
}
