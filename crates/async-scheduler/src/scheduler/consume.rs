//! How items come out, in every colour.

use super::Scheduler;
use crate::due::Due;
use crate::error::TryNextError;
use crate::next::{Items, Next, NextOwned, Place};
use crate::time::Base;
use async_clock::{Clock, ClockExt, Elapsed};
use async_waitlist::blocking::block_on;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl<T: Send + 'static, At: Base<C>, C: Clock> Scheduler<T, At, C> {
    /// Takes the first item, if it is due.
    ///
    /// # Panics
    ///
    /// If the item recurs, and its recurrence or the payload's `clone` panics; the item then ends.
    ///
    /// # Errors
    ///
    /// [`TryNextError`], which says when the first item is due.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(60), "later").unwrap();
    /// scheduler.schedule_in(Duration::ZERO, "now").unwrap();
    /// assert_eq!(*scheduler.try_next().unwrap(), "now");
    /// assert!(scheduler.try_next().unwrap_err().is_not_due());
    /// ```
    pub fn try_next(&self) -> Result<Due<T, At, C>, TryNextError<At>> {
        let shared = &self.shared;
        loop {
            let now = shared.now();
            let mut state = shared.state.lock();
            let Some(taken) = shared.take(&mut state, now) else {
                return Err(match shared.first_time(&state) {
                    Some(at) => TryNextError::NotDue(at),
                    None if state.is_over() => TryNextError::Closed,
                    None => TryNextError::Empty,
                });
            };
            let memory = state.queue.shrink();
            let news = state.has_news();
            drop(state);
            drop(memory);
            if news {
                shared.tend();
            }
            if let Some(due) = shared.hand_out(taken, now) {
                return Ok(due);
            }
        }
    }

    /// Waits for the next item that is due; `None` at the end, when the scheduler is closed and
    /// nothing is pending.
    ///
    /// For a deadline wrap it into `async_clock::timeout`.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in the queue; nothing else is lost.
    ///
    /// # Panics
    ///
    /// As [`try_next`](Self::try_next), when polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let scheduler = Scheduler::with_clock(clock.clone());
    /// let at = clock.now() + Duration::from_secs(3);
    /// scheduler.schedule_at(at, "tea").unwrap();
    ///
    /// let due = futures_lite::future::block_on(clock.drive(scheduler.next())).unwrap();
    /// assert_eq!((*due, clock.now()), ("tea", at));
    /// ```
    #[inline]
    pub fn next(&self) -> Next<'_, T, At, C> {
        Next {
            shared: &self.shared,
            place: Place::New,
        }
    }

    /// As [`next`](Self::next), with a handle of its own: for tasks.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place in the queue; nothing else is lost.
    ///
    /// # Panics
    ///
    /// As [`try_next`](Self::try_next), when polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// fn spawn<F: Future<Output: Send> + Send + 'static>(task: F) -> F::Output {
    ///     futures_lite::future::block_on(task)
    /// }
    ///
    /// let scheduler = Scheduler::<u32>::new();
    /// scheduler.close();
    /// assert!(spawn(scheduler.next_owned()).is_none());
    /// ```
    #[inline]
    pub fn next_owned(&self) -> NextOwned<T, At, C> {
        NextOwned {
            shared: Arc::clone(&self.shared),
            place: Place::New,
        }
    }

    /// All items, as a stream that ends when the scheduler is closed and nothing is pending.
    ///
    /// Call it for each consumer: each item goes to exactly one of them.
    ///
    /// # Panics
    ///
    /// As [`try_next`](Self::try_next), when polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use futures_lite::StreamExt;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// for n in 0..4 {
    ///     scheduler.schedule_in(Duration::from_millis(n), n).unwrap();
    /// }
    /// scheduler.close_after_drain();
    /// let (ones, others) = (scheduler.stream(), scheduler.stream());
    /// let counts = futures_lite::future::zip(ones.count(), others.count());
    /// let (ones, others) = futures_lite::future::block_on(counts);
    /// assert_eq!(ones + others, 4);
    /// ```
    pub fn stream(&self) -> Items<T, At, C> {
        Items {
            shared: Arc::clone(&self.shared),
            place: Place::New,
        }
    }

    /// As [`next`](Self::next), for a plain thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until an item is due, or to the end.
    ///
    /// # Panics
    ///
    /// As [`try_next`](Self::try_next).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_millis(1), "soon").unwrap();
    /// assert_eq!(*scheduler.next_blocking().unwrap(), "soon");
    /// ```
    pub fn next_blocking(&self) -> Option<Due<T, At, C>> {
        block_on(self.next())
    }

    /// As [`next_blocking`](Self::next_blocking), for `timeout` of the scheduler's clock at most.
    ///
    /// An item that is due by then is yielded; a timeout that leads past every instant means as long
    /// as it takes.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until an item is due, to the end, or until the time is over.
    ///
    /// # Panics
    ///
    /// As [`try_next`](Self::try_next).
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if no item came due.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(60), "later").unwrap();
    /// assert!(scheduler.next_blocking_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn next_blocking_timeout(
        &self,
        timeout: Duration,
    ) -> Result<Option<Due<T, At, C>>, Elapsed> {
        block_on(self.shared.clock.timeout(timeout, self.next()))
    }

    /// As [`next_blocking`](Self::next_blocking), until `deadline` of the scheduler's clock at most.
    ///
    /// An item that is due by then is yielded.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until an item is due, to the end, or until the deadline.
    ///
    /// # Panics
    ///
    /// As [`try_next`](Self::try_next).
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if no item came due.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::{Duration, Instant};
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::ZERO, "now").unwrap();
    /// let due = scheduler.next_blocking_deadline(Instant::now());
    /// assert_eq!(*due.unwrap().unwrap(), "now");
    /// ```
    pub fn next_blocking_deadline(
        &self,
        deadline: Instant,
    ) -> Result<Option<Due<T, At, C>>, Elapsed> {
        block_on(self.shared.clock.timeout_at(deadline, self.next()))
    }
}
