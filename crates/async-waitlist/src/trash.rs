//! Memory on its way out of a critical section.

use std::fmt;

use crate::slab::Slot;
use crate::wait_heap::Entry;

/// The memory that `shrink` took from a list; dropping it gives it back to the allocator.
///
/// It holds neither wakers nor payloads.
/// Dropping it runs no foreign code but takes time, so let it outlive the lock's guard.
///
/// # Examples
///
/// ```
/// use async_waitlist::WaitList;
/// use std::sync::Mutex;
///
/// let list = Mutex::new(WaitList::<u32>::new());
/// let trash = list.lock().unwrap().shrink();
/// assert!(trash.is_none()); // there was nothing to give back
/// drop(trash); // after unlocking
/// ```
#[must_use = "drop it after unlocking"]
pub struct Trash<P, K = ()> {
    slots: Vec<Slot<P>>,
    heap: Vec<Entry<K>>,
    refused: Vec<Entry<K>>,
}

impl<P> Trash<P> {
    #[cold]
    pub(crate) fn of_list(slots: Vec<Slot<P>>) -> Self {
        Self::of_heap(slots, Vec::new(), Vec::new())
    }
}

impl<P, K> Trash<P, K> {
    #[cold]
    pub(crate) fn of_heap(
        slots: Vec<Slot<P>>,
        heap: Vec<Entry<K>>,
        refused: Vec<Entry<K>>,
    ) -> Self {
        Self {
            slots,
            heap,
            refused,
        }
    }
}

impl<P, K> fmt::Debug for Trash<P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trash")
            .field("slots", &self.slots.capacity())
            .field("order", &self.heap.capacity())
            .field("refused", &self.refused.capacity())
            .finish()
    }
}
