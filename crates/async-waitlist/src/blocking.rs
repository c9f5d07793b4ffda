//! Driving a future on a plain thread: what the blocking form of every primitive is made of.
//!
//! The thread sleeps until the future's waker is called, and burns no processor time meanwhile.
//! A blocking form is `block_on(primitive.wait())`, so that there is one code path for tasks and
//! threads; with a limit, it drives the same future by [`block_on_timeout`] or
//! [`block_on_deadline`] and drops it afterwards.
//! Where the wait tends to be short, a [`Backoff`] in front of it spares the sleep.
//!
//! The times are those of [`std::time`], and need no timer thread.
//!
//! # Blocking
//!
//! All of these block the thread.
//! In an async task they stop the worker that polls it, and on a single-threaded executor they
//! deadlock with the task that they wait for.
//! They may nest: a future that is driven here may itself call a blocking form in its `poll`.
//!
//! # Runtime compatibility
//!
//! None is needed, and none is noticed: a future that needs the context of a runtime (its timers,
//! its sockets) has to be driven inside that context.
//!
//! # Examples
//!
//! ```
//! use async_waitlist::blocking;
//! use std::time::Duration;
//!
//! assert_eq!(blocking::block_on(async { 6 * 7 }), 42);
//!
//! let mut never = std::future::pending::<()>();
//! assert_eq!(blocking::block_on_timeout(&mut never, Duration::from_millis(1)), None);
//! ```

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

mod backoff;
mod parker;

pub use backoff::Backoff;
use parker::Borrowed;

/// Drives `future` to its end on this thread, sleeping while it is pending.
///
/// The thread's parker is kept from call to call, so only the first call on a thread, and nested
/// ones, allocate.
///
/// # Blocking
///
/// Blocks the thread; see the [module's documentation](self#blocking).
///
/// # Examples
///
/// ```
/// use async_waitlist::{Polled, WaitList, blocking::block_on};
/// use std::sync::Mutex;
/// use std::task::{Poll, Waker};
/// use std::{future, thread};
///
/// let list = Mutex::new(WaitList::new());
/// let key = list.lock().unwrap().insert((), Waker::noop().clone());
/// thread::scope(|scope| {
///     scope.spawn(|| {
///         let granted = list.lock().unwrap().grant_first();
///         let ((), waker) = granted.expect("there is one waiter");
///         waker.expect("nobody has nudged it").wake();
///     });
///
///     // Sleeps unless the other thread was faster.
///     block_on(future::poll_fn(|cx| {
///         let mut waker = Some(cx.waker().clone());
///         match list.lock().unwrap().poll(&key, cx.waker(), &mut waker) {
///             Polled::Granted => Poll::Ready(()),
///             _ => Poll::Pending,
///         }
///     }));
/// });
/// assert!(list.lock().unwrap().release(key).is_granted());
/// ```
pub fn block_on<F: Future>(future: F) -> F::Output {
    let parker = Borrowed::take();
    let mut cx = Context::from_waker(parker.waker());
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        parker.park();
    }
}

/// Drives `future` on this thread for at most `limit`; `None` if it is not ready by then.
///
/// A `limit` too long for the clock means "as long as it takes", and zero polls without sleeping.
/// The last poll comes after the end of the limit: what was granted in time is not missed.
///
/// # Cancel safety
///
/// The future is only borrowed.
/// After `None` it is as it was, pending, and may be driven on, or dropped: then it loses what its
/// own documentation says.
///
/// # Blocking
///
/// Blocks the thread; see the [module's documentation](self#blocking).
///
/// # Examples
///
/// ```
/// use async_waitlist::blocking::block_on_timeout;
/// use std::future;
/// use std::time::Duration;
///
/// let mut ready = future::ready(5);
/// assert_eq!(block_on_timeout(&mut ready, Duration::ZERO), Some(5));
///
/// let mut never = future::pending::<u32>();
/// assert_eq!(block_on_timeout(&mut never, Duration::from_millis(1)), None);
/// ```
pub fn block_on_timeout<F>(future: &mut F, limit: Duration) -> Option<F::Output>
where
    F: Future + Unpin + ?Sized,
{
    match Instant::now().checked_add(limit) {
        Some(at) => block_on_deadline(future, at),
        None => Some(block_on(future)),
    }
}

/// Drives `future` on this thread until `at`; `None` if it is not ready by then.
///
/// A deadline in the past polls without sleeping.
/// The last poll comes after the deadline: what was granted in time is not missed.
///
/// # Cancel safety
///
/// The future is only borrowed.
/// After `None` it is as it was, pending, and may be driven on, or dropped: then it loses what its
/// own documentation says.
///
/// # Blocking
///
/// Blocks the thread; see the [module's documentation](self#blocking).
///
/// # Examples
///
/// ```
/// use async_waitlist::blocking::block_on_deadline;
/// use std::future;
/// use std::time::{Duration, Instant};
///
/// let at = Instant::now() + Duration::from_millis(1);
/// let mut never = future::pending::<u32>();
/// assert_eq!(block_on_deadline(&mut never, at), None);
/// assert!(Instant::now() >= at);
/// ```
pub fn block_on_deadline<F>(future: &mut F, at: Instant) -> Option<F::Output>
where
    F: Future + Unpin + ?Sized,
{
    let parker = Borrowed::take();
    let mut cx = Context::from_waker(parker.waker());
    let mut late = false;
    loop {
        if let Poll::Ready(output) = Pin::new(&mut *future).poll(&mut cx) {
            return Some(output);
        }
        if late {
            return None;
        }
        // Looked at between two polls, so that one poll always comes after the deadline.
        late = parker.park_until(at);
    }
}
