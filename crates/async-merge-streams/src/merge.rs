//! The merge itself.

mod poll;
mod sources;

use std::fmt;

use futures_core::Stream;

use crate::index::Index;
use crate::ready::ReadySet;
use crate::with_index::WithIndex;
pub(crate) use poll::{Budget, Turn};
use sources::Sources;

/// Merges streams into one, which gives their items as they come.
///
/// All streams have one type; [`merge!`](crate::merge!) takes different ones, and a type-erased
/// box, such as `Pin<Box<dyn Stream<Item = T> + Send>>`, is a type too.
///
/// # Examples
///
/// ```
/// use async_merge_streams::merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let merge = merge([stream::iter(0..3), stream::iter(10..12)]);
/// let items: Vec<u32> = block_on(merge.collect());
/// assert_eq!(items, [0, 10, 1, 11, 2]); // in turns
/// ```
pub fn merge<I>(streams: I) -> Merge<I::Item>
where
    I: IntoIterator<Item: Stream + Unpin>,
{
    streams.into_iter().collect()
}

/// Many streams as one.
///
/// It ends when all of its sources have ended: an empty merge gives `None`.
/// That is for now: after a [`push`](Self::push) it gives items again.
///
/// A source that ends is dropped.
/// One that panics is dropped too, before the panic goes on to whoever polls the merge; the others
/// are as they were.
///
/// # Cancel safety
///
/// Dropping a future that waits for the next item loses nothing: an item is returned by the very
/// poll that got it from its source.
/// Dropping the merge drops the sources; [`remove`](Self::remove) gets one back.
///
/// # Fairness
///
/// The sources that are ready have their turns in the order of their positions, one item each; so
/// in any 2 N items of N sources that are always ready, each appears.
/// A source that becomes ready joins at the end of the round: none of the others gives more than
/// two items before its turn comes.
///
/// A poll that has polled 128 sources in vain wakes its own task and returns, so that other tasks
/// have their turns; so does one in which sources that had nothing keep waking themselves.
///
/// # Runtime compatibility
///
/// Any executor.
/// The wakers of the sources may be called from any thread, at any time, also when the merge is
/// gone.
///
/// # Examples
///
/// ```
/// use async_merge_streams::Merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let mut merge = Merge::new();
/// merge.push(stream::iter([1]));
/// block_on(async {
///     assert_eq!(merge.next().await, Some(1));
///     merge.push(stream::iter([2]));
///     assert_eq!(merge.next().await, Some(2));
///     assert_eq!(merge.next().await, None);
///     merge.push(stream::iter([3]));
///     assert_eq!(merge.next().await, Some(3));
/// });
/// ```
///
/// # Implementation notes
///
/// Each source has a waker of its own, which sets a bit and wakes the task if it is the first to
/// do so.
/// The merge takes these bits into a bitmap of its own and walks that; a bit stays set as long as
/// its source gives items.
/// So an item of a source that stays ready costs no atomic operation, and one of a source that was
/// woken costs the same among ten sources as among ten thousand, but for the caches.
#[must_use = "a merge does nothing until it is polled"]
pub struct Merge<S> {
    /// Dropped before the sources, whose destructors may wake.
    ready: ReadySet,
    sources: Sources<S>,
}

impl<S> Merge<S> {
    /// Returns a merge without sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::Merge;
    /// use futures_lite::{future::block_on, stream, StreamExt};
    ///
    /// let mut merge = Merge::<stream::Empty<u32>>::new();
    /// assert_eq!(block_on(merge.next()), None);
    /// ```
    pub fn new() -> Self {
        Self {
            ready: ReadySet::new(),
            sources: Sources::new(),
        }
    }

    /// Adds a source and wakes the task that waits for an item, if there is one.
    ///
    /// It allocates if there is no position that another source has left.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::Merge;
    /// use futures_lite::stream;
    ///
    /// let mut merge = Merge::new();
    /// let index = merge.push(stream::iter([7]));
    /// assert!(merge.contains(index));
    /// ```
    pub fn push(&mut self, stream: S) -> Index {
        let index = self.sources.insert(stream, |at| self.ready.waker(at));
        // What is new is polled as if it had been woken.
        self.sources.at(index.position).waker.wake_by_ref();
        index
    }

    /// Takes a source out; `None` if it is gone.
    ///
    /// If it was the last one, the task that waits for an item is woken, to see the end.
    /// The source may have got the merge's waker; wakes that come of that do no harm.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::Merge;
    /// use futures_lite::stream;
    ///
    /// let mut merge = Merge::new();
    /// let index = merge.push(stream::iter([7]));
    /// assert!(merge.remove(index).is_some());
    /// assert!(merge.remove(index).is_none());
    /// ```
    pub fn remove(&mut self, index: Index) -> Option<S> {
        let stream = self.take(index)?;
        if self.is_empty() {
            self.sources.at(index.position).waker.wake_by_ref();
        }
        Some(stream)
    }

    /// Returns whether a source is there: it has not ended, panicked, or been removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::Merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let mut merge = Merge::new();
    /// let index = merge.push(stream::iter([7]));
    /// assert_eq!(block_on(merge.next()), Some(7));
    /// assert!(merge.contains(index)); // it has not yet been asked for another
    /// assert_eq!(block_on(merge.next()), None);
    /// assert!(!merge.contains(index));
    /// ```
    pub fn contains(&self, index: Index) -> bool {
        self.sources.contains(index)
    }

    /// Returns the indices of the sources that are there, in the order of their positions.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge;
    /// use futures_lite::stream;
    ///
    /// let merge = merge([stream::iter([1]), stream::iter([2])]);
    /// let positions: Vec<usize> = merge.indices().map(|index| index.position()).collect();
    /// assert_eq!(positions, [0, 1]);
    /// ```
    pub fn indices(&self) -> impl Iterator<Item = Index> + '_ {
        self.sources.iter().map(|(index, _)| index)
    }

    /// Returns how many sources there are.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge;
    /// use futures_lite::stream;
    ///
    /// assert_eq!(merge([stream::iter([1]), stream::iter([2])]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    /// Returns whether there is no source: the next item is `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::Merge;
    /// use futures_lite::stream;
    ///
    /// assert!(Merge::<stream::Empty<u32>>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Has each item come with the index of its source.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let mut merge = merge([stream::iter(["a"]), stream::iter(["b"])]).with_index();
    /// let (index, item) = block_on(merge.next()).unwrap();
    /// assert_eq!((index.position(), item), (0, "a"));
    /// ```
    pub fn with_index(self) -> WithIndex<S> {
        WithIndex::new(self)
    }

    /// Takes a source out, without a wake: for whoever polls.
    pub(crate) fn take(&mut self, index: Index) -> Option<S> {
        let stream = self.sources.remove(index)?;
        self.ready.cool(index.position);
        Some(stream)
    }

    /// Drops all sources.
    pub(crate) fn clear(&mut self) {
        self.ready.cool_all();
        let streams = self.sources.take_all();
        drop(streams);
    }
}

impl<S> Default for Merge<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Extend<S> for Merge<S> {
    fn extend<I: IntoIterator<Item = S>>(&mut self, streams: I) {
        for stream in streams {
            self.push(stream);
        }
    }
}

impl<S> FromIterator<S> for Merge<S> {
    fn from_iter<I: IntoIterator<Item = S>>(streams: I) -> Self {
        let mut merge = Self::new();
        merge.extend(streams);
        merge
    }
}

impl<S> fmt::Debug for Merge<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
