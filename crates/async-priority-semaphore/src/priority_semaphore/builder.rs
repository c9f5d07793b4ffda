//! The options of a `PrioritySemaphore`.

use super::PrioritySemaphore;
use crate::line::Ranked;
use crate::pool::{self, Pool};
use std::num::NonZeroU32;

/// Whether those who wait become more urgent.
///
/// # Examples
///
/// With a step of 3, two arrivals that are more urgent by one overtake; the third does not:
///
/// ```
/// use async_priority_semaphore::{Aging, PrioritySemaphore};
/// use std::num::NonZeroU32;
/// use std::task::Waker;
/// use testkit::poll_once;
///
/// let aging = Aging::Arrivals(NonZeroU32::new(3).unwrap());
/// let semaphore = PrioritySemaphore::builder(0).aging(aging).build();
/// let mut waiters = [1, 0, 0, 0].map(|priority| semaphore.acquire_with(priority));
/// for waiter in &mut waiters {
///     assert!(poll_once(waiter, Waker::noop()).is_pending());
/// }
///
/// semaphore.add_permits(1); // goes from hand to hand
/// for turn in [1, 2, 0, 3] {
///     assert!(poll_once(&mut waiters[turn], Waker::noop()).is_ready());
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aging {
    /// They don't: as long as urgent requests arrive, the others wait.
    #[default]
    None,
    /// By one unit of priority for every so many that arrive after them.
    ///
    /// Of those that come after a waiter, at most `step × difference − 1` are served before it,
    /// where `difference` is by how much the most urgent of them is more urgent; and with equal
    /// priority, none.
    /// This is exact, and needs no clock.
    ///
    /// An arrival is a request that has to wait, or that overtakes one.
    /// A step above 2³¹ − 1 counts as that.
    Arrivals(NonZeroU32),
}

/// Who is first of those that are equally urgent.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{PrioritySemaphore, Ties};
/// use std::task::Waker;
/// use testkit::poll_once;
///
/// let semaphore = PrioritySemaphore::builder(0).ties(Ties::Lifo).build();
/// let (mut early, mut late) = (semaphore.acquire(), semaphore.acquire());
/// assert!(poll_once(&mut early, Waker::noop()).is_pending());
/// assert!(poll_once(&mut late, Waker::noop()).is_pending());
/// semaphore.add_permits(1);
/// assert!(poll_once(&mut late, Waker::noop()).is_ready());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ties {
    /// Who came first.
    #[default]
    Fifo,
    /// Who came last, for instance because the others are likely to have been given up.
    ///
    /// The early ones may wait for ever.
    /// With [`Aging::Arrivals`] this has no effect, since it would leave nothing of the bound.
    Lifo,
}

/// Makes a [`PrioritySemaphore`]; from [`PrioritySemaphore::builder`].
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{Aging, PrioritySemaphore};
/// use std::num::NonZeroU32;
///
/// static SEMAPHORE: PrioritySemaphore = PrioritySemaphore::builder(4)
///     .aging(Aging::Arrivals(NonZeroU32::MIN))
///     .build();
/// assert_eq!(SEMAPHORE.available_permits(), 4);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct PrioritySemaphoreBuilder {
    permits: usize,
    aging: Aging,
    ties: Ties,
}

impl PrioritySemaphoreBuilder {
    #[track_caller]
    pub(super) const fn new(permits: usize) -> Self {
        pool::check_new(permits);
        Self {
            permits,
            aging: Aging::None,
            ties: Ties::Fifo,
        }
    }

    /// Sets whether those who wait become more urgent; [`Aging::None`] by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::{Aging, PrioritySemaphore};
    /// use std::num::NonZeroU32;
    ///
    /// let aging = Aging::Arrivals(NonZeroU32::new(100).unwrap());
    /// let semaphore = PrioritySemaphore::builder(4).aging(aging).build();
    /// # drop(semaphore);
    /// ```
    pub const fn aging(mut self, aging: Aging) -> Self {
        self.aging = aging;
        self
    }

    /// Sets who is first of those that are equally urgent; [`Ties::Fifo`] by default.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::{PrioritySemaphore, Ties};
    ///
    /// let semaphore = PrioritySemaphore::builder(4).ties(Ties::Lifo).build();
    /// # drop(semaphore);
    /// ```
    pub const fn ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    /// Creates the semaphore.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PrioritySemaphore;
    ///
    /// assert_eq!(PrioritySemaphore::builder(4).build().available_permits(), 4);
    /// ```
    #[cfg(not(loom))]
    #[must_use]
    pub const fn build(self) -> PrioritySemaphore {
        PrioritySemaphore {
            pool: Pool::new(self.permits, Ranked::new(self.aging, self.ties)),
        }
    }

    /// As above; loom's atomics are not made at compile time.
    #[cfg(loom)]
    #[doc(hidden)]
    pub fn build(self) -> PrioritySemaphore {
        PrioritySemaphore {
            pool: Pool::new(self.permits, Ranked::new(self.aging, self.ties)),
        }
    }
}
