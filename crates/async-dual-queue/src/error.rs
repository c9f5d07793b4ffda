//! What a queue says when it does not do what it was asked for, with the message in it.

use std::error::Error;
use std::fmt;

/// The queue is closed; holds the message that was not sent.
///
/// For a [`Priority`](crate::Priority) queue the message is the item with its priority.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, SendError};
///
/// let queue = FifoQueue::bounded(1);
/// queue.close();
/// let error = futures_lite::future::block_on(queue.send("item")).unwrap_err();
/// assert_eq!(error, SendError("item"));
/// assert_eq!(error.into_inner(), "item");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SendError<M>(pub M);

/// Why a message was not sent at once; holds the message.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, TrySendError};
///
/// let queue = FifoQueue::bounded(1);
/// queue.try_send(1).unwrap();
/// assert_eq!(queue.try_send(2), Err(TrySendError::Full(2)));
/// queue.close();
/// assert_eq!(queue.try_send(3), Err(TrySendError::Closed(3)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrySendError<M> {
    /// There is no room now.
    Full(M),
    /// The queue is closed.
    Closed(M),
}

/// Why a message was not sent in time; holds the message.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, SendTimeoutError};
/// use std::time::Duration;
///
/// let queue = FifoQueue::bounded(1);
/// queue.try_send(1).unwrap();
/// let error = queue.send_blocking_timeout(2, Duration::from_millis(1)).unwrap_err();
/// assert_eq!(error, SendTimeoutError::Timeout(2));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum SendTimeoutError<M> {
    /// There was no room in time; the message is not in the queue.
    Timeout(M),
    /// The queue is closed.
    Closed(M),
}

/// The queue is closed and nothing is left in it.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, RecvError};
///
/// let queue = FifoQueue::bounded(1);
/// queue.try_send(1).unwrap();
/// queue.close();
/// assert_eq!(queue.recv_blocking(), Ok(1));
/// assert_eq!(queue.recv_blocking(), Err(RecvError));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecvError;

/// Why nothing was received at once.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, TryRecvError};
///
/// let queue = FifoQueue::<u32>::bounded(1);
/// assert_eq!(queue.try_recv(), Err(TryRecvError::Empty));
/// queue.close();
/// assert_eq!(queue.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryRecvError {
    /// There is nothing to take now.
    Empty,
    /// The queue is closed and nothing is left in it.
    Closed,
}

/// Why nothing was received in time.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, RecvTimeoutError};
/// use std::time::Duration;
///
/// let queue = FifoQueue::<u32>::bounded(1);
/// let error = queue.recv_blocking_timeout(Duration::from_millis(1)).unwrap_err();
/// assert_eq!(error, RecvTimeoutError::Timeout);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecvTimeoutError {
    /// There was nothing to take in time; nothing was taken.
    Timeout,
    /// The queue is closed and nothing is left in it.
    Closed,
}

/// The queue is closed: no room can be reserved.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, ReserveError};
///
/// let queue = FifoQueue::<u32>::bounded(1);
/// queue.close();
/// assert_eq!(queue.reserve_blocking().unwrap_err(), ReserveError);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReserveError;

/// Why no room was reserved at once.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, TryReserveError};
///
/// let queue = FifoQueue::<u32>::bounded(1);
/// let slot = queue.try_reserve().unwrap();
/// assert_eq!(queue.try_reserve().unwrap_err(), TryReserveError::Full);
/// # drop(slot);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TryReserveError {
    /// There is no room now.
    Full,
    /// The queue is closed.
    Closed,
}

/// Why no room was reserved in time.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{FifoQueue, ReserveTimeoutError};
/// use std::time::Duration;
///
/// let queue = FifoQueue::<u32>::bounded(0);
/// let error = queue.reserve_blocking_timeout(Duration::from_millis(1)).unwrap_err();
/// assert_eq!(error, ReserveTimeoutError::Timeout);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReserveTimeoutError {
    /// There was no room in time.
    Timeout,
    /// The queue is closed.
    Closed,
}

impl<M> SendError<M> {
    /// Takes the message back.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_dual_queue::SendError(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> M {
        self.0
    }
}

impl<M> TrySendError<M> {
    /// Takes the message back.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_dual_queue::TrySendError::Full(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> M {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }

    /// Changes the message by `f`.
    #[inline]
    pub(crate) fn map<N>(self, f: impl FnOnce(M) -> N) -> TrySendError<N> {
        match self {
            Self::Full(message) => TrySendError::Full(f(message)),
            Self::Closed(message) => TrySendError::Closed(f(message)),
        }
    }
}

impl<M> SendTimeoutError<M> {
    /// Takes the message back.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(async_dual_queue::SendTimeoutError::Timeout(7).into_inner(), 7);
    /// ```
    pub fn into_inner(self) -> M {
        match self {
            Self::Timeout(message) | Self::Closed(message) => message,
        }
    }
}

impl<M> From<SendError<M>> for SendTimeoutError<M> {
    fn from(error: SendError<M>) -> Self {
        Self::Closed(error.0)
    }
}

impl From<RecvError> for RecvTimeoutError {
    fn from(RecvError: RecvError) -> Self {
        Self::Closed
    }
}

impl From<ReserveError> for ReserveTimeoutError {
    fn from(ReserveError: ReserveError) -> Self {
        Self::Closed
    }
}

/// Adds `is_…` methods, one per variant.
macro_rules! tests {
    ($(impl[$($generic:ident)?] $error:ident { $($name:ident $variant:pat, $made:literal;)+ })+) => {
        $(
            impl$(<$generic>)? $error$(<$generic>)? {
                $(
                    #[doc = concat!("Tells whether it is `", stringify!($variant), "`.")]
                    ///
                    /// # Examples
                    ///
                    /// ```
                    #[doc = concat!("use async_dual_queue::", stringify!($error), ";")]
                    ///
                    #[doc = concat!("assert!(", $made, ".", stringify!($name), "());")]
                    /// ```
                    #[inline]
                    pub fn $name(&self) -> bool {
                        matches!(self, $variant)
                    }
                )+
            }
        )+
    };
}

tests! {
    impl[M] TrySendError {
        is_full Self::Full(_), "TrySendError::Full(7)";
        is_closed Self::Closed(_), "TrySendError::Closed(7)";
    }
    impl[M] SendTimeoutError {
        is_timeout Self::Timeout(_), "SendTimeoutError::Timeout(7)";
        is_closed Self::Closed(_), "SendTimeoutError::Closed(7)";
    }
    impl[] TryRecvError {
        is_empty Self::Empty, "TryRecvError::Empty";
        is_closed Self::Closed, "TryRecvError::Closed";
    }
    impl[] RecvTimeoutError {
        is_timeout Self::Timeout, "RecvTimeoutError::Timeout";
        is_closed Self::Closed, "RecvTimeoutError::Closed";
    }
    impl[] TryReserveError {
        is_full Self::Full, "TryReserveError::Full";
        is_closed Self::Closed, "TryReserveError::Closed";
    }
    impl[] ReserveTimeoutError {
        is_timeout Self::Timeout, "ReserveTimeoutError::Timeout";
        is_closed Self::Closed, "ReserveTimeoutError::Closed";
    }
}

const CLOSED: &str = "the queue is closed";
const FULL: &str = "the queue is full";
const TOO_LATE: &str = "there was no room in time";

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<M> fmt::Display for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { FULL } else { CLOSED })
    }
}

impl<M> fmt::Display for SendTimeoutError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() { TOO_LATE } else { CLOSED })
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue is closed and empty")
    }
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the queue is empty"),
            Self::Closed => RecvError.fmt(f),
        }
    }
}

impl fmt::Display for RecvTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("nothing came in time"),
            Self::Closed => RecvError.fmt(f),
        }
    }
}

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() { FULL } else { CLOSED })
    }
}

impl fmt::Display for ReserveTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() { TOO_LATE } else { CLOSED })
    }
}

// Written out: which error it is, without asking for `M: Debug`.
impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<M> fmt::Debug for TrySendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_full() {
            "Full(..)"
        } else {
            "Closed(..)"
        })
    }
}

impl<M> fmt::Debug for SendTimeoutError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_timeout() {
            "Timeout(..)"
        } else {
            "Closed(..)"
        })
    }
}

impl<M> Error for SendError<M> {}
impl<M> Error for TrySendError<M> {}
impl<M> Error for SendTimeoutError<M> {}
impl Error for RecvError {}
impl Error for TryRecvError {}
impl Error for RecvTimeoutError {}
impl Error for ReserveError {}
impl Error for TryReserveError {}
impl Error for ReserveTimeoutError {}
