//! How a source is named.

/// Names one source of one merge, for as long as the merge lives.
///
/// It is never given to another source, not even when its source is gone.
/// Indices compare in the order in which the sources were added.
///
/// # Examples
///
/// ```
/// use async_merge_streams::Merge;
/// use futures_lite::stream;
///
/// let mut merge = Merge::new();
/// let first = merge.push(stream::iter([1]));
/// let second = merge.push(stream::iter([2]));
/// assert!(first < second);
/// assert_eq!((first.position(), second.position()), (0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Index {
    /// First, as it is what indices are ordered by.
    pub(crate) serial: u64,
    pub(crate) position: usize,
}

impl Index {
    /// Returns the place of the source among the places that the merge has.
    ///
    /// The sources that a merge begins with have 0, 1, 2 and so on.
    /// A source that is added later takes a place that another has left, if there is one: so
    /// positions are small, and serve to look things up in a `Vec` beside the merge.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::merge;
    /// use futures_lite::stream;
    ///
    /// let mut merge = merge([stream::iter([1]), stream::iter([2])]);
    /// let first = merge.indices().next().unwrap();
    /// assert!(merge.remove(first).is_some());
    ///
    /// let third = merge.push(stream::iter([3]));
    /// assert_eq!(third.position(), first.position());
    /// assert_ne!(third, first);
    /// ```
    pub fn position(self) -> usize {
        self.position
    }
}
