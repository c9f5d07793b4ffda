//! How a waterfall is made.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use async_clock::{Clock, SystemClock};
use async_waitlist::sync::Mutex;

use crate::batch::Batch;
use crate::driver::{Driver, Observer, Parts, Retry};
use crate::error::Failure;
use crate::event::Event;
use crate::replies::Replies;
use crate::shared::{Handle, Shared, Weigh};
use crate::state::{Limits, State};
use crate::waterfall::Waterfall;

/// What happens to an item for which there is no room.
///
/// # Examples
///
/// ```
/// use async_waterfall::{Batch, Overflow, Waterfall};
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let two = NonZeroUsize::new(2).unwrap();
/// let (waterfall, driver) = Waterfall::builder(two, Duration::from_secs(1))
///     .capacity(NonZeroUsize::MIN)
///     .overflow(Overflow::DropOldest)
///     .build(async |batch: Batch<&str>| -> Result<(), ()> {
///         assert_eq!(batch.as_slice(), ["newer"]);
///         Ok(())
///     });
/// waterfall.try_put("older").unwrap();
/// waterfall.try_put("newer").unwrap();
/// drop(waterfall);
/// futures_lite::future::block_on(driver);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// Futures and blocking forms wait for room, first come, first served; `try_` forms fail.
    #[default]
    Wait,
    /// All forms fail, and hand the item back.
    Reject,
    /// The oldest item that is queued makes room: one that was put is dropped, one that was
    /// submitted goes back to its submitter.
    DropOldest,
}

/// Makes a [`Waterfall`]; from [`Waterfall::builder`].
///
/// # Examples
///
/// Rows for an upload of at most a mebibyte:
///
/// ```
/// use async_waterfall::{Batch, Waterfall};
/// use std::num::{NonZeroU32, NonZeroUsize};
/// use std::time::Duration;
///
/// let rows = NonZeroUsize::new(1000).unwrap();
/// let (waterfall, driver) = Waterfall::builder(rows, Duration::from_millis(50))
///     .max_weight(NonZeroU32::new(1 << 20).unwrap(), |row: &String| row.len() as u32)
///     .max_in_flight(NonZeroUsize::new(4).unwrap())
///     .retry(|attempt, _| (attempt < 5).then(|| Duration::from_millis(100 << attempt)))
///     .build(async |rows: Batch<String>| -> Result<(), std::io::Error> {
///         let upload = rows.as_slice().concat();
///         assert!(upload.len() <= 1 << 20);
///         Ok(())
///     });
/// # waterfall.try_put("row".to_string()).unwrap();
/// # drop(waterfall);
/// # futures_lite::future::block_on(driver);
/// ```
#[must_use = "`build` makes the waterfall"]
pub struct Builder<T, E, C: Clock = SystemClock> {
    max_items: usize,
    max_wait: Duration,
    max_weight: Option<(NonZeroU32, Weigh<T>)>,
    capacity: Option<NonZeroUsize>,
    overflow: Overflow,
    max_in_flight: NonZeroUsize,
    retry: Option<Retry<E>>,
    observer: Option<Observer<T, E>>,
    clock: C,
}

impl<T, E> Builder<T, E> {
    pub(crate) fn new(max_items: NonZeroUsize, max_wait: Duration) -> Self {
        Self {
            max_items: max_items.get(),
            max_wait,
            max_weight: None,
            capacity: None,
            overflow: Overflow::default(),
            max_in_flight: NonZeroUsize::MIN,
            retry: None,
            observer: None,
            clock: SystemClock,
        }
    }
}

impl<T, E, C: Clock> Builder<T, E, C> {
    /// Limits the sum of weights in a batch, in whatever unit `weigh` counts: bytes, rows, cost.
    ///
    /// An item that would make a batch too heavy begins the next one; an item that is heavier than
    /// the limit by itself goes alone.
    /// `weigh` is called once per item, without a lock held.
    ///
    /// # Panics
    ///
    /// A panic of `weigh` goes on in the put or submit, and drops its item.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Waterfall};
    /// use std::num::{NonZeroU32, NonZeroUsize};
    /// use std::time::Duration;
    ///
    /// let mut batches = vec![vec!["ccccc"], vec!["a", "bbb"]];
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MAX, Duration::from_secs(1))
    ///     .max_weight(NonZeroU32::new(4).unwrap(), |item: &&str| item.len() as u32)
    ///     .build(move |batch: Batch<&'static str>| {
    ///         assert_eq!(Some(batch.collect()), batches.pop());
    ///         async { Ok::<(), ()>(()) }
    ///     });
    /// for item in ["a", "bbb", "ccccc"] {
    ///     waterfall.try_put(item).unwrap();
    /// }
    /// drop(waterfall);
    /// futures_lite::future::block_on(driver);
    /// ```
    pub fn max_weight(
        mut self,
        limit: NonZeroU32,
        weigh: impl Fn(&T) -> u32 + Send + Sync + 'static,
    ) -> Self {
        self.max_weight = Some((limit, Box::new(weigh)));
        self
    }

    /// Sets how many items may be queued: accepted, and not yet with the callback.
    ///
    /// Four times the largest batch, if it is not set.
    /// A full queue is dispatched at once, so a capacity below the largest batch makes it smaller.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO)
    ///     .capacity(NonZeroUsize::MIN)
    ///     .build(callback);
    /// waterfall.try_put(1).unwrap();
    /// assert!(waterfall.try_put(2).unwrap_err().is_full());
    /// # drop(driver);
    /// ```
    pub fn capacity(mut self, items: NonZeroUsize) -> Self {
        self.capacity = Some(items);
        self
    }

    /// Says what happens to an item for which there is no room; it waits, if this is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Overflow, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO)
    ///     .capacity(NonZeroUsize::MIN)
    ///     .overflow(Overflow::Reject)
    ///     .build(callback);
    /// waterfall.put_blocking(1).unwrap();
    /// assert!(waterfall.put_blocking(2).unwrap_err().is_full());
    /// # drop(driver);
    /// ```
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets how many batches may be with the callback at once; one, if it is not set.
    ///
    /// With one, items are delivered in the order in which they were accepted, retries included.
    ///
    /// # Examples
    ///
    /// ```
    /// # use async_waterfall::{Batch, Waterfall};
    /// # use std::{num::NonZeroUsize, time::Duration};
    /// use std::task::Waker;
    ///
    /// let (waterfall, mut driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO)
    ///     .max_in_flight(NonZeroUsize::new(2).unwrap())
    ///     .build(|_: Batch<u32>| std::future::pending::<Result<(), ()>>());
    /// for n in 1..=3 {
    ///     waterfall.try_put(n).unwrap();
    /// }
    /// assert!(testkit::poll_once(&mut driver, Waker::noop()).is_pending());
    /// assert_eq!((waterfall.counts().in_flight, waterfall.counts().queued), (2, 1));
    /// ```
    pub fn max_in_flight(mut self, batches: NonZeroUsize) -> Self {
        self.max_in_flight = batches;
        self
    }

    /// Decides whether a batch that failed is tried again, and after how long; never, if this is
    /// not set.
    ///
    /// `retry` is called with the number of attempts so far, from 1, and with what went wrong.
    /// A retry gets what the callback had not taken out of its [`Batch`], in its order; what was
    /// taken has failed.
    /// Meanwhile the batch keeps its place among those in flight.
    /// A panic of `retry` counts as "no".
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Waterfall};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let mut attempts = 0;
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO)
    ///     .retry(|attempt, _| (attempt < 3).then_some(Duration::from_millis(1)))
    ///     .build(move |batch: Batch<u32>| {
    ///         attempts += 1;
    ///         let result = if attempts < 3 { Err("no route") } else { Ok(()) };
    ///         async move {
    ///             assert_eq!(batch.as_slice(), [7]); // read, not taken
    ///             result
    ///         }
    ///     });
    /// let submit = waterfall.try_submit(7).unwrap();
    /// drop(waterfall);
    /// let (reply, ()) = futures_lite::future::block_on(futures_lite::future::zip(submit, driver));
    /// assert!(reply.is_ok());
    /// ```
    pub fn retry(
        mut self,
        retry: impl FnMut(u32, &Failure<E>) -> Option<Duration> + Send + 'static,
    ) -> Self {
        self.retry = Some(Box::new(retry));
        self
    }

    /// Has `observer` told of every batch that is dispatched, delivered, tried again or given up.
    ///
    /// It is called from the driver, without a lock held; a panic of it ends there.
    /// See [`Event`] for an example.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Event, Waterfall};
    /// use std::num::NonZeroUsize;
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use std::time::Duration;
    ///
    /// let delivered = Arc::new(AtomicUsize::new(0));
    /// let count = Arc::clone(&delivered);
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO)
    ///     .observe(move |event| {
    ///         if let Event::Delivered { items, .. } = event {
    ///             count.fetch_add(items, Ordering::Relaxed);
    ///         }
    ///     })
    ///     .build(async |_: Batch<u32>| -> Result<(), ()> { Ok(()) });
    /// waterfall.try_put(7).unwrap();
    /// drop(waterfall);
    /// futures_lite::future::block_on(driver);
    /// assert_eq!(delivered.load(Ordering::Relaxed), 1);
    /// ```
    pub fn observe(mut self, observer: impl FnMut(Event<T, E>) + Send + 'static) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Replaces the clock, for tests: that of the system, if this is not set.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_waterfall::{Batch, Waterfall};
    /// use std::num::NonZeroUsize;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let hour = Duration::from_secs(3600);
    /// let two = NonZeroUsize::new(2).unwrap();
    /// let (waterfall, driver) = Waterfall::builder(two, hour)
    ///     .clock(clock.clone())
    ///     .build(async |_: Batch<u32>| -> Result<(), ()> { Ok(()) });
    /// let submit = waterfall.try_submit(7).unwrap(); // the second one never comes
    /// let reply = futures_lite::future::or(async { submit.await.is_ok() }, async {
    ///     driver.await;
    ///     false
    /// });
    /// assert!(futures_lite::future::block_on(clock.drive(reply)));
    /// ```
    pub fn clock<D: Clock>(self, clock: D) -> Builder<T, E, D> {
        Builder {
            max_items: self.max_items,
            max_wait: self.max_wait,
            max_weight: self.max_weight,
            capacity: self.capacity,
            overflow: self.overflow,
            max_in_flight: self.max_in_flight,
            retry: self.retry,
            observer: self.observer,
            clock,
        }
    }

    /// Makes the handle, and the [`Driver`] that calls `callback` for each batch.
    ///
    /// The callback is any function from a [`Batch`] to a future: a closure that returns an `async`
    /// block, or an `async` closure that borrows nothing from itself.
    /// See [`Replies`] for what it returns.
    ///
    /// Nothing is spawned, and nothing is allocated for batches before the first item.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Batch, Waterfall};
    /// use std::num::NonZeroUsize;
    /// use std::sync::Arc;
    /// use std::time::Duration;
    ///
    /// let prefix = Arc::new("row ".to_string());
    /// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(
    ///     move |batch: Batch<u32>| {
    ///         let prefix = Arc::clone(&prefix); // for the future, which outlives this call
    ///         async move { Ok::<_, ()>(batch.map(|n| format!("{prefix}{n}")).collect::<Vec<_>>()) }
    ///     },
    /// );
    /// let submit = waterfall.try_submit(7).unwrap();
    /// drop(waterfall);
    /// let (reply, ()) = futures_lite::future::block_on(futures_lite::future::zip(submit, driver));
    /// assert_eq!(reply.unwrap(), "row 7");
    /// ```
    #[expect(
        clippy::type_complexity,
        reason = "two types, of which the caller names none"
    )]
    pub fn build<F, Fut, O>(
        self,
        callback: F,
    ) -> (
        Waterfall<T, O::Reply, E, C>,
        Driver<T, O::Reply, E, F, Fut, C>,
    )
    where
        F: FnMut(Batch<T>) -> Fut,
        Fut: Future<Output = Result<O, E>>,
        O: Replies,
    {
        let (max_weight, weigh) = match self.max_weight {
            Some((limit, weigh)) => (u64::from(limit.get()), Some(weigh)),
            None => (u64::MAX, None),
        };
        let capacity = self.capacity.map(NonZeroUsize::get);
        let limits = Limits {
            max_items: self.max_items,
            max_weight,
            max_wait: self.max_wait,
            capacity: capacity.unwrap_or(self.max_items.saturating_mul(4)),
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(limits)),
            clock: self.clock,
            overflow: self.overflow,
            weigh,
        });
        let parts = Parts {
            callback,
            retry: self.retry,
            observer: self.observer,
            max_in_flight: self.max_in_flight.get(),
        };
        let driver = Driver::new(Arc::clone(&shared), parts);
        (Waterfall::new(Arc::new(Handle(shared))), driver)
    }
}

impl<T, E, C: Clock> fmt::Debug for Builder<T, E, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("max_items", &self.max_items)
            .field("max_wait", &self.max_wait)
            .field("max_weight", &self.max_weight.as_ref().map(|(max, _)| max))
            .field("capacity", &self.capacity)
            .field("overflow", &self.overflow)
            .field("max_in_flight", &self.max_in_flight)
            .finish_non_exhaustive()
    }
}
