//! tokio's semaphore.

pub(crate) use tokio::sync::Semaphore as Tokio;
use tokio::sync::SemaphorePermit;

use super::super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

impl Semaphore for Tokio {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire().map(SemaphorePermit::forget).is_ok()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        let acquire = self.acquire();
        Box::pin(async { acquire.await.map(SemaphorePermit::forget).is_ok() })
    }

    fn release(&self, permits: usize) {
        self.add_permits(permits);
    }

    fn add(&self, permits: usize) -> Outcome {
        self.add_permits(permits);
        Ok(())
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, bool>> {
        let acquire = self.acquire_many(permits);
        Ok(Box::pin(async {
            acquire.await.map(SemaphorePermit::forget).is_ok()
        }))
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        Ok(self.blocking_acquire().map(SemaphorePermit::forget).is_ok())
    }

    fn close(&self) -> Outcome {
        self.close();
        Ok(())
    }
}
