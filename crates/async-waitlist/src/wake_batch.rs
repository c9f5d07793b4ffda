//! Wakers collected under a lock, to be woken after it.

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::task::Waker;
use std::thread;

/// Up to sixteen wakers on their way out of a critical section.
///
/// Fill it under the lock, unlock, [`wake_all`](Self::wake_all); or let
/// [`in_rounds`](Self::in_rounds) do that as often as it takes.
/// It lives on the stack and allocates nothing.
/// It is a quarter kilobyte to clear, so an operation that wakes at most one waiter should return
/// an `Option<Waker>` instead.
///
/// Dropping a batch wakes what is left in it: no wake-up is lost by an early return or a panic.
/// Declare it before the lock's guard, so that it is dropped after it.
///
/// # Panics
///
/// A waker that panics keeps none of the others from being woken; the first panic goes on once all
/// are.
///
/// # Examples
///
/// ```
/// use async_waitlist::{WaitList, WakeBatch};
/// use std::sync::Mutex;
///
/// let (woken, waker) = testkit::CountWaker::new();
/// let list = Mutex::new(WaitList::new());
/// let _keys = [2, 3, 4].map(|n| list.lock().unwrap().insert(n, waker.clone()));
///
/// let mut permits = 6;
/// let mut batch = WakeBatch::new(); // declared before the guard
/// let mut waiters = list.lock().unwrap();
/// while !batch.is_full() && waiters.first().is_some_and(|&n| n <= permits) {
///     let (n, waker) = waiters.grant_first().unwrap();
///     permits -= n;
///     batch.push(waker);
/// }
/// drop(waiters);
/// batch.wake_all();
/// assert_eq!((woken.wakes(), permits), (2, 1));
/// ```
#[must_use = "the wakers are woken by `wake_all`, or at the latest when it is dropped"]
pub struct WakeBatch {
    /// The first `len` are `Some`.
    wakers: [Option<Waker>; Self::CAPACITY],
    len: usize,
}

/// The first panic of a waker, on hold until all are woken.
type Held = Option<Box<dyn Any + Send>>;

impl WakeBatch {
    /// How many wakers a batch holds.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_waitlist::WakeBatch::CAPACITY, 16);
    /// ```
    pub const CAPACITY: usize = 16;

    /// Creates an empty batch.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WakeBatch;
    ///
    /// assert!(WakeBatch::new().is_empty());
    /// ```
    pub const fn new() -> Self {
        Self {
            wakers: [const { None }; Self::CAPACITY],
            len: 0,
        }
    }

    /// Fills a batch and wakes it, again and again, until `fill` says `true`: nothing is left.
    ///
    /// `fill` locks, moves wakers into the batch, and unlocks.
    /// A panicking waker stops neither its round nor the later ones.
    ///
    /// # Panics
    ///
    /// With the first panic of a waker, once everybody is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::{WaitList, WakeBatch};
    /// use std::sync::Mutex;
    ///
    /// let (woken, waker) = testkit::CountWaker::new();
    /// let list = Mutex::new(WaitList::new());
    /// let _keys = [(); 40].map(|()| list.lock().unwrap().insert((), waker.clone()));
    ///
    /// let mut rounds = 0;
    /// WakeBatch::in_rounds(|batch| {
    ///     rounds += 1;
    ///     list.lock().unwrap().grant_all(batch)
    /// });
    /// assert_eq!((woken.wakes(), rounds), (40, 3));
    /// ```
    pub fn in_rounds(mut fill: impl FnMut(&mut Self) -> bool) {
        let (mut batch, mut held) = (Self::new(), None);
        while !fill(&mut batch) {
            batch.wake_holding(&mut held);
        }
        batch.wake_holding(&mut held);
        resume(held);
    }

    /// Tells whether there is no waker in the batch.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WakeBatch;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeBatch::new();
    /// batch.push(Waker::noop().clone());
    /// assert!(!batch.is_empty());
    /// ```
    #[inline]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Tells whether the next [`push`](Self::push) would panic.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WakeBatch;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeBatch::new();
    /// let mut places = 0;
    /// while !batch.is_full() {
    ///     batch.push(Waker::noop().clone());
    ///     places += 1;
    /// }
    /// assert_eq!(places, WakeBatch::CAPACITY);
    /// ```
    #[inline]
    pub const fn is_full(&self) -> bool {
        self.len == Self::CAPACITY
    }

    /// Adds a waker, or nothing for `None`.
    ///
    /// # Panics
    ///
    /// If the batch [is full](Self::is_full), also for `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WakeBatch;
    /// use std::task::Waker;
    ///
    /// let mut batch = WakeBatch::new();
    /// batch.push(None);
    /// assert!(batch.is_empty());
    /// batch.push(Waker::noop().clone());
    /// assert!(!batch.is_empty());
    /// ```
    #[inline]
    #[track_caller]
    pub fn push(&mut self, waker: impl Into<Option<Waker>>) {
        assert!(!self.is_full(), "the wake batch is full");
        if let Some(waker) = waker.into() {
            self.wakers[self.len] = Some(waker);
            self.len += 1;
        }
    }

    /// Wakes all, in the order of [`push`](Self::push), and leaves the batch empty.
    ///
    /// # Panics
    ///
    /// With the first panic of a waker, once all are woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::WakeBatch;
    ///
    /// let (woken, waker) = testkit::CountWaker::new();
    /// let mut batch = WakeBatch::new();
    /// batch.push(waker.clone());
    /// batch.push(waker);
    /// batch.wake_all();
    /// assert_eq!(woken.wakes(), 2);
    /// assert!(batch.is_empty());
    /// ```
    pub fn wake_all(&mut self) {
        let mut held = None;
        self.wake_holding(&mut held);
        resume(held);
    }

    fn wake_holding(&mut self, held: &mut Held) {
        let len = mem::replace(&mut self.len, 0);
        for waker in &mut self.wakers[..len] {
            let Some(waker) = waker.take() else { continue };
            // Unwind safe: the waker is gone either way, and nothing else is touched.
            if let Err(panic) = panic::catch_unwind(AssertUnwindSafe(|| waker.wake())) {
                hold(held, panic);
            }
        }
    }
}

impl Default for WakeBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for WakeBatch {
    fn drop(&mut self) {
        let mut held = None;
        self.wake_holding(&mut held);
        if thread::panicking() {
            // A second panic would abort the process, and the first one tells more.
            mem::forget(held);
        } else {
            resume(held);
        }
    }
}

impl fmt::Debug for WakeBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WakeBatch")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// Keeps the first panic, and drops the later ones.
#[cold]
fn hold(held: &mut Held, panic: Box<dyn Any + Send>) {
    if held.is_none() {
        *held = Some(panic);
    } else if let Err(worse) = panic::catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        // A payload that panics when dropped, and so may the payload of that: the chain ends here.
        mem::forget(worse);
    }
}

#[inline]
fn resume(held: Held) {
    if let Some(panic) = held {
        panic::resume_unwind(panic);
    }
}
