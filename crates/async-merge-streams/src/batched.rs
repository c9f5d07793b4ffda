//! What is ready, all at once.

use std::fmt;
use std::mem;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};

use crate::merge::{Budget, Merge, Turn, merge};

/// The room of the first batch; the others get what the last one needed.
const FIRST: usize = 8;

/// Merges streams into one of batches: whatever is ready, up to `max` items.
///
/// It does not wait for a batch to be full: a batch comes as soon as there is an item.
/// No batch is empty.
///
/// # Examples
///
/// ```
/// use async_merge_streams::merge_batched;
/// use futures_lite::{StreamExt, future::block_on, stream};
/// use std::num::NonZeroUsize;
///
/// let max = NonZeroUsize::new(3).unwrap();
/// let merge = merge_batched([stream::iter(0..3), stream::iter(10..12)], max);
/// let batches: Vec<Vec<u32>> = block_on(merge.collect());
/// assert_eq!(batches, [vec![0, 10, 1], vec![11, 2]]);
/// ```
pub fn merge_batched<I>(streams: I, max: NonZeroUsize) -> MergeBatched<I::Item>
where
    I: IntoIterator<Item: Stream + Unpin>,
{
    MergeBatched {
        merge: merge(streams),
        max,
        batch: Vec::new(),
        room: FIRST.min(max.get()),
    }
}

/// A merge that gives what is ready at once; made by [`merge_batched`].
///
/// Its items are `Vec<T>`, in the order in which the merge would give theirs.
/// One that is given out belongs to the caller; the next takes an allocation of its own.
///
/// Where sources never run dry, each batch is full: choose `max` accordingly.
///
/// # Cancel safety
///
/// Dropping a future that waits for the next batch loses nothing: a batch is returned by the very
/// poll that collects it.
/// If a source panics while a batch is collected, what has been collected is in the next one.
///
/// # Examples
///
/// ```
/// use async_merge_streams::merge_batched;
/// use futures_lite::{StreamExt, future::block_on, stream};
/// use std::num::NonZeroUsize;
///
/// let mut merge = merge_batched([stream::iter([1, 2])], NonZeroUsize::MAX);
/// assert_eq!(block_on(merge.next()), Some(vec![1, 2]));
/// merge.get_mut().push(stream::iter([3, 4]));
/// assert_eq!(block_on(merge.next()), Some(vec![3, 4]));
/// ```
#[must_use = "a merge does nothing until it is polled"]
pub struct MergeBatched<S: Stream> {
    merge: Merge<S>,
    max: NonZeroUsize,
    /// Empty between polls, unless a source has panicked.
    batch: Vec<S::Item>,
    /// What to allocate for the next batch.
    room: usize,
}

impl<S: Stream> MergeBatched<S> {
    /// Returns the merge, without what a source that panicked has left for the next batch.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge_batched;
    /// use futures_lite::stream;
    /// use std::num::NonZeroUsize;
    ///
    /// let merge = merge_batched([stream::iter([1])], NonZeroUsize::MIN);
    /// assert_eq!(merge.get_ref().len(), 1);
    /// ```
    pub fn get_ref(&self) -> &Merge<S> {
        &self.merge
    }

    /// Returns the merge, to add and remove sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge_batched;
    /// use futures_lite::stream;
    /// use std::num::NonZeroUsize;
    ///
    /// let mut merge = merge_batched([stream::iter([1])], NonZeroUsize::MIN);
    /// merge.get_mut().push(stream::iter([2]));
    /// assert_eq!(merge.get_ref().len(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut Merge<S> {
        &mut self.merge
    }
}

// The items are not pinned.
impl<S: Stream + Unpin> Unpin for MergeBatched<S> {}

impl<S: Stream + Unpin> MergeBatched<S> {
    /// Adds to the batch what is ready, as far as there is room.
    fn collect(&mut self, budget: &mut Budget) {
        while self.batch.len() < self.max.get() {
            if let Some((_, item)) = self.merge.at_once(budget) {
                self.batch.push(item);
                continue;
            }
            match self.merge.turn(budget) {
                Turn::Item(_, item) => self.batch.push(item),
                Turn::Empty | Turn::Idle | Turn::Spent => break,
            }
        }
    }
}

impl<S: Stream + Unpin> Stream for MergeBatched<S> {
    type Item = Vec<S::Item>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let mut budget = Budget::new();
        if this.batch.is_empty() {
            let Some((_, item)) = ready!(this.merge.poll_item(cx, &mut budget)) else {
                return Poll::Ready(None);
            };
            this.batch.reserve_exact(this.room);
            this.batch.push(item);
        }
        // From here on there is something to give out: the task does not wait.
        this.collect(&mut budget);
        this.room = this.batch.len();
        Poll::Ready(Some(mem::take(&mut this.batch)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (low, high) = self.merge.size_hint();
        let held = self.batch.len();
        let batches = low.saturating_add(held).div_ceil(self.max.get());
        (batches, high.and_then(|high| high.checked_add(held)))
    }
}

impl<S: Stream + Unpin> FusedStream for MergeBatched<S> {
    fn is_terminated(&self) -> bool {
        self.batch.is_empty() && self.merge.is_terminated()
    }
}

impl<S: Stream> fmt::Debug for MergeBatched<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergeBatched")
            .field("merge", &self.merge)
            .field("max", &self.max)
            .finish_non_exhaustive()
    }
}
