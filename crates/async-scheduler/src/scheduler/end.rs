//! How a scheduler ends, and how one waits until all is done.

use super::Scheduler;
use crate::join::{Join, JoinOwned};
use crate::next::Place;
use crate::time::Base;
use async_clock::{Clock, ClockExt, Elapsed};
use async_waitlist::blocking::block_on;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl<T: Send + 'static, At: Base<C>, C: Clock> Scheduler<T, At, C> {
    /// Closes now: returns the payloads that are pending, in order, and ends all streams.
    ///
    /// Nothing can be scheduled any more.
    /// What has been yielded is not touched.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(60), "tea").unwrap();
    /// assert_eq!(scheduler.close(), ["tea"]);
    /// assert!(scheduler.next_blocking().is_none());
    /// assert!(scheduler.schedule_in(Duration::ZERO, "late").is_err());
    /// ```
    pub fn close(&self) -> Vec<T> {
        self.shared.clear(true)
    }

    /// Closes for new items; streams end after the last one that is pending.
    ///
    /// Of an item that recurs, the pending occurrence is the last.
    /// One that never comes due keeps the streams from ending until it is cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_millis(1), "last").unwrap();
    /// scheduler.close_after_drain();
    /// assert!(scheduler.schedule_in(Duration::ZERO, "late").is_err());
    /// assert_eq!(*scheduler.next_blocking().unwrap(), "last");
    /// assert!(scheduler.next_blocking().is_none());
    /// ```
    pub fn close_after_drain(&self) {
        self.shared.close_after_drain();
    }

    /// Whether it was closed, in one way or the other.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// let scheduler = Scheduler::<u32>::new();
    /// assert!(!scheduler.is_closed());
    /// scheduler.close_after_drain();
    /// assert!(scheduler.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.state.lock().closed
    }

    /// Whether nothing is pending, and every [`Due`](crate::Due) that was yielded is dropped: the
    /// `try` form of [`join`](Self::join).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// assert!(scheduler.is_idle());
    /// scheduler.schedule_in(Duration::ZERO, 7).unwrap();
    /// assert!(!scheduler.is_idle());
    /// scheduler.close();
    /// assert!(scheduler.is_idle());
    /// ```
    pub fn is_idle(&self) -> bool {
        self.shared.state.lock().is_idle()
    }

    /// Waits until nothing is pending and every [`Due`](crate::Due) that was yielded is dropped.
    ///
    /// That was so at some instant since the first poll; unless the scheduler is closed, there may
    /// be more by now.
    /// It does not close the scheduler, nor take items: somebody has to.
    /// Awaited by the holder of a `Due` it never ends, and one that is leaked holds it up for ever;
    /// so do items that recur, until they are cancelled or the scheduler is closed.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place among the waiters; nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::ManualClock;
    /// use async_scheduler::Scheduler;
    /// use futures_lite::{StreamExt, future};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let scheduler = Scheduler::with_clock(clock.clone());
    /// scheduler.schedule_in(Duration::from_secs(3), "tea").unwrap();
    /// let work = scheduler.stream().for_each(drop);
    /// let stop = async {
    ///     scheduler.join().await;
    ///     scheduler.close();
    /// };
    /// future::block_on(clock.drive(future::zip(work, stop)));
    /// ```
    pub fn join(&self) -> Join<'_, T, At, C> {
        Join {
            shared: &self.shared,
            place: Place::New,
        }
    }

    /// As [`join`](Self::join), with a handle of its own: for tasks.
    ///
    /// # Cancel safety
    ///
    /// Dropping it gives up the place among the waiters; nothing else is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    ///
    /// let join = Scheduler::<u32>::new().join_owned();
    /// futures_lite::future::block_on(join);
    /// ```
    pub fn join_owned(&self) -> JoinOwned<T, At, C> {
        JoinOwned {
            shared: Arc::clone(&self.shared),
            place: Place::New,
        }
    }

    /// As [`join`](Self::join), for a plain thread.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until all is done.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::thread;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_millis(1), "tea").unwrap();
    /// thread::scope(|scope| {
    ///     scope.spawn(|| drop(scheduler.next_blocking()));
    ///     scheduler.join_blocking();
    /// });
    /// assert!(scheduler.is_empty());
    /// ```
    pub fn join_blocking(&self) {
        block_on(self.join());
    }

    /// As [`join_blocking`](Self::join_blocking), for `timeout` of the scheduler's clock at most.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until all is done or the time is over.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if something is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Duration;
    ///
    /// let scheduler = Scheduler::new();
    /// scheduler.schedule_in(Duration::from_secs(60), "tea").unwrap();
    /// assert!(scheduler.join_blocking_timeout(Duration::from_millis(1)).is_err());
    /// ```
    pub fn join_blocking_timeout(&self, timeout: Duration) -> Result<(), Elapsed> {
        block_on(self.shared.clock.timeout(timeout, self.join()))
    }

    /// As [`join_blocking`](Self::join_blocking), until `deadline` of the scheduler's clock at most.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until all is done or the deadline has passed.
    ///
    /// # Errors
    ///
    /// [`Elapsed`] if something is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_scheduler::Scheduler;
    /// use std::time::Instant;
    ///
    /// let scheduler = Scheduler::<u32>::new();
    /// assert!(scheduler.join_blocking_deadline(Instant::now()).is_ok());
    /// ```
    pub fn join_blocking_deadline(&self, deadline: Instant) -> Result<(), Elapsed> {
        block_on(self.shared.clock.timeout_at(deadline, self.join()))
    }
}
