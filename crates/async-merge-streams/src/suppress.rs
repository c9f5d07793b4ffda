//! Merging streams whose errors go elsewhere.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::stream::{FusedStream, Stream};

use crate::index::Index;
use crate::merge::{Budget, Merge};

/// A merge that hands the errors of its sources to a closure; made by
/// [`TryMerge::suppress`](crate::TryMerge::suppress).
///
/// Its items are the values.
/// An error ends its source, and no other.
///
/// # Cancel safety
///
/// Dropping a future that waits for the next item loses nothing.
///
/// # Examples
///
/// ```
/// use async_merge_streams::try_merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let mut merge = try_merge([stream::iter([Err("broken"), Ok(1)])]).suppress(|_, _| {});
/// assert_eq!(block_on(merge.next()), None);
/// merge.get_mut().push(stream::iter([Ok(2), Ok(3)]));
/// assert_eq!(block_on(merge.next()), Some(2));
/// ```
#[must_use = "a merge does nothing until it is polled"]
pub struct Suppress<S, F> {
    merge: Merge<S>,
    on_error: F,
}

impl<S, F> Suppress<S, F> {
    pub(crate) fn new(merge: Merge<S>, on_error: F) -> Self {
        Self { merge, on_error }
    }

    /// Returns the merge, whose items are results.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::stream;
    ///
    /// let source = stream::iter([Ok::<u32, String>(1)]);
    /// let merge = try_merge([source]).suppress(|_, _| {});
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
    /// use async_merge_streams::try_merge;
    /// use futures_lite::stream;
    ///
    /// let source = stream::iter([Ok::<u32, String>(1)]);
    /// let mut merge = try_merge([source]).suppress(|_, _| {});
    /// let index = merge.get_ref().indices().next().unwrap();
    /// assert!(merge.get_mut().remove(index).is_some());
    /// ```
    pub fn get_mut(&mut self) -> &mut Merge<S> {
        &mut self.merge
    }
}

// The closure is not pinned.
impl<S: Unpin, F> Unpin for Suppress<S, F> {}

impl<S, F, T, E> Stream for Suppress<S, F>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    F: FnMut(Index, E),
{
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        let mut budget = Budget::new();
        loop {
            match ready!(this.merge.poll_item(cx, &mut budget)) {
                Some((_, Ok(value))) => return Poll::Ready(Some(value)),
                Some((index, Err(error))) => {
                    budget.spend();
                    let failed = this.merge.take(index);
                    drop(failed);
                    (this.on_error)(index, error);
                }
                None => return Poll::Ready(None),
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.merge.size_hint().1)
    }
}

impl<S, F, T, E> FusedStream for Suppress<S, F>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    F: FnMut(Index, E),
{
    fn is_terminated(&self) -> bool {
        self.merge.is_terminated()
    }
}

impl<S, F> fmt::Debug for Suppress<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suppress")
            .field("merge", &self.merge)
            .finish_non_exhaustive()
    }
}
