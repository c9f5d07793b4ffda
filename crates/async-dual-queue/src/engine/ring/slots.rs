//! The ring itself: a bounded queue for many producers and many consumers without a lock, after
//! Dmitry Vyukov's of 2010, with an end: once it is closed, no push succeeds.
//!
//! Two positions run round the slots, `tail` for those who push and `head` for those who pop.
//! A position is a lap and an index, shifted left by one bit, which is for [`CLOSED`] and [`FULL`].
//! Each slot has a stamp that says whose turn it is:
//!
//! | stamp | the slot is | turn of |
//! |---|---|---|
//! | a position | empty | whoever moves `tail` off that position; it writes |
//! | a position and [`FULL`] | written | whoever moves `head` off that position; it reads, and stamps the position one lap later |
//!
//! The item is behind the stamp: written before it says [`FULL`], read before it says otherwise.
//! The moves of `head` and `tail` are sequentially consistent; they are the moments at which a pop
//! or a push takes effect.
//! Whoever finds that a slot is behind its position waits for the one who has moved the position
//! and not yet stamped the slot: a matter of nanoseconds, unless that thread has just lost its
//! processor.
//!
//! It is a module of our own, and unsafe, because `concurrent-queue`, which has the same end, took
//! 1.7 times as long for a push and a pop (10.1 and 5.8 ns on 25 November 2026, on two virtual
//! x86-64 processors, Rust 1.95), and `crossbeam-queue` has no end.
//! `queue/bounded_128_try` of the benchmarks measures what comes of it.

use std::mem::MaybeUninit;

use async_waitlist::blocking::Backoff;
use async_waitlist::sync::atomic::{AtomicUsize, Ordering, fence};
use async_waitlist::sync::thread;
use crossbeam_utils::CachePadded;

/// In `tail`: there is no further push.
const CLOSED: usize = 1;
/// In a stamp: the slot has an item.
const FULL: usize = 1;
/// From one position to the next in the same lap.
const STEP: usize = 2;

/// Why nothing was pushed; the item comes back.
pub(super) enum PushError<T> {
    Full(T),
    Closed(T),
}

/// Why nothing was popped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PopError {
    /// There is nothing at the moment.
    Empty,
    /// There is nothing for good.
    Closed,
}

/// A ring of slots.
pub(super) struct Slots<T> {
    /// The position of the next pop.
    head: CachePadded<AtomicUsize>,
    /// The position of the next push, and [`CLOSED`].
    tail: CachePadded<AtomicUsize>,
    ring: Box<[Slot<T>]>,
    /// From a position to that of the same slot one lap later: a power of two.
    lap: usize,
}

struct Slot<T> {
    stamp: AtomicUsize,
    item: UnsafeCell<MaybeUninit<T>>,
}

// SAFETY: items move in through `push` and out through `pop`, possibly on other threads, hence
// `T: Send`; no two threads reach an item at once, since each stamp gives its slot to one of them.
unsafe impl<T: Send> Send for Slots<T> {}
// SAFETY: as above; no reference to an item is ever given out, so `T: Sync` is not needed.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    /// Room for `capacity` items, at least one.
    pub(super) fn new(capacity: usize) -> Self {
        let slot = |index| Slot {
            stamp: AtomicUsize::new(index * STEP),
            item: UnsafeCell::new(MaybeUninit::uninit()),
        };
        let ring: Box<[_]> = (0..capacity).map(slot).collect();
        Self {
            head: CachePadded::new(AtomicUsize::new(0)),
            tail: CachePadded::new(AtomicUsize::new(0)),
            lap: ring.len().next_power_of_two() * STEP,
            ring,
        }
    }

    #[inline]
    fn index(&self, position: usize) -> usize {
        (position & (self.lap - 1)) / STEP
    }

    /// The position after this one.
    #[inline]
    fn after(&self, position: usize) -> usize {
        if self.index(position) + 1 < self.ring.len() {
            position + STEP
        } else {
            (position & !(self.lap - 1)).wrapping_add(self.lap)
        }
    }

    #[inline]
    pub(super) fn push(&self, item: T) -> Result<(), PushError<T>> {
        // Relaxed: a guess; the exchange decides.
        let tail = self.tail.load(Ordering::Relaxed);
        if let Some(slot) = self.claim_to_write(tail) {
            slot.write(item, tail);
            return Ok(());
        }
        self.push_slowly(item)
    }

    /// Takes the slot at `tail`, if that is where the next push is and the slot is empty.
    #[inline]
    fn claim_to_write(&self, tail: usize) -> Option<&Slot<T>> {
        let slot = &self.ring[self.index(tail)];
        // Acquire: pairs with the stamp of the pop, whose read comes before our write.
        let stamp = slot.stamp.load(Ordering::Acquire);
        // A closed tail is no position, and stays what it is.
        if stamp != tail || tail & CLOSED != 0 {
            return None;
        }
        let after = self.after(tail);
        // Relaxed: what is there instead is not used.
        self.tail
            .compare_exchange_weak(tail, after, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
            .then_some(slot)
    }

    /// Pushes against the resistance of others, or finds the ring full or closed.
    #[cold]
    fn push_slowly(&self, item: T) -> Result<(), PushError<T>> {
        let mut backoff = Backoff::new();
        loop {
            // Relaxed: a guess; the exchange decides.
            let tail = self.tail.load(Ordering::Relaxed);
            if tail & CLOSED != 0 {
                return Err(PushError::Closed(item));
            }
            if let Some(slot) = self.claim_to_write(tail) {
                slot.write(item, tail);
                return Ok(());
            }
            // The fence: the head is no older than what the caller did before it came.
            fence(Ordering::SeqCst);
            // Relaxed: ordered by the fence.
            // The tail is never more than a lap ahead, so it was `tail` when the head was read.
            if self.head.load(Ordering::Relaxed).wrapping_add(self.lap) == tail {
                return Err(PushError::Full(item));
            }
            wait_for_another(&mut backoff);
        }
    }

    /// Pops if there is an item and nobody else is at it: the short way.
    #[inline]
    pub(super) fn pop_at_once(&self) -> Option<T> {
        // Relaxed: a guess; the exchange decides.
        let head = self.head.load(Ordering::Relaxed);
        let slot = self.claim_to_read(head)?;
        Some(slot.read(head.wrapping_add(self.lap)))
    }

    /// Takes the slot at `head`, if that is where the next pop is and the slot has an item.
    #[inline]
    fn claim_to_read(&self, head: usize) -> Option<&Slot<T>> {
        let slot = &self.ring[self.index(head)];
        // Acquire: pairs with the stamp of the push, whose write comes before our read.
        let stamp = slot.stamp.load(Ordering::Acquire);
        if stamp != head | FULL {
            return None;
        }
        let after = self.after(head);
        // Relaxed: what is there instead is not used.
        self.head
            .compare_exchange_weak(head, after, Ordering::SeqCst, Ordering::Relaxed)
            .is_ok()
            .then_some(slot)
    }

    /// Pops, if need be against the resistance of others, or finds the ring empty.
    pub(super) fn pop(&self) -> Result<T, PopError> {
        let mut backoff = Backoff::new();
        loop {
            // Relaxed: a guess; the exchange decides.
            let head = self.head.load(Ordering::Relaxed);
            if let Some(slot) = self.claim_to_read(head) {
                return Ok(slot.read(head.wrapping_add(self.lap)));
            }
            // The fence: the tail is no older than what the caller did before it came.
            fence(Ordering::SeqCst);
            // Relaxed: ordered by the fence.
            // The tail is never behind the head, so the head was `head` when the tail was read.
            let tail = self.tail.load(Ordering::Relaxed);
            if tail == head {
                return Err(PopError::Empty);
            }
            if tail == head | CLOSED {
                return Err(PopError::Closed);
            }
            wait_for_another(&mut backoff);
        }
    }

    /// Pops until there is nothing.
    pub(super) fn pops(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.pop().ok())
    }

    /// Ends pushing; `false` if that was so already.
    pub(super) fn close(&self) -> bool {
        self.tail.fetch_or(CLOSED, Ordering::SeqCst) & CLOSED == 0
    }

    pub(super) fn is_closed(&self) -> bool {
        self.tail.load(Ordering::SeqCst) & CLOSED != 0
    }

    pub(super) fn capacity(&self) -> usize {
        self.ring.len()
    }

    /// How many items there were at one moment during the call.
    pub(super) fn len(&self) -> usize {
        loop {
            let tail = self.tail.load(Ordering::SeqCst);
            let head = self.head.load(Ordering::SeqCst);
            // The tail stood still meanwhile, so both were so when the head was read.
            if self.tail.load(Ordering::SeqCst) == tail {
                let (first, end) = (self.index(head), self.index(tail));
                return if tail & !CLOSED == head {
                    0
                } else if first < end {
                    end - first
                } else {
                    self.ring.len() - first + end
                };
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() == self.capacity()
    }
}

impl<T> Slot<T> {
    /// Fills the slot; for whoever has claimed it by moving `tail` off this position.
    #[inline]
    fn write(&self, item: T, tail: usize) {
        // SAFETY: the caller alone moved `tail` off this position, after the stamp had said that
        // the slot is empty: it belongs to the caller until it is stamped.
        self.item
            .with_mut(|place| unsafe { place.cast::<T>().write(item) });
        // Release: pairs with the look at the stamp in `claim_to_read`.
        self.stamp.store(tail | FULL, Ordering::Release);
    }

    /// Empties the slot and stamps it with its next position; for whoever has claimed it by moving
    /// `head` off the present one.
    #[inline]
    fn read(&self, next: usize) -> T {
        // SAFETY: the caller alone moved `head` off this position, after the stamp had said that
        // the slot has an item; nobody reads that again, since the next stamp says it has none.
        let item = self.item.with(|place| unsafe { place.cast::<T>().read() });
        // Release: pairs with the look at the stamp in `claim_to_write`.
        self.stamp.store(next, Ordering::Release);
        item
    }
}

impl<T> Drop for Slots<T> {
    fn drop(&mut self) {
        struct Rest<'a, T>(&'a Slots<T>);

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.0.pops().for_each(drop);
            }
        }

        // When an item's drop panics, the others are dropped nonetheless.
        let rest = Rest(self);
        rest.0.pops().for_each(drop);
    }
}

/// Waits a moment for another thread that is between the two steps of its push or pop.
#[cold]
fn wait_for_another(backoff: &mut Backoff) {
    if !backoff.spin() {
        thread::yield_now();
    }
}

#[cfg(loom)]
use loom::cell::UnsafeCell;

/// The cell of the standard library with the interface of loom's.
#[cfg(not(loom))]
struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline]
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.0.get())
    }

    #[inline]
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.0.get())
    }
}
