//! What a callback may return for its batch.

use std::vec;

/// What a callback returns for a batch: a reply for each item, or nothing but that all went well.
///
/// | returned | each [`submit`](crate::Waterfall::submit) gets |
/// |---|---|
/// | `Vec<R>` | the `R` at its item's place; another number than that of the items is a [failure] |
/// | `()` | `()` |
///
/// Sealed: there are no others.
///
/// [failure]: crate::Failure::WrongCount
///
/// # Examples
///
/// ```
/// use async_waterfall::Replies;
///
/// fn reply_of<O: Replies<Reply = R>, R>(_: &O) {}
/// reply_of::<_, u32>(&vec![1_u32]);
/// reply_of::<_, ()>(&());
/// ```
pub trait Replies: sealed::Sealed {
    /// The reply for one item.
    type Reply;

    /// The replies one by one.
    #[doc(hidden)]
    type Iter: Iterator<Item = Self::Reply>;

    /// Checks the number of replies against that of the items.
    #[doc(hidden)]
    fn checked(self, expected: usize) -> Result<Self::Iter, usize>;
}

impl Replies for () {
    type Reply = ();
    type Iter = std::iter::RepeatN<()>;

    #[inline]
    fn checked(self, expected: usize) -> Result<Self::Iter, usize> {
        Ok(std::iter::repeat_n((), expected))
    }
}

impl<R> Replies for Vec<R> {
    type Reply = R;
    type Iter = vec::IntoIter<R>;

    #[inline]
    fn checked(self, expected: usize) -> Result<Self::Iter, usize> {
        if self.len() == expected {
            Ok(self.into_iter())
        } else {
            Err(self.len())
        }
    }
}

#[expect(unnameable_types, reason = "sealed: nobody else is to implement it")]
mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<R> Sealed for Vec<R> {}
}
