//! asyncband's semaphore; its blocking acquire is its adapter around the future.

use asyncband::blocking::FutureExt;
pub(crate) use asyncband::semaphore::Semaphore as Asyncband;
use asyncband::semaphore::SemaphorePermit;

use super::super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

impl Semaphore for Asyncband {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire(1).map(SemaphorePermit::forget).is_some()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        let acquire = self.acquire(1);
        Box::pin(async {
            acquire.await.forget();
            true
        })
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
            acquire.await.forget();
            true
        }))
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        self.acquire(1).block_on().forget();
        Ok(true)
    }
}
