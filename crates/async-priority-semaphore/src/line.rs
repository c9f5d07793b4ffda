//! Those who wait, in the order in which they are served: of arrival, or of rank.

mod ranked;

pub(crate) use ranked::{Place, Ranked};

use async_waitlist::{Key, Polled, Released, Trash, WaitList, WakeBatch};
use std::fmt;
use std::task::Waker;

/// The waiters of a semaphore, each with the number of permits that it wants.
///
/// As in the lists behind it, no foreign code runs in here: wakers are moved in and out.
#[expect(unnameable_types, reason = "sealed: the private side of a semaphore")]
pub trait Line: Send + 'static {
    /// What a request may say about its place, and may leave open: nothing, or a priority.
    type Wish: Copy + Default + fmt::Debug + Send + Sync + Unpin + 'static;
    /// The same, settled.
    type Urgency: Copy;
    /// What a waiter holds; given back to `release`.
    type Place: fmt::Debug + Send + Sync + Unpin + 'static;
    /// Memory on its way out, to be dropped after unlocking.
    type Trash;

    /// Makes up what a wish leaves open.
    fn settle(wish: &mut Self::Wish) -> Self::Urgency;

    /// How many wait.
    fn waiting(&self) -> usize;

    /// What the first wants.
    fn first(&self) -> Option<u32>;

    /// Whether a newcomer would be first.
    fn may_pass(&self, urgency: Self::Urgency) -> bool;

    /// Takes note of a newcomer that did not have to wait.
    fn passed(&mut self);

    /// Enqueues a newcomer.
    fn insert(&mut self, urgency: Self::Urgency, permits: u32, waker: Waker) -> Self::Place;

    /// As the lists'.
    fn poll(&mut self, at: &Self::Place, waker: &Waker, spare: &mut Option<Waker>) -> Polled;

    /// As the lists', without the payload.
    fn grant_first(&mut self) -> Option<Waker>;

    /// As the lists'.
    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool;

    /// As the lists', without the payload; gives up memory if it is much and nobody needs it.
    fn release(&mut self, at: Self::Place, trash: &mut Option<Self::Trash>) -> Released<()>;

    /// As the lists'.
    fn assert_invariants(&self);
}

/// First come, first served.
pub(crate) type Fifo = WaitList<u32>;

impl Line for Fifo {
    type Wish = ();
    type Urgency = ();
    type Place = Key;
    type Trash = Trash<u32>;

    #[inline]
    fn settle((): &mut ()) {}

    #[inline]
    fn waiting(&self) -> usize {
        self.waiting()
    }

    #[inline]
    fn first(&self) -> Option<u32> {
        self.first().copied()
    }

    #[inline]
    fn may_pass(&self, (): ()) -> bool {
        self.waiting() == 0
    }

    #[inline]
    fn passed(&mut self) {}

    #[inline]
    fn insert(&mut self, (): (), permits: u32, waker: Waker) -> Key {
        self.insert(permits, waker)
    }

    #[inline]
    fn poll(&mut self, at: &Key, waker: &Waker, spare: &mut Option<Waker>) -> Polled {
        self.poll(at, waker, spare)
    }

    #[inline]
    fn grant_first(&mut self) -> Option<Waker> {
        self.grant_first()?.1
    }

    fn refuse_all(&mut self, batch: &mut WakeBatch) -> bool {
        self.refuse_all(batch)
    }

    #[inline]
    fn release(&mut self, at: Key, trash: &mut Option<Self::Trash>) -> Released<()> {
        let released = self.release(at).map(drop);
        if let Some(freed) = self.shrink() {
            *trash = Some(freed);
        }
        released
    }

    fn assert_invariants(&self) {
        self.assert_invariants();
    }
}
