//! Why an item was not delivered.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_spawn::Panic;

/// Why the callback did not deliver a batch; cheap to clone, for all who wait share it.
///
/// # Examples
///
/// ```
/// use async_waterfall::Failure;
/// use std::sync::Arc;
///
/// let failure = Failure::Error(Arc::new("no route"));
/// assert!(matches!(&failure, Failure::Error(error) if **error == "no route"));
/// assert!(!failure.is_panicked());
/// ```
#[non_exhaustive]
pub enum Failure<E> {
    /// It returned this error.
    Error(Arc<E>),
    /// It panicked.
    Panicked(Panic),
    /// It returned another number of replies than there were items: nobody gets a neighbour's.
    WrongCount {
        /// How many items there were.
        expected: usize,
        /// How many replies it returned.
        got: usize,
    },
    /// It was given up while it ran: the driver was dropped, or a stop had come to its deadline.
    ///
    /// Whether the items arrived is unknown.
    Abandoned,
}

/// Why an item was not accepted.
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, PutError, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::ZERO).build(callback);
/// waterfall.close();
/// let refused = waterfall.try_put(7).unwrap_err();
/// assert!(refused.is_stopped());
/// assert_eq!(refused.into_inner(), 7);
/// # drop(driver);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PutError<T> {
    /// As many items are queued as the capacity allows.
    Full(T),
    /// The waterfall is closed.
    Stopped(T),
    /// There was no room within the time limit of a blocking form.
    TimedOut(T),
}

/// Why an item has no reply.
///
/// # Examples
///
/// ```
/// use async_waterfall::{Batch, SubmitError, Waterfall};
/// use std::num::NonZeroUsize;
/// use std::time::Duration;
///
/// let (waterfall, driver) = Waterfall::builder(NonZeroUsize::MIN, Duration::from_secs(1))
///     .build(async |_: Batch<u32>| -> Result<(), ()> { Ok(()) });
/// let submit = waterfall.submit(7);
/// drop(driver);
/// let error = futures_lite::future::block_on(submit).unwrap_err();
/// assert!(matches!(error, SubmitError::Stopped(7)));
/// assert_eq!(error.into_inner(), Some(7));
/// ```
#[non_exhaustive]
pub enum SubmitError<T, E> {
    /// As many items are queued as the capacity allows.
    Full(T),
    /// A newer item has taken its place, under [`Overflow::DropOldest`](crate::Overflow::DropOldest).
    Evicted(T),
    /// The waterfall was closed, or stopped before the item was dispatched.
    Stopped(T),
    /// There was no reply within the time limit of a blocking form; with the item, if it was not
    /// dispatched yet.
    TimedOut(Option<T>),
    /// The callback did not deliver it.
    Failed(Failure<E>),
}

/// Why a flush did not go through.
///
/// # Examples
///
/// ```
/// # use async_waterfall::{Batch, FlushError, Waterfall};
/// # use std::{num::NonZeroUsize, time::Duration};
/// # let callback = async |_: Batch<u32>| -> Result<(), ()> { Ok(()) };
/// let two = NonZeroUsize::new(2).unwrap();
/// let (waterfall, driver) = Waterfall::builder(two, Duration::from_secs(1)).build(callback);
/// waterfall.try_put(7).unwrap();
/// drop(driver);
/// assert_eq!(waterfall.flush_blocking(), Err(FlushError::Stopped));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FlushError {
    /// The driver was dropped, or a stop had come to its deadline, with items left.
    Stopped,
    /// It was not through within the time limit of a blocking form.
    TimedOut,
}

impl<E> Failure<E> {
    /// Tells whether the callback panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::Failure;
    ///
    /// assert!(!Failure::<()>::Abandoned.is_panicked());
    /// ```
    pub fn is_panicked(&self) -> bool {
        matches!(self, Self::Panicked(_))
    }

    /// Tells whether it is unknown if the items arrived.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::Failure;
    ///
    /// assert!(Failure::<()>::Abandoned.is_abandoned());
    /// ```
    pub fn is_abandoned(&self) -> bool {
        matches!(self, Self::Abandoned)
    }

    /// Lends the error that the callback returned, if that was it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::Failure;
    /// use std::sync::Arc;
    ///
    /// assert_eq!(Failure::Error(Arc::new("no route")).error(), Some(&"no route"));
    /// assert_eq!(Failure::<&str>::Abandoned.error(), None);
    /// ```
    pub fn error(&self) -> Option<&E> {
        match self {
            Self::Error(error) => Some(error),
            _ => None,
        }
    }
}

impl<T> PutError<T> {
    /// Gives the item back.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_waterfall::PutError::Full(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Stopped(item) | Self::TimedOut(item) => item,
        }
    }

    /// Tells whether there was no room.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_waterfall::PutError::Full(7).is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full(_))
    }

    /// Tells whether the waterfall is closed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_waterfall::PutError::Stopped(7).is_stopped());
    /// ```
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped(_))
    }

    /// Tells whether the time was over.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_waterfall::PutError::TimedOut(7).is_timed_out());
    /// ```
    pub fn is_timed_out(&self) -> bool {
        matches!(self, Self::TimedOut(_))
    }

    fn text(&self) -> &'static str {
        match self {
            Self::Full(_) => "the waterfall is full",
            Self::Stopped(_) => "the waterfall is closed",
            Self::TimedOut(_) => "there was no room in time",
        }
    }
}

impl<T, E> SubmitError<T, E> {
    /// Gives the item back, unless it was dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Failure, SubmitError};
    ///
    /// assert_eq!(SubmitError::<_, ()>::Full(7).into_inner(), Some(7));
    /// assert_eq!(SubmitError::<i32, ()>::Failed(Failure::Abandoned).into_inner(), None);
    /// ```
    pub fn into_inner(self) -> Option<T> {
        match self {
            Self::Full(item) | Self::Evicted(item) | Self::Stopped(item) => Some(item),
            Self::TimedOut(item) => item,
            Self::Failed(_) => None,
        }
    }

    /// Lends what went wrong with the callback, if that was it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_waterfall::{Failure, SubmitError};
    ///
    /// let error = SubmitError::<i32, ()>::Failed(Failure::Abandoned);
    /// assert!(error.failure().unwrap().is_abandoned());
    /// ```
    pub fn failure(&self) -> Option<&Failure<E>> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// Tells whether the waterfall was closed, or stopped before the item was dispatched.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(async_waterfall::SubmitError::<_, ()>::Stopped(7).is_stopped());
    /// ```
    pub fn is_stopped(&self) -> bool {
        matches!(self, Self::Stopped(_))
    }

    fn text(&self) -> &'static str {
        match self {
            Self::Full(_) => "the waterfall is full",
            Self::Evicted(_) => "a newer item has taken the place of this one",
            Self::Stopped(_) => "the waterfall has stopped",
            Self::TimedOut(_) => "there was no reply in time",
            Self::Failed(_) => "the batch failed",
        }
    }
}

impl<E> Clone for Failure<E> {
    fn clone(&self) -> Self {
        match self {
            Self::Error(error) => Self::Error(Arc::clone(error)),
            Self::Panicked(panic) => Self::Panicked(panic.clone()),
            Self::WrongCount { expected, got } => Self::WrongCount {
                expected: *expected,
                got: *got,
            },
            Self::Abandoned => Self::Abandoned,
        }
    }
}

// None of these asks anything of the items; what the callback returned is shown where it can be.

impl<E> fmt::Debug for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(_) => f.write_str("Error(..)"),
            Self::Panicked(panic) => f.debug_tuple("Panicked").field(panic).finish(),
            Self::WrongCount { expected, got } => f
                .debug_struct("WrongCount")
                .field("expected", expected)
                .field("got", got)
                .finish(),
            Self::Abandoned => f.write_str("Abandoned"),
        }
    }
}

impl<E> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(_) => f.write_str("the callback returned an error"),
            Self::Panicked(panic) => write!(f, "the callback {panic}"),
            Self::WrongCount { expected, got } => {
                write!(f, "the callback returned {got} replies to {expected} items")
            }
            Self::Abandoned => f.write_str("the callback was given up while it ran"),
        }
    }
}

impl<E: Error + 'static> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Error(error) => Some(&**error),
            Self::Panicked(panic) => Some(panic),
            _ => None,
        }
    }
}

impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Stopped(_) => "Stopped(..)",
            Self::TimedOut(_) => "TimedOut(..)",
        })
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<T> Error for PutError<T> {}

impl<T, E> fmt::Debug for SubmitError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(_) => f.write_str("Full(..)"),
            Self::Evicted(_) => f.write_str("Evicted(..)"),
            Self::Stopped(_) => f.write_str("Stopped(..)"),
            Self::TimedOut(_) => f.write_str("TimedOut(..)"),
            Self::Failed(failure) => f.debug_tuple("Failed").field(failure).finish(),
        }
    }
}

impl<T, E> fmt::Display for SubmitError<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl<T, E: Error + 'static> Error for SubmitError<T, E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(failure) => Some(failure),
            _ => None,
        }
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "the waterfall stopped with items left",
            Self::TimedOut => "the flush was not through in time",
        })
    }
}

impl Error for FlushError {}
