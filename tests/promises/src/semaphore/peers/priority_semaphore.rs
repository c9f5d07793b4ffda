//! priority-semaphore; the larger priority is the more urgent one.

use std::sync::{Arc, Mutex};

use priority_semaphore::{Permit, PrioritySemaphore as Inner};

use super::super::Semaphore;
use crate::outcome::Outcome;
use crate::polling::Boxed;

/// Its permits can only be dropped, so those that are taken are kept here.
///
/// The lock of this store is never held during a call into it.
pub(crate) struct PrioritySemaphore {
    inner: Arc<Inner>,
    taken: Mutex<Vec<Permit>>,
}

impl PrioritySemaphore {
    fn keep(&self, permit: Option<Permit>) -> bool {
        let granted = permit.is_some();
        self.taken.lock().expect("no panic").extend(permit);
        granted
    }

    fn acquire_with(&self, priority: i32) -> Boxed<'_, bool> {
        let acquire = self.inner.acquire(priority);
        Box::pin(async { self.keep(acquire.await.ok()) })
    }
}

impl Semaphore for PrioritySemaphore {
    fn new(permits: usize) -> Self {
        Self {
            inner: Arc::new(Inner::new(permits)),
            taken: Mutex::default(),
        }
    }

    fn try_acquire(&self) -> bool {
        self.keep(self.inner.try_acquire(0).ok())
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        self.acquire_with(0)
    }

    fn release(&self, permits: usize) {
        for _ in 0..permits {
            let permit = self.taken.lock().expect("no panic").pop();
            drop(permit);
        }
    }

    fn acquire_urgent(&self, urgency: u8) -> Outcome<Boxed<'_, bool>> {
        Ok(self.acquire_with(urgency.into()))
    }

    fn close(&self) -> Outcome {
        self.inner.close();
        Ok(())
    }
}
