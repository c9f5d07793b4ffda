//! Chunks of a stream, by count and by time from the first item.

use std::fmt;
use std::mem;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_clock::{Clock, ClockExt, Sleep, SystemClock};
use futures_core::Stream;
use futures_core::stream::FusedStream;
use pin_project_lite::pin_project;

/// Collects the items of a stream into chunks of up to `max_items`, none of which waits for longer
/// than `max_wait` for others to join its first item.
///
/// The stream is polled in place: no task, no queue.
/// As long as it is ready, no timer is set and no clock is read; the time of a chunk begins at the
/// end of the poll that got its first item.
/// A `max_wait` too long for the clock means that time is no reason.
///
/// # Examples
///
/// ```
/// use futures_lite::{StreamExt, future, stream};
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let two = NonZeroUsize::new(2).unwrap();
/// let chunks = async_waterfall::chunks(stream::iter(1..=5), two, Duration::from_secs(1));
/// let chunks: Vec<Vec<u32>> = future::block_on(chunks.collect());
/// assert_eq!(chunks, [vec![1, 2], vec![3, 4], vec![5]]);
/// ```
pub fn chunks<S: Stream>(stream: S, max_items: NonZeroUsize, max_wait: Duration) -> Chunks<S> {
    chunks_with_clock(stream, max_items, max_wait, SystemClock)
}

/// Like [`chunks`], on a clock of choice.
///
/// # Examples
///
/// ```
/// use async_clock::{Clock, ClockExt, ManualClock};
/// use futures_lite::{StreamExt, future, stream};
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let (start, minute) = (clock.now(), Duration::from_secs(60));
/// let one_and_no_more = stream::once(7).chain(stream::pending());
/// let two = NonZeroUsize::new(2).unwrap();
/// let mut chunks = async_waterfall::chunks_with_clock(one_and_no_more, two, minute, clock.clone());
/// assert_eq!(future::block_on(clock.drive(chunks.next())), Some(vec![7]));
/// assert_eq!(clock.now() - start, minute);
/// ```
pub fn chunks_with_clock<S: Stream, C: Clock>(
    stream: S,
    max_items: NonZeroUsize,
    max_wait: Duration,
    clock: C,
) -> Chunks<S, C> {
    Chunks {
        stream,
        chunk: Vec::new(),
        max_items: max_items.get(),
        max_wait,
        timer: Sleep::never(clock.clone()),
        is_armed: false,
        clock,
        is_done: false,
    }
}

pin_project! {
    /// The stream of [`chunks`] and [`chunks_with_clock`].
    ///
    /// # Cancel safety
    ///
    /// Its `next` loses nothing when it is dropped: what was collected is in here and part of the
    /// next chunk. Dropping the stream drops that; use [`into_parts`](Self::into_parts) to keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::Chunks;
    /// use futures_lite::{Stream, stream};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let chunks: Chunks<_> = async_waterfall::chunks(stream::iter(1..=5), NonZeroUsize::MIN, Duration::MAX);
    /// assert_eq!(chunks.size_hint(), (5, Some(5)));
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct Chunks<S: Stream, C: Clock = SystemClock> {
        #[pin]
        stream: S,
        chunk: Vec<S::Item>,
        max_items: usize,
        max_wait: Duration,
        timer: Sleep<C>,
        // Whether `timer` is that of `chunk`.
        is_armed: bool,
        clock: C,
        is_done: bool,
    }
}

impl<S: Stream, C: Clock> Chunks<S, C> {
    /// Takes it apart: the stream, and what was collected for the next chunk.
    ///
    /// # Examples
    ///
    /// ```
    /// use futures_lite::stream;
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let chunks = async_waterfall::chunks(stream::iter(1..=5), NonZeroUsize::MIN, Duration::MAX);
    /// let (_stream, collected) = chunks.into_parts();
    /// assert!(collected.is_empty()); // it was never polled
    /// ```
    pub fn into_parts(self) -> (S, Vec<S::Item>) {
        (self.stream, self.chunk)
    }
}

impl<S: Stream, C: Clock> Stream for Chunks<S, C> {
    type Item = Vec<S::Item>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Vec<S::Item>>> {
        let mut me = self.project();
        if *me.is_done {
            return Poll::Ready(None);
        }
        loop {
            match me.stream.as_mut().poll_next(cx) {
                // Nothing is ever collected, then.
                Poll::Ready(Some(item)) if *me.max_items == 1 => {
                    return Poll::Ready(Some(vec![item]));
                }
                Poll::Ready(Some(item)) => {
                    if me.chunk.capacity() == 0 {
                        // No more than the stream says it has; it may be far from `max_items`.
                        let at_most = me
                            .stream
                            .size_hint()
                            .1
                            .map_or(usize::MAX, |n| n.saturating_add(1));
                        *me.chunk = Vec::with_capacity((*me.max_items).min(at_most).min(1024));
                    }
                    me.chunk.push(item);
                    if me.chunk.len() >= *me.max_items {
                        *me.is_armed = false;
                        return Poll::Ready(Some(mem::take(me.chunk)));
                    }
                }
                Poll::Ready(None) => {
                    *me.is_done = true;
                    let last = mem::take(me.chunk);
                    return Poll::Ready((!last.is_empty()).then_some(last));
                }
                Poll::Pending => break,
            }
        }
        if me.chunk.is_empty() {
            return Poll::Pending;
        }
        if !*me.is_armed {
            *me.is_armed = true;
            *me.timer = me.clock.sleep(*me.max_wait);
        }
        if Pin::new(me.timer).poll(cx).is_pending() {
            return Poll::Pending;
        }
        *me.is_armed = false;
        Poll::Ready(Some(mem::take(me.chunk)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (lower, upper) = self.stream.size_hint();
        if self.is_done {
            return (0, Some(0));
        }
        let collected = self.chunk.len();
        let lower = lower.saturating_add(collected).div_ceil(self.max_items);
        // Any number of them may be cut short by the time, but none is empty.
        (lower, upper.and_then(|upper| upper.checked_add(collected)))
    }
}

impl<S: Stream, C: Clock> FusedStream for Chunks<S, C> {
    fn is_terminated(&self) -> bool {
        self.is_done
    }
}

impl<S: Stream, C: Clock> fmt::Debug for Chunks<S, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks")
            .field("collected", &self.chunk.len())
            .field("max_items", &self.max_items)
            .field("max_wait", &self.max_wait)
            .finish_non_exhaustive()
    }
}
