//! Items with the index of their source.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use crate::index::Index;
use crate::merge::{Budget, Merge};

/// A merge whose items come with the index of their source; made by
/// [`Merge::with_index`].
///
/// Its items are `(Index, T)`; in all else it is the merge, which [`get_mut`](Self::get_mut)
/// lends.
///
/// # Examples
///
/// ```
/// use async_merge_streams::Merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let mut merge = Merge::new().with_index();
/// let index = merge.get_mut().push(stream::iter(["a"]));
/// assert_eq!(block_on(merge.next()), Some((index, "a")));
/// assert_eq!(block_on(merge.next()), None);
/// ```
#[must_use = "a merge does nothing until it is polled"]
pub struct WithIndex<S> {
    merge: Merge<S>,
}

impl<S> WithIndex<S> {
    pub(crate) fn new(merge: Merge<S>) -> Self {
        Self { merge }
    }

    /// Returns the merge.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge;
    /// use futures_lite::stream;
    ///
    /// let merge = merge([stream::iter([1])]).with_index();
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
    /// use async_merge_streams::merge;
    /// use futures_lite::stream;
    ///
    /// let mut merge = merge([stream::iter([1])]).with_index();
    /// merge.get_mut().push(stream::iter([2]));
    /// assert_eq!(merge.get_ref().len(), 2);
    /// ```
    pub fn get_mut(&mut self) -> &mut Merge<S> {
        &mut self.merge
    }

    /// Returns the merge, whose items come alone again.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let mut merge = merge([stream::iter([1])]).with_index().into_inner();
    /// assert_eq!(block_on(merge.next()), Some(1));
    /// ```
    pub fn into_inner(self) -> Merge<S> {
        self.merge
    }
}

impl<S: Stream + Unpin> Stream for WithIndex<S> {
    type Item = (Index, S::Item);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let merge = &mut self.get_mut().merge;
        merge.poll_item(cx, &mut Budget::new())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.merge.size_hint()
    }
}

impl<S: Stream + Unpin> FusedStream for WithIndex<S> {
    fn is_terminated(&self) -> bool {
        self.merge.is_terminated()
    }
}

impl<S> fmt::Debug for WithIndex<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WithIndex").field(&self.merge).finish()
    }
}
