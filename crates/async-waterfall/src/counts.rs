//! What has become of the items.

use std::fmt;

/// Where all items are that were ever accepted; from [`Waterfall::counts`].
///
/// Each is in exactly one place, at every moment:
/// `accepted == queued + in_flight + delivered + failed + undelivered`.
///
/// [`Waterfall::counts`]: crate::Waterfall::counts
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// let two = NonZeroUsize::new(2).unwrap();
/// let (waterfall, driver) = Waterfall::builder(two, Duration::from_secs(1)).build(callback);
/// waterfall.try_put(1).unwrap();
/// let counts = waterfall.counts();
/// assert_eq!((counts.accepted, counts.queued), (1, 1));
/// drop(driver);
/// assert_eq!(waterfall.counts().undelivered, 1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// Let in by a put or submit.
    pub accepted: u64,
    /// Waiting to be dispatched.
    pub queued: u64,
    /// With the callback, or waiting to be tried again.
    pub in_flight: u64,
    /// The callback said that they went well.
    pub delivered: u64,
    /// The callback failed, panicked or was given up, and nobody tries again.
    pub failed: u64,
    /// Never reached the callback: taken back by their submitters, evicted, or left behind when the
    /// waterfall stopped.
    pub undelivered: u64,
}

/// What has become of all items, once a [`stop`](crate::Waterfall::stop) is over.
///
/// `delivered`, `failed` and `undelivered` count everything that was accepted since the waterfall
/// was built, each item once.
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// use futures_lite::future;
///
/// let two = NonZeroUsize::new(2).unwrap();
/// let (waterfall, driver) = Waterfall::builder(two, Duration::from_secs(1)).build(callback);
/// waterfall.try_put(7).unwrap();
/// let (report, ()) = future::block_on(future::zip(waterfall.stop(Duration::MAX), driver));
/// assert_eq!((report.delivered, report.failed, report.undelivered), (1, 0, 0));
/// assert!(report.returned.is_empty());
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "it holds the items that were not delivered"]
pub struct Report<T> {
    /// The callback said that they went well.
    pub delivered: u64,
    /// The callback failed, panicked or was given up; those in flight at the deadline among them.
    pub failed: u64,
    /// Never reached the callback.
    pub undelivered: u64,
    /// Those of the undelivered that were put, not submitted, and were left when the waterfall
    /// stopped, in the order in which they were accepted.
    ///
    /// Of several stops, the first to end gets them.
    pub returned: Vec<T>,
}

// Written out: without asking for `T: Debug`.
impl<T> fmt::Debug for Report<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("delivered", &self.delivered)
            .field("failed", &self.failed)
            .field("undelivered", &self.undelivered)
            .field("returned", &self.returned.len())
            .finish()
    }
}
