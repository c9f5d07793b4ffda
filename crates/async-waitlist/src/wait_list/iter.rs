//! A walk through the order.

use std::fmt;
use std::iter::FusedIterator;

use super::WaitList;
use crate::slab::NIL;

impl<'a, P> IntoIterator for &'a WaitList<P> {
    type Item = &'a P;
    type IntoIter = Iter<'a, P>;

    fn into_iter(self) -> Iter<'a, P> {
        self.iter()
    }
}

/// The payloads of a [`WaitList`], first to last; from [`WaitList::iter`].
///
/// # Examples
///
/// ```
/// use async_waitlist::WaitList;
///
/// assert_eq!(WaitList::<u32>::new().iter().len(), 0);
/// ```
#[must_use = "iterators do nothing unless consumed"]
pub struct Iter<'a, P> {
    pub(super) list: &'a WaitList<P>,
    pub(super) next: u32,
    pub(super) left: usize,
}

impl<'a, P> Iterator for Iter<'a, P> {
    type Item = &'a P;

    fn next(&mut self) -> Option<&'a P> {
        if self.next == NIL {
            return None;
        }
        let slot = self.list.slab.at(self.next);
        self.next = slot.next;
        self.left -= 1;
        slot.payload()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<P> ExactSizeIterator for Iter<'_, P> {}

impl<P> FusedIterator for Iter<'_, P> {}

impl<P> Clone for Iter<'_, P> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<P> fmt::Debug for Iter<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
