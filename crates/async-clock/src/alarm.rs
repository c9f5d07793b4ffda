//! One timer per primitive, for authors of timed primitives.
//!
//! A limiter, a lockout or a scheduler has many waiters but only one instant at which it has to
//! act next.
//! It keeps an [`Alarm`] inside its own mutex, [wishes](Alarm::wish) for that instant under the
//! lock, and calls [`settle`] once the lock is free.
//! When the instant comes, its [`AlarmHost::on_alarm`] runs wherever the clock fires, so the
//! primitive needs no task of its own.
//!
//! A wish that moves later, or away, leaves the timer alone: it fires once in vain and is set
//! anew.
//! So cancelling waiters never touches the clock.
//!
//! # Examples
//!
//! A door that opens at an instant; the lock around the state is the primitive's own.
//!
//! ```
//! use async_clock::alarm::{Alarm, AlarmHost, Fired, settle};
//! use async_clock::{Clock, ManualClock};
//! use std::sync::{Arc, Mutex};
//! use std::time::Duration;
//!
//! struct State {
//!     open: bool,
//!     alarm: Alarm<ManualClock>,
//! }
//!
//! struct Door {
//!     clock: ManualClock,
//!     state: Mutex<State>,
//! }
//!
//! impl AlarmHost for Door {
//!     type Clock = ManualClock;
//!
//!     fn clock(&self) -> &ManualClock {
//!         &self.clock
//!     }
//!
//!     fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<ManualClock>) -> R) -> R {
//!         f(&mut self.state.lock().unwrap().alarm)
//!     }
//!
//!     fn on_alarm(&self, fired: Fired) {
//!         let mut state = self.state.lock().unwrap();
//!         state.alarm.fired(fired);
//!         state.open = true;
//!     }
//! }
//!
//! let clock = ManualClock::new();
//! let state = Mutex::new(State { open: false, alarm: Alarm::new() });
//! let door = Arc::new(Door { clock: clock.clone(), state });
//!
//! let at = clock.now() + Duration::from_secs(3);
//! if door.state.lock().unwrap().alarm.wish(Some(at)) {
//!     settle(&door);
//! }
//! clock.advance(Duration::from_secs(3));
//! assert!(door.state.lock().unwrap().open);
//! ```
//!
//! # Invariants
//!
//! 1. While no call of [`settle`] or `on_alarm` is under way, a wish for an instant has a live timer
//!    set no later than it.
//! 2. There is at most one timer per alarm: only the call that set `busy` creates, moves or drops
//!    one.
//! 3. The clock is called without the primitive's lock, as it may call back from inside.
//!
//! # How a firing between two locks is noticed
//!
//! 1. Thread A settles: it takes the timer out, remembers `fires`, and unlocks.
//! 2. A arms the timer. Before A has locked again the timer fires on thread B.
//! 3. B counts the firing, forgets `set`, wishes anew, and finds `busy`: A will serve the wish.
//! 4. A locks, sees that `fires` has moved, does not claim the timer to be set, looks at the wish
//!    once more, and goes round again.
//!
//! `tests/loom_alarm.rs` checks this; each of `fires`, `busy` and the second look is needed.

use crate::clock::{Clock, Timer};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Weak};
use std::task::{Wake, Waker};
use std::time::Instant;

/// A primitive that has an [`Alarm`] in its state.
///
/// See the [module](self) for an example.
pub trait AlarmHost: Send + Sync + Sized + 'static {
    /// The clock the alarm runs on.
    type Clock: Clock;

    /// The clock the alarm runs on.
    fn clock(&self) -> &Self::Clock;

    /// Calls `f` on the alarm, under the primitive's lock.
    fn with_alarm<R>(&self, f: impl FnOnce(&mut Alarm<Self::Clock>) -> R) -> R;

    /// The instant has come, or the clock woke the alarm for nothing.
    ///
    /// Called without the lock, from wherever the clock fires.
    /// Takes the lock, hands `fired` to [`Alarm::fired`], acts on what is due, wishes for the next
    /// instant, unlocks, and calls what wakers there are.
    /// [`settle`] is called by the caller.
    fn on_alarm(&self, fired: Fired);
}

/// Says that an alarm has fired; to be handed to [`Alarm::fired`].
///
/// See the [module](self) for an example.
#[derive(Debug)]
#[must_use = "hand it to `Alarm::fired` under the primitive's lock"]
pub struct Fired(());

/// The one timer of a primitive; lives inside the primitive's mutex.
///
/// Allocates nothing before the first [`settle`] that sets a timer.
/// See the [module](self) for an example.
pub struct Alarm<C: Clock> {
    /// When the primitive wants to be called.
    wish: Option<Instant>,
    /// What `timer` is known to be set to; `None` if it has fired since, or there is none.
    set: Option<Instant>,
    /// Taken out while `busy`.
    timer: Option<C::Timer>,
    /// Calls [`AlarmHost::on_alarm`]; made by the first `settle`.
    waker: Option<Waker>,
    /// How often the alarm has fired; wraps, and only its changes matter.
    fires: u64,
    /// A `settle` is at the clock, without the lock. Whoever finds this set leaves its wish here.
    busy: bool,
}

impl<C: Clock> Alarm<C> {
    /// Creates an alarm without a wish.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            wish: None,
            set: None,
            timer: None,
            waker: None,
            fires: 0,
            busy: false,
        }
    }

    /// Replaces the wish; `None` for nothing to wait for.
    ///
    /// Returns whether [`settle`] has to be called once the lock is free.
    #[must_use = "if true, call `settle` after unlocking"]
    pub fn wish(&mut self, at: Option<Instant>) -> bool {
        self.wish = at;
        !self.busy && !self.is_met()
    }

    /// The current wish.
    #[must_use]
    pub fn wished(&self) -> Option<Instant> {
        self.wish
    }

    /// Takes note of a firing; [`AlarmHost::on_alarm`] calls it under the lock.
    ///
    /// The wish is gone, and the caller makes a new one.
    #[expect(clippy::needless_pass_by_value, reason = "the token is used up")]
    pub fn fired(&mut self, fired: Fired) {
        let Fired(()) = fired;
        self.fires = self.fires.wrapping_add(1);
        self.set = None;
        self.wish = None;
    }

    /// Whether a live timer is set no later than the wish.
    fn is_met(&self) -> bool {
        match (self.wish, self.set) {
            (None, _) => true,
            (Some(wish), Some(set)) => set <= wish,
            (Some(_), None) => false,
        }
    }

    /// What there is to do at the clock, if anything.
    fn begin(&mut self) -> Option<Errand<C>> {
        if self.is_met() {
            return None;
        }
        let (timer, waker) = (self.timer.take(), self.waker.take());
        self.wish.map(|at| Errand {
            at,
            timer,
            waker,
            fires: self.fires,
        })
    }
}

impl<C: Clock> Default for Alarm<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Clock> fmt::Debug for Alarm<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("wish", &self.wish)
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}

/// One visit to the clock, made without the lock.
struct Errand<C: Clock> {
    at: Instant,
    timer: Option<C::Timer>,
    waker: Option<Waker>,
    /// `Alarm::fires` when the lock was let go.
    fires: u64,
}

impl<C: Clock> Errand<C> {
    /// Moves the timer, or arms another one.
    fn run(&mut self, clock: &C, waker: &Waker) -> C::Timer {
        let moved = self
            .timer
            .take()
            .and_then(|mut timer| timer.reset(self.at).then_some(timer));
        moved.unwrap_or_else(|| clock.arm(self.at, waker))
    }
}

/// Sets the timer of `host` to what its alarm wishes for.
///
/// Call it without the primitive's lock whenever [`Alarm::wish`] said so; calling it in vain is
/// harmless.
/// It takes the lock twice for each visit to the clock.
/// The timer holds `host` weakly: a far deadline keeps nothing alive.
///
/// # Panics
///
/// If the clock panics, or [`AlarmHost::on_alarm`] when the clock calls it from inside this call.
/// The alarm stays usable, and a wish that `on_alarm` has made is served before the panic goes on.
pub fn settle<H: AlarmHost>(host: &Arc<H>) {
    let begun = host.with_alarm(|alarm| {
        if alarm.busy {
            return None; // #2: the one who is busy serves this wish too
        }
        let errand = alarm.begin();
        alarm.busy = errand.is_some();
        errand
    });
    let mut panicked = None;
    let mut next = begun;
    while let Some(mut errand) = next {
        let waker = errand
            .waker
            .take()
            .unwrap_or_else(|| Waker::from(Arc::new(Ring(Arc::downgrade(host)))));
        // #3: no lock is held here.
        // Unwind safe: a timer that the clock was busy with is gone, and nothing else is touched.
        let run = catch_unwind(AssertUnwindSafe(|| errand.run(host.clock(), &waker)));
        let (timer, payload) = match run {
            Ok(timer) => (Some(timer), None),
            Err(payload) => (None, Some(payload)),
        };
        next = host.with_alarm(|alarm| {
            let has_fired = alarm.fires != errand.fires;
            // A clock that panics by itself would do it again.
            let gives_up = timer.is_none() && !has_fired;
            alarm.set = (timer.is_some() && !has_fired).then_some(errand.at);
            alarm.timer = timer;
            alarm.waker = Some(waker);
            let next = if gives_up { None } else { alarm.begin() };
            alarm.busy = next.is_some();
            next
        });
        panicked = panicked.or(payload); // the first one; dropped unlocked, like the rest
    }
    if let Some(payload) = panicked {
        resume_unwind(payload);
    }
}

/// Calls the primitive when the clock calls the waker.
struct Ring<H>(Weak<H>);

impl<H: AlarmHost> Wake for Ring<H> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(host) = self.0.upgrade() {
            // A waker of the user may panic in there, after the next wish was made.
            let rung = catch_unwind(AssertUnwindSafe(|| host.on_alarm(Fired(()))));
            settle(&host);
            if let Err(payload) = rung {
                resume_unwind(payload);
            }
        }
    }
}
