//! Streams of different types as sources of one merge.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

/// One of two streams with the same items: what [`merge!`](crate::merge!) makes one type of many
/// with.
///
/// # Examples
///
/// ```
/// use async_merge_streams::{Either, merge};
/// use futures_lite::{StreamExt, future::block_on, stream};
///
/// let mut merge = merge!(stream::once(1), stream::iter([2, 3]));
/// merge.push(Either::Left(stream::once(4)));
/// let items: Vec<u32> = block_on(merge.collect());
/// assert_eq!(items, [1, 2, 4, 3]);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a stream does nothing until it is polled"]
pub enum Either<L, R> {
    /// The first one.
    Left(L),
    /// The second one, or an `Either` of those that follow.
    Right(R),
}

impl<L, R> Stream for Either<L, R>
where
    L: Stream + Unpin,
    R: Stream<Item = L::Item> + Unpin,
{
    type Item = L::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<L::Item>> {
        match self.get_mut() {
            Self::Left(stream) => Pin::new(stream).poll_next(cx),
            Self::Right(stream) => Pin::new(stream).poll_next(cx),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Left(stream) => stream.size_hint(),
            Self::Right(stream) => stream.size_hint(),
        }
    }
}

/// Merges streams of different types whose items have one type.
///
/// They are told apart without a box, by nested [`Either`]s: `merge!(a, b, c)` is a
/// `Merge<Either<A, Either<B, C>>>`, to which more of these can be pushed.
/// A stream that is not `Unpin` is pinned first, by [`pin!`](std::pin::pin!) or [`Box::pin`].
///
/// # Examples
///
/// ```
/// use async_merge_streams::merge;
/// use futures_lite::{StreamExt, future::block_on, stream};
/// use std::pin::pin;
///
/// let counted = pin!(stream::unfold(10, |n| async move { (n < 12).then_some((n, n + 1)) }));
/// let merge = merge!(stream::iter([1, 2]), counted, stream::once(20));
/// let items: Vec<u32> = block_on(merge.collect());
/// assert_eq!(items, [1, 10, 20, 2, 11]);
/// ```
#[macro_export]
macro_rules! merge {
    ($($stream:expr),+ $(,)?) => {
        $crate::__merge!([] [] $($stream),+)
    };
}

/// What [`merge!`] is made of: the elements so far, as many `+` as the next one is nested deep,
/// and the streams that are left.
#[doc(hidden)]
#[macro_export]
macro_rules! __merge {
    (@right [] $element:expr) => {
        $element
    };
    (@right [+ $($depth:tt)*] $element:expr) => {
        $crate::Either::Right($crate::__merge!(@right [$($depth)*] $element))
    };
    ([$($elements:expr),*] [$($depth:tt)*] $last:expr) => {
        $crate::merge([$($elements,)* $crate::__merge!(@right [$($depth)*] $last)])
    };
    ([$($elements:expr),*] [$($depth:tt)*] $stream:expr, $($streams:expr),+) => {
        $crate::__merge!(
            [
                $($elements,)*
                $crate::__merge!(@right [$($depth)*] $crate::Either::Left($stream))
            ]
            [$($depth)* +]
            $($streams),+
        )
    };
}
