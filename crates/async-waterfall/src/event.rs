//! What the driver tells an observer.

use std::fmt;
use std::time::Duration;

use crate::error::Failure;

/// Why a batch is dispatched.
///
/// # Examples
///
/// ```
/// use async_waterfall::Cause;
///
/// assert_ne!(Cause::Items, Cause::Time);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// It has as many items as it may.
    Items,
    /// It is as heavy as it may be, or the next item would have made it heavier than that.
    Weight,
    /// Its first item has waited for as long as it may.
    Time,
    /// Somebody waits for a flush.
    Flush,
    /// As many items are queued as the capacity allows.
    Capacity,
    /// The waterfall is closed, and the rest is delivered.
    Closed,
}

/// What an [observer](crate::Builder::observe) is told.
///
/// # Examples
///
/// ```
/// use async_waterfall::{Batch, Cause, Event, Waterfall};
/// use std::num::NonZeroUsize;
/// use std::sync::mpsc;
/// use std::time::Duration;
///
/// let (events, log) = mpsc::channel();
/// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::from_secs(1))
///     .observe(move |event| events.send(event).unwrap())
///     .build(async |_: Batch<u32>| -> Result<(), &str> { Err("no route") });
/// waterfall.try_put(7).unwrap();
/// drop(waterfall);
/// futures_lite::future::block_on(driver);
///
/// let first = log.recv().unwrap();
/// assert!(matches!(first, Event::Dispatched { items: 1, cause: Cause::Items, .. }));
/// let Event::Failed { left, failed, .. } = log.recv().unwrap() else { panic!() };
/// assert_eq!((left, failed), (vec![7], 1));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Event<T, E> {
    /// A batch goes to the callback for the first time.
    #[non_exhaustive]
    Dispatched {
        /// How many items it has.
        items: usize,
        /// Why it goes now.
        cause: Cause,
    },
    /// The callback has delivered a batch.
    #[non_exhaustive]
    Delivered {
        /// How many items it had.
        items: usize,
        /// How many attempts it took, from 1.
        attempts: u32,
    },
    /// The callback has failed, and what it left is tried again.
    #[non_exhaustive]
    Retrying {
        /// How many items are left, and tried again.
        left: usize,
        /// How many items the callback had taken, which failed with it.
        failed: usize,
        /// How long the retry waits.
        delay: Duration,
        /// What went wrong.
        failure: Failure<E>,
    },
    /// The callback has failed for good.
    #[non_exhaustive]
    Failed {
        /// The items that it left, in their order; the observer is the last to see them.
        left: Vec<T>,
        /// How many items have failed, those that are left among them.
        failed: usize,
        /// What went wrong.
        failure: Failure<E>,
    },
}

// Written out: without asking anything of the items and the error.
impl<T, E> fmt::Debug for Event<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dispatched { items, cause } => f
                .debug_struct("Dispatched")
                .field("items", items)
                .field("cause", cause)
                .finish(),
            Self::Delivered { items, attempts } => f
                .debug_struct("Delivered")
                .field("items", items)
                .field("attempts", attempts)
                .finish(),
            Self::Retrying {
                left,
                failed,
                delay,
                failure,
            } => f
                .debug_struct("Retrying")
                .field("left", left)
                .field("failed", failed)
                .field("delay", delay)
                .field("failure", failure)
                .finish(),
            Self::Failed {
                left,
                failed,
                failure,
            } => f
                .debug_struct("Failed")
                .field("left", &left.len())
                .field("failed", failed)
                .field("failure", failure)
                .finish(),
        }
    }
}
