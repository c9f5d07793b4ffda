//! `Timeout`: a future that is given up at an instant.

use crate::Sleep;
use crate::clock::Clock;
use pin_project_lite::pin_project;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

pin_project! {
    /// Awaits a future until a deadline at most.
    ///
    /// Created by [`ClockExt::timeout`] and [`ClockExt::timeout_at`].
    /// The inner future is polled first, so that it wins a tie; it is not polled again once the
    /// deadline has passed.
    ///
    /// Polling after completion is harmless: an expired timeout stays expired, and one whose future
    /// has completed stays pending.
    ///
    /// # Cancel safety
    ///
    /// Dropping the timeout drops the inner future; use [`into_inner`](Self::into_inner), or pass
    /// `&mut future`, to keep it.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let work = async { "done" };
    /// let result = futures_lite::future::block_on(clock.timeout(Duration::from_secs(1), work));
    /// assert_eq!(result, Ok("done"));
    /// ```
    ///
    /// [`ClockExt::timeout`]: crate::ClockExt::timeout
    /// [`ClockExt::timeout_at`]: crate::ClockExt::timeout_at
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct Timeout<F, C: Clock> {
        #[pin]
        future: F,
        sleep: Sleep<C>,
        // Moves: `Running` → `Completed` or `Expired` at a poll, and never back.
        phase: Phase,
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Running,
    Completed,
    Expired,
}

impl<F, C: Clock> Timeout<F, C> {
    #[inline]
    pub(crate) fn new(future: F, sleep: Sleep<C>) -> Self {
        let phase = Phase::Running;
        Self {
            future,
            sleep,
            phase,
        }
    }

    /// The instant at which the future is given up, or `None` for never.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let timeout = ManualClock::new().timeout(Duration::MAX, async {});
    /// assert_eq!(timeout.deadline(), None);
    /// ```
    pub fn deadline(&self) -> Option<Instant> {
        self.sleep.deadline()
    }

    /// Borrows the inner future.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let timeout = ManualClock::new().timeout(Duration::from_secs(1), std::future::ready(3));
    /// assert_eq!(format!("{:?}", timeout.get_ref()), "Ready(Some(3))");
    /// ```
    pub fn get_ref(&self) -> &F {
        &self.future
    }

    /// Borrows the inner future mutably.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let mut timeout = ManualClock::new().timeout(Duration::from_secs(1), std::future::ready(3));
    /// *timeout.get_mut() = std::future::ready(4);
    /// assert_eq!(futures_lite::future::block_on(timeout), Ok(4));
    /// ```
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }

    /// Borrows the pinned inner future.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::pin::pin;
    /// use std::time::Duration;
    ///
    /// let mut timeout = pin!(ManualClock::new().timeout(Duration::from_secs(1), async { 3 }));
    /// let inner = timeout.as_mut().get_pin_mut();
    /// assert_eq!(futures_lite::future::block_on(inner), 3);
    /// ```
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut F> {
        self.project().future
    }

    /// Gives the inner future back, expired or not.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{ClockExt, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let slow = clock.sleep(Duration::from_secs(5));
    /// let mut timeout = clock.timeout(Duration::from_secs(1), slow);
    /// futures_lite::future::block_on(async {
    ///     assert!(clock.drive(&mut timeout).await.is_err());
    ///     clock.drive(timeout.into_inner()).await; // and now we wait for it after all
    /// });
    /// ```
    pub fn into_inner(self) -> F {
        self.future
    }
}

impl<F: Future, C: Clock> Future for Timeout<F, C> {
    type Output = Result<F::Output, Elapsed>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let me = self.project();
        match me.phase {
            Phase::Running => {}
            Phase::Completed => return Poll::Pending,
            Phase::Expired => return Poll::Ready(Err(Elapsed)),
        }
        if let Poll::Ready(output) = me.future.poll(cx) {
            *me.phase = Phase::Completed;
            return Poll::Ready(Ok(output));
        }
        if Pin::new(me.sleep).poll(cx).is_ready() {
            *me.phase = Phase::Expired;
            return Poll::Ready(Err(Elapsed));
        }
        Poll::Pending
    }
}

impl<F: fmt::Debug, C: Clock> fmt::Debug for Timeout<F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("future", &self.future)
            .field("deadline", &self.deadline())
            .field("phase", &self.phase)
            .finish_non_exhaustive()
    }
}

/// The deadline of a [`Timeout`] has passed.
///
/// # Examples
///
/// ```
/// assert_eq!(async_clock::Elapsed.to_string(), "the deadline has passed");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline has passed")
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for std::io::Error {
    fn from(elapsed: Elapsed) -> Self {
        std::io::Error::new(std::io::ErrorKind::TimedOut, elapsed)
    }
}
