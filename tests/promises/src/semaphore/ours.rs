//! async-priority-semaphore, with and without priorities.

use std::num::NonZeroU32;

use async_priority_semaphore::{
    Acquire, Aging, AnySemaphore, Permit, Priority, PrioritySemaphore, Semaphore as Plain,
};

use super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

/// How far a waiter of urgency 0 may fall behind those of urgency 9: 90 later ones.
const STEP: NonZeroU32 = NonZeroU32::new(10).unwrap();

fn granted<S: AnySemaphore>(acquire: Acquire<'_, S>) -> Boxed<'_, bool> {
    Box::pin(async { acquire.await.map(Permit::forget).is_ok() })
}

impl Semaphore for Plain {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire().map(Permit::forget).is_ok()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        granted(self.acquire())
    }

    fn release(&self, permits: usize) {
        self.add_permits(permits);
    }

    fn add(&self, permits: usize) -> Outcome {
        self.add_permits(permits);
        Ok(())
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, bool>> {
        Ok(granted(self.acquire_many(permits)))
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        Ok(self.acquire_blocking().map(Permit::forget).is_ok())
    }

    fn close(&self) -> Outcome {
        self.close();
        Ok(())
    }
}

impl Semaphore for PrioritySemaphore {
    fn new(permits: usize) -> Self {
        Self::new(permits)
    }

    fn fair(permits: usize) -> Self {
        let builder = Self::builder(permits);
        builder.aging(Aging::Arrivals(STEP)).build()
    }

    fn try_acquire(&self) -> bool {
        self.try_acquire().map(Permit::forget).is_ok()
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        granted(self.acquire())
    }

    fn release(&self, permits: usize) {
        self.add_permits(permits);
    }

    fn add(&self, permits: usize) -> Outcome {
        self.add_permits(permits);
        Ok(())
    }

    fn acquire_many(&self, permits: u32) -> Outcome<Boxed<'_, bool>> {
        Ok(granted(self.acquire_many(permits)))
    }

    fn acquire_urgent(&self, urgency: u8) -> Outcome<Boxed<'_, bool>> {
        // Lower is more urgent there.
        Ok(granted(self.acquire_with(-Priority::from(urgency))))
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        Ok(self.acquire_blocking().map(Permit::forget).is_ok())
    }

    fn close(&self) -> Outcome {
        self.close();
        Ok(())
    }
}
