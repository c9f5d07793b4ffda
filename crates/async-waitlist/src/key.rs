//! What a waiter holds, and what it is told.

use std::fmt;
use std::num::NonZeroU32;
use std::task::Waker;

/// Names the slot of one waiter in a [`WaitList`](crate::WaitList) or
/// [`WaitHeap`](crate::WaitHeap).
///
/// Eight bytes, and so is `Option<Key>`.
/// The future that waits owns it: it is neither `Copy` nor `Clone`, and `release` takes it, so a
/// slot has one key at a time and a key one slot.
/// Dropping a key without giving it to `release` leaks its slot, and nothing else.
///
/// # Panics
///
/// Every method that takes a key panics if the key is not of that very list.
/// The panic happens before anything is changed.
/// It is certain if the list has fewer slots, or if the slot is free or was taken under another
/// generation; the generations of two lists begin far apart, so that a confusion goes unnoticed
/// only if slot and generation agree by chance (one case in about four thousand million).
///
/// # Examples
///
/// ```
/// use async_waitlist::{Key, WaitList};
/// use std::task::Waker;
///
/// assert_eq!(size_of::<Option<Key>>(), 8);
///
/// let mut list = WaitList::new();
/// let key: Key = list.insert("payload", Waker::noop().clone());
/// assert_eq!(list.payload(&key), Some(&"payload"));
/// drop(list.release(key));
/// ```
#[must_use = "a key that is not given back to `release` leaks its slot"]
pub struct Key {
    pub(crate) slot: u32,
    pub(crate) generation: NonZeroU32,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("slot", &self.slot)
            .field("generation", &self.generation)
            .finish()
    }
}

/// What `poll` found in the slot of a waiter.
///
/// # Examples
///
/// The loop around it, which keeps foreign code out of the critical section:
///
/// ```
/// use async_waitlist::{Key, Polled, WaitList};
/// use std::sync::Mutex;
/// use std::task::{Context, Poll};
///
/// fn poll_granted(list: &Mutex<WaitList<()>>, key: &Key, cx: &mut Context<'_>) -> Poll<()> {
///     let mut spare = None; // declared before the guard: what it holds is dropped after unlocking
///     loop {
///         let mut waiters = list.lock().unwrap();
///         match waiters.poll(key, cx.waker(), &mut spare) {
///             Polled::Granted | Polled::Refused => return Poll::Ready(()),
///             Polled::Waiting => return Poll::Pending,
///             Polled::NeedsWaker => {}
///         }
///         drop(waiters);
///         spare = Some(cx.waker().clone());
///     }
/// }
/// # use std::task::Waker;
/// # let list = Mutex::new(WaitList::new());
/// # let key = list.lock().unwrap().insert((), Waker::noop().clone());
/// # let (_, waker) = testkit::CountWaker::new();
/// # let mut cx = Context::from_waker(&waker);
/// # assert!(poll_granted(&list, &key, &mut cx).is_pending());
/// # let (_, held) = list.lock().unwrap().grant_first().unwrap();
/// # assert!(held.unwrap().will_wake(&waker));
/// # assert!(poll_granted(&list, &key, &mut cx).is_ready());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[must_use = "`NeedsWaker` means that no wake-up is arranged yet"]
pub enum Polled {
    /// Still waiting, and the slot holds the waker of this poll: return `Pending`.
    ///
    /// If another waker was replaced, it now is in `spare`; drop it after unlocking.
    Waiting,
    /// Still waiting, but the slot has no waker or that of another task, and `spare` was empty.
    ///
    /// Unlock, clone the current waker into `spare`, lock, and poll again.
    NeedsWaker,
    /// What the waiter asked for is his: `release` the key.
    Granted,
    /// The waiter will never be granted: `release` the key, which gives the payload back.
    Refused,
}

/// What `release` found in the slot that it freed.
///
/// Drop it after unlocking: it may hold a waker and a payload, whose destructors are foreign code.
///
/// # Examples
///
/// ```
/// use async_waitlist::{Released, WaitList};
/// use std::task::Waker;
///
/// let mut list = WaitList::new();
/// let early = list.insert("early", Waker::noop().clone());
/// let late = list.insert("late", Waker::noop().clone());
/// list.grant_first();
///
/// // A grant that its owner leaves behind must be passed on.
/// assert!(list.release(early).is_granted());
/// assert_eq!(list.release(late).into_payload(), Some("late"));
/// ```
#[derive(Debug)]
#[must_use = "an unclaimed `Granted` has to be passed on, and the rest dropped after unlocking"]
pub enum Released<P> {
    /// It was still in the order: its payload, and its waker unless a nudge has taken that.
    ///
    /// A nudged waiter that leaves may have to nudge the next; `None` tells.
    Waiting(P, Option<Waker>),
    /// It had been refused: its payload.
    Refused(P),
    /// It had been granted; the payload went to whoever granted it.
    ///
    /// If the waiter leaves without making use of the grant, pass it on to the next.
    Granted,
}

impl<P> Released<P> {
    /// Tells whether the waiter had been granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::Released;
    ///
    /// assert!(Released::<()>::Granted.is_granted());
    /// assert!(!Released::Refused(()).is_granted());
    /// ```
    #[inline]
    pub fn is_granted(&self) -> bool {
        matches!(self, Self::Granted)
    }

    /// Changes the payload, if it was still there, by `f`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::Released;
    ///
    /// let released = Released::Refused(7).map(|permits| permits + 1);
    /// assert_eq!(released.into_payload(), Some(8));
    /// ```
    #[inline]
    pub fn map<Q>(self, f: impl FnOnce(P) -> Q) -> Released<Q> {
        match self {
            Self::Waiting(payload, waker) => Released::Waiting(f(payload), waker),
            Self::Refused(payload) => Released::Refused(f(payload)),
            Self::Granted => Released::Granted,
        }
    }

    /// Takes the payload out, if it was still there; drops the waker.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waitlist::Released;
    ///
    /// assert_eq!(Released::Refused(7).into_payload(), Some(7));
    /// assert_eq!(Released::<u32>::Granted.into_payload(), None);
    /// ```
    #[inline]
    pub fn into_payload(self) -> Option<P> {
        match self {
            Self::Waiting(payload, _) | Self::Refused(payload) => Some(payload),
            Self::Granted => None,
        }
    }
}
