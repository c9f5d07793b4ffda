//! ranked-semaphore; the larger priority is the more urgent one.

pub(crate) use ranked_semaphore::RankedSemaphore as Ranked;
use ranked_semaphore::RankedSemaphorePermit;

use super::super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

impl Semaphore for Ranked {
    fn new(permits: usize) -> Self {
        Self::new_fifo(permits)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire()
            .map(RankedSemaphorePermit::forget)
            .is_ok()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        let acquire = self.acquire();
        Box::pin(async { acquire.await.map(RankedSemaphorePermit::forget).is_ok() })
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
            acquire.await.map(RankedSemaphorePermit::forget).is_ok()
        }))
    }

    fn acquire_urgent(&self, urgency: u8) -> Outcome<Boxed<'_, bool>> {
        let acquire = self.acquire_with_priority(urgency.into());
        Ok(Box::pin(async {
            acquire.await.map(RankedSemaphorePermit::forget).is_ok()
        }))
    }

    fn close(&self) -> Outcome {
        self.close();
        Ok(())
    }
}
