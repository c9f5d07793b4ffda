//! What all acquiring futures are made of: a request for permits, without the way to them.

use crate::Priority;
use crate::error::AcquireError;
use crate::line::{Line, Ranked};
use crate::pool::Pool;
use std::fmt;
use std::task::{Context, Poll};

/// A request for permits.
///
/// It has no place until it waits, and none when it is done; what asks no more after that is the
/// future around it.
pub(crate) struct Ticket<L: Line> {
    place: Option<L::Place>,
    permits: u32,
    wish: L::Wish,
}

impl<L: Line> Ticket<L> {
    #[inline]
    pub(crate) fn new(permits: u32) -> Self {
        Self {
            place: None,
            permits,
            wish: L::Wish::default(),
        }
    }

    #[inline]
    pub(crate) fn permits(&self) -> u32 {
        self.permits
    }

    /// Takes the permits if it does not wait yet and need not.
    #[inline]
    pub(crate) fn take_free(&self, pool: &Pool<L>) -> bool {
        self.place.is_none() && pool.take_free(self.permits)
    }

    #[inline]
    pub(crate) fn poll(
        &mut self,
        pool: &Pool<L>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), AcquireError>> {
        if self.take_free(pool) {
            return Poll::Ready(Ok(()));
        }
        self.poll_slow(pool, cx)
    }

    #[cold]
    fn poll_slow(
        &mut self,
        pool: &Pool<L>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), AcquireError>> {
        if self.place.is_some() {
            return pool.poll(&mut self.place, cx.waker());
        }
        let urgency = L::settle(&mut self.wish);
        self.place = pool.take_or_wait(self.permits, urgency, cx.waker())?;
        if self.place.is_some() {
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    /// Gives up the place; what was granted goes to the next.
    #[inline]
    pub(crate) fn cancel(&mut self, pool: &Pool<L>) {
        if let Some(at) = self.place.take() {
            pool.leave(at, self.permits);
        }
    }
}

impl Ticket<Ranked> {
    /// For one that waits: it moves to the place that it would have, had it come with `priority`.
    #[inline]
    pub(crate) fn set_priority(&mut self, pool: &Pool<Ranked>, priority: Priority) {
        let old = self.wish.replace(priority);
        if self.place.is_some() && old != Some(priority) {
            pool.set_priority(&mut self.place, priority);
        }
    }
}

// Written out: the line need not be `Debug`.
impl<L: Line> fmt::Debug for Ticket<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket")
            .field("permits", &self.permits)
            .field("wish", &self.wish)
            .field("place", &self.place)
            .finish()
    }
}
