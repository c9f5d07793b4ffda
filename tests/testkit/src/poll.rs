//! Polling by hand.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::waker::CountWaker;

/// Polls `future` once with `waker`.
///
/// # Examples
///
/// ```
/// use std::task::{Poll, Waker};
///
/// let mut future = std::future::ready(7);
/// assert_eq!(testkit::poll_once(&mut future, Waker::noop()), Poll::Ready(7));
/// ```
pub fn poll_once<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    poll_pinned(Pin::new(future), waker)
}

/// Polls a pinned `future` once with `waker`.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
/// use std::task::{Poll, Waker};
///
/// let future = pin!(async { 7 });
/// assert_eq!(testkit::poll_pinned(future, Waker::noop()), Poll::Ready(7));
/// ```
pub fn poll_pinned<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

/// Polls `future` up to `n` times with `waker` and returns its output if it completed.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
/// use std::task::Waker;
///
/// let future = pin!(async {
///     futures_lite::future::yield_now().await;
///     7
/// });
/// assert_eq!(testkit::poll_n(future, Waker::noop(), 2), Some(7));
/// ```
pub fn poll_n<F: Future + ?Sized>(
    mut future: Pin<&mut F>,
    waker: &Waker,
    n: usize,
) -> Option<F::Output> {
    (0..n).find_map(|_| match poll_pinned(future.as_mut(), waker) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    })
}

/// Drops a future after no poll, after one, after two and so on up to `max_polls`, and has each
/// outcome checked.
///
/// Each round begins with a future and a world by `make`. After every poll that is pending, `step`
/// moves the world on, to what the next poll shall find. Then the future is dropped, and `check`
/// looks at the world, with the number of polls that there were.
/// A round ends early when the future completes; it is then the last one.
///
/// Returns the number of polls until completion, if there was one; a test that means to cover the
/// whole life of its future asserts this.
///
/// # Examples
///
/// A value on its way through a future is dropped exactly once, wherever that future stops:
///
/// ```
/// use futures_lite::future::yield_now;
/// use testkit::Drops;
///
/// let completed = testkit::drop_after_each_poll(
///     5,
///     || {
///         let drops = Drops::new();
///         let item = drops.item();
///         let future = async move {
///             yield_now().await;
///             yield_now().await;
///             item
///         };
///         (future, drops)
///     },
///     |_drops| {},
///     |drops, polls| assert_eq!(drops.dropped(), 1, "after {polls} polls"),
/// );
/// assert_eq!(completed, Some(3));
/// ```
pub fn drop_after_each_poll<F: Future, World>(
    max_polls: usize,
    mut make: impl FnMut() -> (F, World),
    mut step: impl FnMut(&mut World),
    mut check: impl FnMut(World, usize),
) -> Option<usize> {
    for polls in 0..=max_polls {
        let (future, mut world) = make();
        let mut future = Box::pin(future);
        let (_count, waker) = CountWaker::new();
        let mut completed = None;
        for poll in 1..=polls {
            if poll_pinned(future.as_mut(), &waker).is_ready() {
                completed = Some(poll);
                break;
            }
            step(&mut world);
        }
        drop(future);
        check(world, completed.unwrap_or(polls));
        if completed.is_some() {
            return completed;
        }
    }
    None
}
