//! What the callback gets, and how what it leaves inside finds its way back.

use std::collections::VecDeque;
use std::fmt;
use std::iter::FusedIterator;
use std::mem;
use std::sync::Arc;

use async_waitlist::sync::Mutex;

/// The items of one batch, in the order in which they were accepted.
///
/// A callback either reads them where they are, through [`as_slice`](Self::as_slice), or takes them
/// out from the front, one by one as an iterator or [all at once](Self::take_all).
///
/// What is left inside when the callback fails, panics or is dropped was not taken, and that is what
/// a retry gets.
/// What was taken belongs to the callback; if it fails, those items count as failed.
///
/// # Examples
///
/// ```
/// use async_waterfall::{Batch, Waterfall};
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let three = NonZeroUsize::new(3).unwrap();
/// let (waterfall, driver) = Waterfall::builder(three, Duration::from_secs(1)).build(
///     async |batch: Batch<u32>| -> Result<(), String> {
///         assert_eq!(batch.as_slice(), [1, 2, 3]); // nothing has to be taken out
///         Ok(())
///     },
/// );
/// for n in 1..=3 {
///     waterfall.try_put(n).unwrap();
/// }
/// drop(waterfall);
/// futures_lite::future::block_on(driver);
/// ```
#[must_use = "what is not taken out goes back, and may be delivered again"]
pub struct Batch<T> {
    /// Contiguous: it is filled when it is empty, and only its front moves.
    items: VecDeque<T>,
    home: Arc<Home<T>>,
}

impl<T> Batch<T> {
    pub(crate) fn new(items: VecDeque<T>, home: Arc<Home<T>>) -> Self {
        Self { items, home }
    }

    /// Lends what is left inside.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(
    /// async |batch: Batch<&'static str>| -> Result<(), ()> {
    ///     assert_eq!(batch.as_slice().join(","), "item");
    ///     Ok(())
    /// }
    /// # );
    /// # waterfall.try_put("item").unwrap();
    /// # drop(waterfall);
    /// # futures_lite::future::block_on(driver);
    /// ```
    pub fn as_slice(&self) -> &[T] {
        self.items.as_slices().0
    }

    /// Lends what is left inside, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(
    /// async |mut batch: Batch<u32>| -> Result<(), ()> {
    ///     batch.as_mut_slice()[0] += 1;
    ///     assert_eq!(batch.as_slice(), [8]);
    ///     Ok(())
    /// }
    /// # );
    /// # waterfall.try_put(7).unwrap();
    /// # drop(waterfall);
    /// # futures_lite::future::block_on(driver);
    /// ```
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        self.items.make_contiguous()
    }

    /// Takes out all that is left.
    ///
    /// The memory goes along, so the next batch allocates anew; iterating leaves it here.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(
    /// async |mut batch: Batch<u32>| -> Result<(), ()> {
    ///     let rows: Vec<u32> = batch.take_all();
    ///     assert_eq!((rows.len(), batch.len()), (1, 0));
    ///     Ok(())
    /// }
    /// # );
    /// # waterfall.try_put(7).unwrap();
    /// # drop(waterfall);
    /// # futures_lite::future::block_on(driver);
    /// ```
    pub fn take_all(&mut self) -> Vec<T> {
        mem::take(&mut self.items).into()
    }
}

/// Takes items out, first to last.
impl<T> Iterator for Batch<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.items.len(), Some(self.items.len()))
    }
}

impl<T> ExactSizeIterator for Batch<T> {}

impl<T> FusedIterator for Batch<T> {}

impl<T> Drop for Batch<T> {
    fn drop(&mut self) {
        let items = mem::take(&mut self.items);
        self.home.put(items);
    }
}

impl<T> fmt::Debug for Batch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.items.len())
            .finish_non_exhaustive()
    }
}

/// Where a batch leaves its items when it is dropped; it serves one batch after another.
///
/// A callback may keep its batch beyond its own end. Then nothing is here, and the next batch gets
/// another home, so that the late one comes back to a place at which nobody looks.
pub(crate) struct Home<T>(Mutex<Option<VecDeque<T>>>);

impl<T> Home<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    fn put(&self, items: VecDeque<T>) {
        *self.0.lock() = Some(items); // there was none: a batch comes home once
    }

    pub(crate) fn take(&self) -> Option<VecDeque<T>> {
        self.0.lock().take()
    }
}
