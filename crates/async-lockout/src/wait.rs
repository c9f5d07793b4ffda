//! The futures.

use crate::Pass;
use crate::gate::{Admission, Entry, Gate, State, Turn};
use async_clock::Clock;
use async_waitlist::sync::MutexGuard;
use async_waitlist::{Key, Polled, WakeBatch, quietly};
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// How far a future has come: `New` → `Queued` → `Done`, or `New` → `Done`.
#[derive(Debug)]
enum Ticket {
    /// Not polled yet.
    New,
    /// Among the waiters.
    Queued(Key),
    /// Completed: pending for good.
    Done,
}

/// The future of [`Lockout::wait`] and [`FifoLockout::wait`].
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the waiters; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lockout::Lockout;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = Lockout::with_clock(clock.clone());
/// lockout.lock_for(Duration::from_secs(3));
/// futures_lite::future::block_on(clock.drive(lockout.wait()));
/// assert!(!lockout.is_locked());
/// ```
///
/// [`FifoLockout::wait`]: crate::FifoLockout::wait
/// [`Lockout::wait`]: crate::Lockout::wait
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Wait<'a, C: Clock> {
    gate: &'a Arc<Gate<C>>,
    ticket: Ticket,
}

/// The future of [`Lockout::wait_owned`] and [`FifoLockout::wait_owned`].
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place among the waiters; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_clock::ManualClock;
/// use async_lockout::Lockout;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let lockout = Lockout::with_clock(clock.clone());
/// lockout.lock_for(Duration::from_secs(3));
/// let wait = lockout.wait_owned();
/// drop(lockout); // the future has a handle of its own
/// futures_lite::future::block_on(clock.drive(wait));
/// ```
///
/// [`FifoLockout::wait_owned`]: crate::FifoLockout::wait_owned
/// [`Lockout::wait_owned`]: crate::Lockout::wait_owned
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WaitOwned<C: Clock> {
    gate: Arc<Gate<C>>,
    ticket: Ticket,
}

/// The future of [`FifoLockout::acquire`].
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_lockout::FifoLockout;
///
/// let lockout = FifoLockout::new();
/// let pass = futures_lite::future::block_on(lockout.acquire());
/// pass.ok();
/// ```
///
/// [`FifoLockout::acquire`]: crate::FifoLockout::acquire
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Acquire<'a, C: Clock> {
    gate: &'a Arc<Gate<C>>,
    ticket: Ticket,
}

/// The future of [`FifoLockout::acquire_owned`].
///
/// Polling it after completion is harmless: it stays pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
///
/// # Examples
///
/// ```
/// use async_lockout::FifoLockout;
///
/// let acquire = FifoLockout::new().acquire_owned();
/// let pass = futures_lite::future::block_on(acquire);
/// pass.ok();
/// ```
///
/// [`FifoLockout::acquire_owned`]: crate::FifoLockout::acquire_owned
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct AcquireOwned<C: Clock> {
    gate: Arc<Gate<C>>,
    ticket: Ticket,
}

impl<'a, C: Clock> Wait<'a, C> {
    #[inline]
    pub(crate) fn new(gate: &'a Arc<Gate<C>>) -> Self {
        let ticket = Ticket::New;
        Self { gate, ticket }
    }
}

impl<C: Clock> WaitOwned<C> {
    #[inline]
    pub(crate) fn new(gate: Arc<Gate<C>>) -> Self {
        let ticket = Ticket::New;
        Self { gate, ticket }
    }
}

impl<'a, C: Clock> Acquire<'a, C> {
    #[inline]
    pub(crate) fn new(gate: &'a Arc<Gate<C>>) -> Self {
        let ticket = Ticket::New;
        Self { gate, ticket }
    }
}

impl<C: Clock> AcquireOwned<C> {
    #[inline]
    pub(crate) fn new(gate: Arc<Gate<C>>) -> Self {
        let ticket = Ticket::New;
        Self { gate, ticket }
    }
}

impl<C: Clock> Future for Wait<'_, C> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        me.gate.poll_entry(&mut me.ticket, false, cx).map(drop)
    }
}

impl<C: Clock> Future for WaitOwned<C> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let me = self.get_mut();
        me.gate.poll_entry(&mut me.ticket, false, cx).map(drop)
    }
}

impl<C: Clock> Future for Acquire<'_, C> {
    type Output = Pass<C>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Pass<C>> {
        let me = self.get_mut();
        let entry = me.gate.poll_entry(&mut me.ticket, true, cx);
        entry.map(|entry| Pass::new(me.gate, entry))
    }
}

impl<C: Clock> Future for AcquireOwned<C> {
    type Output = Pass<C>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Pass<C>> {
        let me = self.get_mut();
        let entry = me.gate.poll_entry(&mut me.ticket, true, cx);
        entry.map(|entry| Pass::new(&me.gate, entry))
    }
}

impl<C: Clock> Drop for Wait<'_, C> {
    #[inline]
    fn drop(&mut self) {
        self.gate.give_up(&mut self.ticket);
    }
}

impl<C: Clock> Drop for WaitOwned<C> {
    #[inline]
    fn drop(&mut self) {
        self.gate.give_up(&mut self.ticket);
    }
}

impl<C: Clock> Drop for Acquire<'_, C> {
    #[inline]
    fn drop(&mut self) {
        self.gate.give_up(&mut self.ticket);
    }
}

impl<C: Clock> Drop for AcquireOwned<C> {
    #[inline]
    fn drop(&mut self) {
        self.gate.give_up(&mut self.ticket);
    }
}

impl<C: Clock> fmt::Debug for Wait<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.describe("Wait", f)
    }
}

impl<C: Clock> fmt::Debug for WaitOwned<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.describe("WaitOwned", f)
    }
}

impl<C: Clock> fmt::Debug for Acquire<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.describe("Acquire", f)
    }
}

impl<C: Clock> fmt::Debug for AcquireOwned<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.describe("AcquireOwned", f)
    }
}

impl Ticket {
    /// The key of one that is queued, which is done then.
    #[inline]
    fn take_key(&mut self) -> Option<Key> {
        match mem::replace(self, Self::Done) {
            Self::Queued(key) => Some(key),
            Self::New | Self::Done => None,
        }
    }

    fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("ticket", self)
            .finish_non_exhaustive()
    }
}

impl<C: Clock> Gate<C> {
    /// Polls for entry; `stays`: with a [`Pass`], that is, until its end and not just to its start.
    #[inline]
    fn poll_entry(
        self: &Arc<Self>,
        ticket: &mut Ticket,
        stays: bool,
        cx: &Context<'_>,
    ) -> Poll<Entry> {
        match ticket {
            Ticket::New if self.words.let_newcomers_in() => {
                *ticket = Ticket::Done;
                Poll::Ready(Entry::FREE)
            }
            Ticket::New => self.poll_first(ticket, stays, cx),
            Ticket::Queued(_) => self.poll_queued(ticket, stays, cx),
            Ticket::Done => Poll::Pending,
        }
    }

    /// The first poll, which enters or takes a place.
    #[cold]
    fn poll_first(
        self: &Arc<Self>,
        ticket: &mut Ticket,
        stays: bool,
        cx: &Context<'_>,
    ) -> Poll<Entry> {
        let waker = cx.waker().clone();
        let now = self.now();
        let mut state = self.state.lock();
        if let Ok(entry) = self.let_in(&mut state, now, stays) {
            drop(state);
            *ticket = Ticket::Done;
            return Poll::Ready(entry);
        }
        *ticket = Ticket::Queued(state.waiters.insert((), waker));
        let mut batch = WakeBatch::new();
        self.admit_and_unlock(state, now, &mut batch);
        quietly(|| batch.wake_all()); // somebody ahead of us, if the alarm is late
        Poll::Pending
    }

    /// A later poll, by one who has a place.
    #[cold]
    fn poll_queued(
        self: &Arc<Self>,
        ticket: &mut Ticket,
        stays: bool,
        cx: &Context<'_>,
    ) -> Poll<Entry> {
        let mut spare = None; // what is in it is dropped after the guard
        loop {
            let now = self.now();
            let mut state = self.state.lock();
            let Ticket::Queued(key) = &*ticket else {
                return Poll::Pending;
            };
            self.note(&mut state, now);
            let locked = self.locked_at(now).is_some();
            let polled = state.waiters.poll(key, cx.waker(), &mut spare);
            let granted = polled == Polled::Granted;
            if !locked && (granted || self.admission == Admission::Together) {
                return self.claim(state, ticket, now, stays);
            }
            if polled == Polled::Waiting {
                return Poll::Pending;
            }
            if granted {
                // Locked again since the grant: back to the place it had, which was the first.
                if let Some(waker) = spare.take() {
                    state.waiters.requeue_front(key, (), waker);
                    state.turn = Turn::Free;
                    self.admit_and_unlock(state, now, &mut WakeBatch::new());
                    return Poll::Pending;
                }
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }

    /// Enters, with no lock in force, by one whose turn it is.
    fn claim(
        self: &Arc<Self>,
        mut state: MutexGuard<'_, State<C>>,
        ticket: &mut Ticket,
        now: u64,
        stays: bool,
    ) -> Poll<Entry> {
        let Some(key) = ticket.take_key() else {
            return Poll::Pending;
        };
        let _released = state.waiters.release(key); // dropped after the guard, as is the memory
        let _memory = state.waiters.shrink();
        if self.admission == Admission::Together {
            drop(state);
            return Poll::Ready(Entry::FREE);
        }
        let entry = state.enter(stays);
        let mut batch = WakeBatch::new();
        self.admit_and_unlock(state, now, &mut batch);
        quietly(|| batch.wake_all());
        Poll::Ready(entry)
    }

    /// Takes a future that is dropped out of the order, and hands its turn on.
    #[inline]
    fn give_up(self: &Arc<Self>, ticket: &mut Ticket) {
        if let Some(key) = ticket.take_key() {
            self.give_up_place(key);
        }
    }

    #[cold]
    fn give_up_place(self: &Arc<Self>, key: Key) {
        let now = self.now();
        let mut batch = WakeBatch::new(); // dropped last: wakes, even if we unwind
        let mut state = self.state.lock();
        let released = state.waiters.release(key);
        let _memory = state.waiters.shrink();
        if released.is_granted() && self.admission != Admission::Together {
            state.turn = Turn::Free;
            self.admit_and_unlock(state, now, &mut batch);
        } else {
            self.publish(&state);
            drop(state);
        }
    }
}
