//! What the sources failed with.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::slice;
use std::vec;

use crate::index::Index;

/// The errors of one or more sources, in the order in which these were added.
///
/// Its message is that of the first, and how many there are besides.
///
/// # Examples
///
/// ```
/// use async_merge_streams::try_merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let sources = ["a", "b"].map(|error| stream::iter([Err::<(), _>(error)]));
/// let errors = block_on(try_merge(sources).next()).unwrap().unwrap_err();
/// assert_eq!(errors.to_string(), "a (and 1 more)");
/// assert_eq!(*errors.first(), "a");
///
/// let found: Vec<_> = errors.into_iter().map(|(index, error)| (index.position(), error)).collect();
/// assert_eq!(found, [(0, "a"), (1, "b")]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeErrors<E> {
    /// Not empty, in the order of the indices.
    errors: Vec<(Index, E)>,
}

impl<E> MergeErrors<E> {
    /// `None` if there is none.
    pub(crate) fn new(mut errors: Vec<(Index, E)>) -> Option<Self> {
        errors.sort_by_key(|(index, _)| *index);
        (!errors.is_empty()).then_some(Self { errors })
    }

    /// Returns the error of the source that was added first.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let merge = try_merge([stream::iter([Err::<(), _>("broken")])]);
    /// let errors: Vec<_> = block_on(merge.collect());
    /// assert_eq!(*errors[0].as_ref().unwrap_err().first(), "broken");
    /// ```
    pub fn first(&self) -> &E {
        &self.errors[0].1
    }

    /// Returns each error with the index of its source.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let merge = try_merge([stream::iter([Err::<(), _>("broken")])]);
    /// let errors: Vec<_> = block_on(merge.collect());
    /// for (index, error) in errors[0].as_ref().unwrap_err().iter() {
    ///     assert_eq!((index.position(), *error), (0, "broken"));
    /// }
    /// ```
    pub fn iter(&self) -> slice::Iter<'_, (Index, E)> {
        self.errors.iter()
    }

    /// Returns the errors with the indices of their sources; there is one at least.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_merge_streams::try_merge;
    /// use futures_lite::{StreamExt, future::block_on, stream};
    ///
    /// let mut merge = try_merge([stream::iter([Err::<(), _>("broken")])]);
    /// let errors = block_on(merge.next()).unwrap().unwrap_err();
    /// assert_eq!(errors.into_inner()[0].1, "broken");
    /// ```
    pub fn into_inner(self) -> Vec<(Index, E)> {
        self.errors
    }
}

impl<E> IntoIterator for MergeErrors<E> {
    type Item = (Index, E);
    type IntoIter = vec::IntoIter<(Index, E)>;

    fn into_iter(self) -> Self::IntoIter {
        self.errors.into_iter()
    }
}

impl<'a, E> IntoIterator for &'a MergeErrors<E> {
    type Item = &'a (Index, E);
    type IntoIter = slice::Iter<'a, (Index, E)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<E: Display> Display for MergeErrors<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first().fmt(f)?;
        match self.errors.len() {
            1 => Ok(()),
            count => write!(f, " (and {} more)", count - 1),
        }
    }
}

// The message is that of the errors themselves, so it takes no more than these to be one: a
// `String` or a boxed error may be `E`.
impl<E: Debug + Display> Error for MergeErrors<E> {}
