//! Merging streams that may fail.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};

use crate::errors::MergeErrors;
use crate::index::Index;
use crate::merge::{Budget, Merge, merge};
use crate::suppress::Suppress;

/// What a [`TryMerge`] does when one of its sources fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnError {
    /// Gives the values that are ready, then the error, and ends.
    ///
    /// Each source that is ready when the first error comes is asked once more, in the order of
    /// their positions, and then all are dropped.
    /// The errors that come up in this are given together with the first.
    #[default]
    Raise,
    /// Goes on with the other sources, and gives all errors together at the end.
    ///
    /// Not for sources that never end: the errors would never be seen, and pile up.
    Delay,
}

/// Merges streams of results into one that gives their values, and their errors as
/// [`TryMerge::errors`] says.
///
/// An error ends its source.
/// Where sources go on after an error, [`merge`](crate::merge()) gives errors as it gives other
/// items.
///
/// # Examples
///
/// ```
/// use async_merge_streams::try_merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let mut merge = try_merge([
///     stream::iter(vec![Ok(1), Err("broken"), Ok(2)]),
///     stream::iter(vec![Ok(10), Ok(11), Ok(12)]),
/// ]);
/// block_on(async {
///     assert_eq!(merge.next().await, Some(Ok(1)));
///     assert_eq!(merge.next().await, Some(Ok(10)));
///     assert_eq!(merge.next().await, Some(Ok(11))); // it was ready
///     assert_eq!(*merge.next().await.unwrap().unwrap_err().first(), "broken");
///     assert_eq!(merge.next().await, None);
/// });
/// ```
pub fn try_merge<I, T, E>(streams: I) -> TryMerge<I::Item, E>
where
    I: IntoIterator<Item: Stream<Item = Result<T, E>> + Unpin>,
{
    TryMerge {
        merge: merge(streams),
        on_error: OnError::Raise,
        errors: Vec::new(),
        raised: false,
    }
}

/// A merge of streams that may fail; made by [`try_merge`].
///
/// Its items are `Result<T, MergeErrors<E>>`.
/// As a [`Merge`], it ends when it has no sources, and gives items again after a `push`.
///
/// # Cancel safety
///
/// Dropping a future that waits for the next item loses nothing: values are returned by the very
/// poll that got them, and errors are kept until they are given.
///
/// # Examples
///
/// ```
/// use async_merge_streams::{OnError, try_merge};
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let sources = [
///     stream::iter(vec![Err("a"), Ok(1)]),
///     stream::iter(vec![Ok(10), Err("b")]),
///     stream::iter(vec![Ok(20), Ok(21)]),
/// ];
/// let mut merge = try_merge(sources).errors(OnError::Delay);
/// block_on(async {
///     assert_eq!(merge.next().await, Some(Ok(10)));
///     assert_eq!(merge.next().await, Some(Ok(20)));
///     assert_eq!(merge.next().await, Some(Ok(21)));
///     let errors = merge.next().await.unwrap().unwrap_err();
///     assert!(errors.iter().map(|(_, error)| error).eq(&["a", "b"]));
///     assert_eq!(merge.next().await, None);
/// });
/// ```
#[must_use = "a merge does nothing until it is polled"]
pub struct TryMerge<S, E> {
    merge: Merge<S>,
    on_error: OnError,
    /// Those that were not given yet.
    errors: Vec<(Index, E)>,
    /// What is ready is given, then the errors.
    raised: bool,
}

impl<S, E> TryMerge<S, E> {
    /// Sets what to do when a source fails; without it, [`OnError::Raise`].
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::{OnError, try_merge};
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let merge = try_merge([stream::iter([Err("broken"), Ok(1)]), stream::iter([Ok(2), Ok(3)])]);
    /// let items: Vec<_> = block_on(merge.errors(OnError::Delay).collect());
    /// assert_eq!(items[..2], [Ok(2), Ok(3)]);
    /// assert!(items[2].is_err());
    /// ```
    pub fn errors(mut self, on_error: OnError) -> Self {
        self.on_error = on_error;
        self
    }

    /// Calls `on_error` with each error, and goes on with the other sources.
    ///
    /// The items are the bare values then.
    ///
    /// # Panics
    ///
    /// If `on_error` panics, that goes on to whoever polls; the source is gone by then, and the
    /// others are as they were.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let sources = [stream::iter([Err("broken"), Ok(1)]), stream::iter([Ok(2), Ok(3)])];
    /// let mut errors = Vec::new();
    /// let merge = try_merge(sources).suppress(|index, error| errors.push((index.position(), error)));
    /// let items: Vec<u32> = block_on(merge.collect());
    /// assert_eq!(items, [2, 3]);
    /// assert_eq!(errors, [(0, "broken")]);
    /// ```
    pub fn suppress<F: FnMut(Index, E)>(self, mut on_error: F) -> Suppress<S, F> {
        for (index, error) in self.errors {
            on_error(index, error);
        }
        Suppress::new(self.merge, on_error)
    }

    /// Returns the merge, whose items are results.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::stream;
    ///
    /// let merge = try_merge([stream::iter([Ok::<u32, String>(1)])]);
    /// assert_eq!(merge.get_ref().len(), 1);
    /// ```
    pub fn get_ref(&self) -> &Merge<S> {
        &self.merge
    }

    /// Returns the merge, to add and remove sources.
    ///
    /// An item that is taken from the merge itself, error or not, is given as it is, and an error
    /// does not end its source.
    /// Between a first error that is yet to be raised and its giving, sources that are added are
    /// dropped with the others.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::stream;
    ///
    /// let mut merge = try_merge([stream::iter([Ok::<u32, String>(1)])]);
    /// merge.get_mut().push(stream::iter([Ok(2)]));
    /// assert_eq!(merge.get_ref().len(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut Merge<S> {
        &mut self.merge
    }

    /// Notes an error, which ends its source.
    fn fail(&mut self, index: Index, error: E, budget: &mut Budget)
    where
        S: Stream + Unpin,
    {
        budget.spend();
        // First: the destructor of a source may panic.
        self.errors.push((index, error));
        if self.on_error == OnError::Raise && !self.raised {
            self.raised = true;
            self.merge.begin_rest();
        }
        let failed = self.merge.take(index);
        drop(failed);
    }

    /// Gives what was noted.
    fn give(&mut self) -> Option<MergeErrors<E>> {
        self.raised = false;
        MergeErrors::new(mem::take(&mut self.errors))
    }
}

// The errors are not pinned.
impl<S: Unpin, E> Unpin for TryMerge<S, E> {}

impl<S, T, E> Stream for TryMerge<S, E>
where
    S: Stream<Item = Result<T, E>> + Unpin,
{
    type Item = Result<T, MergeErrors<E>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let mut budget = Budget::new();
        loop {
            let found = if this.raised {
                this.merge.poll_rest(cx, &mut budget)
            } else {
                this.merge.poll_item(cx, &mut budget)
            };
            match ready!(found) {
                Some((_, Ok(value))) => return Poll::Ready(Some(Ok(value))),
                Some((index, Err(error))) => this.fail(index, error, &mut budget),
                None => {
                    this.merge.clear();
                    return Poll::Ready(this.give().map(Err));
                }
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        // An error may end all of them, and comes in place of an item.
        let (low, high) = self.merge.size_hint();
        let given = usize::from(!self.errors.is_empty());
        let low = low.min(1).max(given);
        (low, high.and_then(|high| high.checked_add(given)))
    }
}

impl<S, T, E> FusedStream for TryMerge<S, E>
where
    S: Stream<Item = Result<T, E>> + Unpin,
{
    fn is_terminated(&self) -> bool {
        self.errors.is_empty() && self.merge.is_terminated()
    }
}

impl<S, E> fmt::Debug for TryMerge<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryMerge")
            .field("merge", &self.merge)
            .field("on_error", &self.on_error)
            .field("errors", &self.errors.len())
            .finish_non_exhaustive()
    }
}
