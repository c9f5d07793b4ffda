//! `Tag`: a lock that can be extended and taken back.

use crate::gate::Gate;
use crate::words;
use async_clock::Clock;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One lock among several that can be told from the others: it may be extended, and taken back.
///
/// Locks stack: entry is barred until the latest of them ends, with or without a tag.
/// Removing a tag ends its own lock only.
/// Dropping it leaves the lock in force until its time; only [`clear`](crate::Lockout::clear) can
/// end it earlier then.
///
/// A tag keeps its lockout alive and may be moved to another thread.
///
/// # Examples
///
/// ```
/// use async_lockout::Lockout;
/// use std::time::Duration;
///
/// let lockout = Lockout::new();
/// let maintenance = lockout.tag_for(Duration::MAX); // until we say so
/// lockout.lock_for(Duration::from_secs(60));
///
/// maintenance.remove();
/// assert!(lockout.is_locked()); // the other lock stands
/// ```
#[must_use = "dropping it leaves the lock in force; use `lock_for` if it is not to be taken back"]
pub struct Tag<C: Clock> {
    gate: Arc<Gate<C>>,
    id: u64,
    /// The end of its lock, if that has an entry among the [`Tags`].
    deadline: u64,
}

impl<C: Clock> Tag<C> {
    /// A tag for the duration from now; zero for one that locks nothing yet.
    pub(crate) fn lock_for(gate: &Arc<Gate<C>>, duration: Duration) -> Self {
        let mut tag = Self::idle(gate);
        tag.extend(duration);
        tag
    }

    pub(crate) fn lock_until(gate: &Arc<Gate<C>>, at: Instant) -> Self {
        let mut tag = Self::idle(gate);
        tag.extend_until(at);
        tag
    }

    fn idle(gate: &Arc<Gate<C>>) -> Self {
        Self {
            gate: Arc::clone(gate),
            id: gate.state.lock().tags.next_id(),
            deadline: 0,
        }
    }

    /// Makes the lock last for `duration` from now at least.
    ///
    /// It never shortens the lock.
    /// A tag whose lock has ended, or was [cleared](crate::Lockout::clear), locks again.
    /// A duration that leads past every instant means for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
    /// let mut tag = lockout.tag_for(Duration::from_secs(3));
    /// clock.advance(Duration::from_secs(2));
    /// tag.extend(Duration::from_secs(3));
    /// assert_eq!(tag.locked_until(), Some(clock.now() + Duration::from_secs(3)));
    /// # tag.remove();
    /// ```
    pub fn extend(&mut self, duration: Duration) {
        let now = self.gate.now();
        self.move_to(now, words::after(now, duration));
    }

    /// Makes the lock last until `at` at least; see [`extend`](Self::extend).
    ///
    /// # Examples
    ///
    /// ```
    /// use async_clock::{Clock, ManualClock};
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let lockout = Lockout::with_clock(clock.clone());
    /// let mut tag = lockout.tag_for(Duration::from_secs(3));
    /// let later = clock.now() + Duration::from_secs(9);
    /// tag.extend_until(later);
    /// tag.extend_until(clock.now()); // does not shorten it
    /// assert_eq!(lockout.locked_until(), Some(later));
    /// # tag.remove();
    /// ```
    pub fn extend_until(&mut self, at: Instant) {
        let now = self.gate.now();
        self.move_to(now, self.gate.words.deadline(at));
    }

    /// Takes the lock back and lets in those who waited for nothing else.
    ///
    /// # Panics
    ///
    /// If the waker of a waiting task panics, once all are woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::Duration;
    ///
    /// let lockout = Lockout::new();
    /// let tag = lockout.tag_for(Duration::from_secs(60));
    /// assert!(lockout.is_locked());
    /// tag.remove();
    /// assert!(!lockout.is_locked());
    /// ```
    pub fn remove(mut self) {
        let (id, deadline) = (self.id, std::mem::take(&mut self.deadline));
        if deadline != 0 {
            self.gate.lift(|_, state| {
                state.tags.remove(deadline, id);
            });
        }
    }

    /// When this lock ends; `None` if it has ended.
    ///
    /// For one without end it is an instant centuries ahead.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_lockout::Lockout;
    /// use std::time::{Duration, Instant};
    ///
    /// let lockout = Lockout::new();
    /// let tag = lockout.tag_for(Duration::from_secs(60));
    /// assert!(tag.locked_until() > Some(Instant::now()));
    /// lockout.clear();
    /// assert_eq!(tag.locked_until(), None);
    /// ```
    pub fn locked_until(&self) -> Option<Instant> {
        let now = self.gate.now();
        let stands = self.deadline > now && {
            let state = self.gate.state.lock();
            state.tags.contain(self.deadline, self.id)
        };
        stands.then(|| self.gate.words.instant_or_far(self.deadline))
    }

    /// Later only.
    fn move_to(&mut self, now: u64, deadline: u64) {
        let mut state = self.gate.state.lock();
        // First, so that a lock which has run out is not mistaken for one that still stands.
        self.gate.note(&mut state, now);
        let stands = state.tags.remove(self.deadline, self.id);
        let deadline = if stands {
            deadline.max(self.deadline)
        } else {
            deadline
        };
        self.deadline = if deadline > now { deadline } else { 0 };
        state.tags.add(self.deadline, self.id);
        self.gate.words.set_tagged(state.tags.latest());
    }
}

impl<C: Clock> Drop for Tag<C> {
    fn drop(&mut self) {
        if self.deadline != 0 {
            self.gate
                .state
                .lock()
                .tags
                .drop_handle(self.deadline, self.id);
        }
    }
}

impl<C: Clock> fmt::Debug for Tag<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tag")
            .field("locked_until", &self.locked_until())
            .finish_non_exhaustive()
    }
}

/// The deadlines of the tags that have not ended, under the mutex of the [`Gate`].
#[derive(Debug)]
pub(crate) struct Tags {
    /// By deadline; as many as there are handles, at most.
    live: BTreeSet<(u64, u64)>,
    /// The latest deadline of those whose handle was dropped.
    dropped: u64,
    last_id: u64,
}

impl Tags {
    pub(crate) const fn new() -> Self {
        Self {
            live: BTreeSet::new(),
            dropped: 0,
            last_id: 0,
        }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn latest(&self) -> u64 {
        let live = self.live.last().map_or(0, |&(deadline, _)| deadline);
        live.max(self.dropped)
    }

    pub(crate) fn clear(&mut self) {
        self.live.clear();
        self.dropped = 0;
    }

    /// Forgets those that have passed; says whether there were any.
    pub(crate) fn expire(&mut self, now: u64) -> bool {
        let mut any = self.dropped != 0 && self.dropped <= now;
        if any {
            self.dropped = 0;
        }
        while self
            .live
            .first()
            .is_some_and(|&(deadline, _)| deadline <= now)
        {
            self.live.pop_first();
            any = true;
        }
        any
    }

    /// 0 is no lock and adds nothing.
    fn add(&mut self, deadline: u64, id: u64) {
        if deadline != 0 {
            self.live.insert((deadline, id));
        }
    }

    /// Says whether it was there.
    fn remove(&mut self, deadline: u64, id: u64) -> bool {
        self.live.remove(&(deadline, id))
    }

    fn contain(&self, deadline: u64, id: u64) -> bool {
        self.live.contains(&(deadline, id))
    }

    fn drop_handle(&mut self, deadline: u64, id: u64) {
        if self.remove(deadline, id) {
            self.dropped = self.dropped.max(deadline);
        }
    }
}
