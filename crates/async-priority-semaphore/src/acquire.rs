//! `Acquire`: the future of an acquire that borrows its semaphore.

use crate::any_semaphore::HasPool;
use crate::error::{AcquireError, AcquireTimeoutError};
use crate::ticket::Ticket;
use crate::{AnySemaphore, Permit, Priority, PrioritySemaphore, Semaphore};
use async_waitlist::blocking::{block_on, block_on_deadline, block_on_timeout};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Waits for permits; from [`Semaphore::acquire`], [`PrioritySemaphore::acquire`] and their kin.
///
/// It asks at its first poll, and that decides its place among its equals.
/// Once the permits are granted they are its own: kept and not polled, it withholds them from all
/// others; dropped, it passes them on.
/// Fused: polled after completion, it is pending.
///
/// # Cancel safety
///
/// Dropping it gives up the place in the queue; nothing else is lost.
/// To go on waiting after a race or a timeout, poll `&mut` of it: it is `Unpin`.
///
/// # Errors
///
/// [`AcquireError`] if the semaphore is closed before the permits are granted.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{Acquire, Semaphore};
///
/// let semaphore = Semaphore::new(1);
/// let acquire: Acquire<'_> = semaphore.acquire();
/// let permit = futures_lite::future::block_on(acquire).unwrap();
/// # drop(permit);
/// ```
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Acquire<'a, S: AnySemaphore = Semaphore> {
    /// `None` once it is done.
    semaphore: Option<&'a S>,
    ticket: Ticket<S::Line>,
}

impl<'a, S: AnySemaphore> Acquire<'a, S> {
    #[inline]
    pub(crate) fn new(semaphore: &'a S, permits: u32) -> Self {
        Self {
            semaphore: Some(semaphore),
            ticket: Ticket::new(permits),
        }
    }

    /// Blocks the thread until the permits are granted.
    ///
    /// # Blocking
    ///
    /// For plain threads: in a task it would stop the executor's thread.
    ///
    /// # Panics
    ///
    /// If it has completed already.
    ///
    /// # Errors
    ///
    /// [`AcquireError`] if the semaphore is closed before that.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PrioritySemaphore;
    /// use std::thread;
    ///
    /// let semaphore = PrioritySemaphore::new(2);
    /// let held = semaphore.try_acquire().unwrap();
    /// thread::scope(|scope| {
    ///     scope.spawn(|| {
    ///         let both = semaphore.acquire_many(2).with_priority(-5).blocking();
    ///         assert_eq!(both.unwrap().num_permits(), 2);
    ///     });
    ///     drop(held);
    /// });
    /// ```
    #[track_caller]
    pub fn blocking(mut self) -> Result<Permit<'a, S>, AcquireError> {
        match self.take_free() {
            Some(permit) => Ok(permit),
            None => block_on(self),
        }
    }

    /// Blocks the thread until the permits are granted, for `limit` at most.
    ///
    /// Permits that are granted just then count; a limit too long for the clock means as long as it
    /// takes.
    ///
    /// # Blocking
    ///
    /// For plain threads; for tasks there is `async_clock::timeout`.
    ///
    /// # Panics
    ///
    /// If it has completed already.
    ///
    /// # Errors
    ///
    /// [`AcquireTimeoutError`]; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::time::Duration;
    ///
    /// let semaphore = Semaphore::new(1);
    /// let both = semaphore.acquire_many(2).blocking_timeout(Duration::from_millis(1));
    /// assert!(both.unwrap_err().is_timeout());
    /// ```
    #[track_caller]
    pub fn blocking_timeout(
        mut self,
        limit: Duration,
    ) -> Result<Permit<'a, S>, AcquireTimeoutError> {
        if let Some(permit) = self.take_free() {
            return Ok(permit);
        }
        in_time(block_on_timeout(&mut self, limit))
    }

    /// Blocks the thread until the permits are granted, until `deadline` at most.
    ///
    /// Permits that are granted just then count.
    ///
    /// # Blocking
    ///
    /// For plain threads; for tasks there is `async_clock::timeout_at`.
    ///
    /// # Panics
    ///
    /// If it has completed already.
    ///
    /// # Errors
    ///
    /// [`AcquireTimeoutError`]; the place in the queue is given up.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::time::{Duration, Instant};
    ///
    /// let semaphore = Semaphore::new(1);
    /// let deadline = Instant::now() + Duration::from_millis(1);
    /// let both = semaphore.acquire_many(2).blocking_deadline(deadline);
    /// assert!(both.unwrap_err().is_timeout());
    /// ```
    #[track_caller]
    pub fn blocking_deadline(
        mut self,
        deadline: Instant,
    ) -> Result<Permit<'a, S>, AcquireTimeoutError> {
        if let Some(permit) = self.take_free() {
            return Ok(permit);
        }
        in_time(block_on_deadline(&mut self, deadline))
    }

    /// For the blocking forms, so that a thread which need not wait does without a waker.
    #[inline]
    #[track_caller]
    fn take_free(&mut self) -> Option<Permit<'a, S>> {
        let semaphore = self.semaphore.expect("the acquire has completed already");
        let taken = self.ticket.take_free(semaphore.pool());
        taken.then(|| {
            self.semaphore = None;
            Permit::new(semaphore, self.ticket.permits())
        })
    }
}

impl Acquire<'_, PrioritySemaphore> {
    /// Asks, or goes on waiting, with that priority instead of the context's or an earlier one.
    ///
    /// As [`set_priority`](Self::set_priority), for chains.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the place in the queue; nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// let semaphore = PrioritySemaphore::new(4);
    /// let three = semaphore.acquire_many(3).with_priority(-5);
    /// let permit = futures_lite::future::block_on(three).unwrap();
    /// # drop(permit);
    /// ```
    #[inline]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.set_priority(priority);
        self
    }

    /// Changes the priority, before or while it waits; afterwards it has no effect.
    ///
    /// A waiter takes the place that it would have, had it asked with that priority at its first
    /// poll.
    /// This may let it, or those that it stood before, have their permits at once.
    ///
    /// # Panics
    ///
    /// If a waker panics that is woken for this, once all are woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PrioritySemaphore;
    /// use testkit::{CountWaker, poll_once};
    ///
    /// let semaphore = PrioritySemaphore::new(1);
    /// let held = semaphore.try_acquire().unwrap();
    /// let ((first_woken, first), (second_woken, second)) = (CountWaker::new(), CountWaker::new());
    /// let (mut early, mut late) = (semaphore.acquire(), semaphore.acquire());
    /// assert!(poll_once(&mut early, &first).is_pending());
    /// assert!(poll_once(&mut late, &second).is_pending());
    ///
    /// late.set_priority(-1);
    /// drop(held);
    /// assert_eq!((first_woken.wakes(), second_woken.wakes()), (0, 1));
    /// ```
    #[inline]
    pub fn set_priority(&mut self, priority: Priority) {
        if let Some(semaphore) = self.semaphore {
            self.ticket.set_priority(semaphore.pool(), priority);
        }
    }
}

impl<'a, S: AnySemaphore> Future for Acquire<'a, S> {
    type Output = Result<Permit<'a, S>, AcquireError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let Some(semaphore) = this.semaphore else {
            return Poll::Pending;
        };
        let polled = this.ticket.poll(semaphore.pool(), cx);
        if polled.is_ready() {
            this.semaphore = None;
        }
        polled.map_ok(|()| Permit::new(semaphore, this.ticket.permits()))
    }
}

impl<S: AnySemaphore> Drop for Acquire<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if let Some(semaphore) = self.semaphore {
            self.ticket.cancel(semaphore.pool());
        }
    }
}

impl<S: AnySemaphore> fmt::Debug for Acquire<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire")
            .field("ticket", &self.ticket)
            .field("done", &self.semaphore.is_none())
            .finish_non_exhaustive()
    }
}

/// What a blocking form says that may have run out of time.
pub(crate) fn in_time<P>(
    outcome: Option<Result<P, AcquireError>>,
) -> Result<P, AcquireTimeoutError> {
    match outcome {
        Some(permit) => Ok(permit?),
        None => Err(AcquireTimeoutError::Timeout),
    }
}
