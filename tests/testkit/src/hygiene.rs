//! The suite that every future passes: whom it wakes, and what it does with foreign code.
//!
//! A waker is foreign code: it may call back into the primitive when it is woken, cloned or
//! dropped, and it may panic. A future that calls it under a lock works for years and then
//! deadlocks under one executor.
//!
//! [`Case::check`] runs every [`Check`], each on a fresh [`Setup`] under a watchdog, and reports
//! all that failed.
//!
//! # Examples
//!
//! ```
//! use std::mem;
//! use std::pin::Pin;
//! use std::sync::{Arc, Mutex};
//! use std::task::{Context, Poll, Waker};
//! use testkit::hygiene::{Case, Setup};
//!
//! /// Opens once, for one waiter.
//! #[derive(Default)]
//! struct Gate {
//!     open: bool,
//!     waiter: Option<Waker>,
//! }
//!
//! struct Wait(Arc<Mutex<Gate>>);
//!
//! impl Future for Wait {
//!     type Output = ();
//!
//!     fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
//!         // Cloned before the lock; the one that was there is dropped after it.
//!         let mut waker = Some(cx.waker().clone());
//!         let mut gate = self.0.lock().unwrap();
//!         if gate.open {
//!             return Poll::Ready(());
//!         }
//!         mem::swap(&mut gate.waiter, &mut waker);
//!         Poll::Pending
//!     }
//! }
//!
//! impl Drop for Wait {
//!     fn drop(&mut self) {
//!         let waiter = self.0.lock().unwrap().waiter.take();
//!         drop(waiter);
//!     }
//! }
//!
//! fn open(gate: &Mutex<Gate>) {
//!     let mut gate = gate.lock().unwrap();
//!     gate.open = true;
//!     let waiter = gate.waiter.take();
//!     drop(gate);
//!     waiter.into_iter().for_each(Waker::wake);
//! }
//!
//! Case::new("wait", || {
//!     let gate = Arc::new(Mutex::new(Gate::default()));
//!     let (fired, touched) = (Arc::clone(&gate), Arc::clone(&gate));
//!     Setup {
//!         future: Wait(gate),
//!         fire: Box::new(move || open(&fired)),
//!         touch: Arc::new(move || drop(touched.lock().unwrap())),
//!     }
//! })
//! .fused()
//! .check();
//! ```

mod checks;

use std::any::Any;
use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::watchdog::{Outcome, outcome_within};

/// A future under test, and its surroundings.
pub struct Setup<F> {
    /// Pending until [`fire`](Self::fire) is called.
    ///
    /// It owns what it needs: a future that borrows its primitive borrows a leaked one, or is
    /// wrapped in an `async` block that owns it.
    pub future: F,
    /// Makes the future ready and wakes it before it returns, on this thread or another.
    pub fire: Box<dyn FnOnce()>,
    /// Calls into the primitive, all that takes its locks; called from inside wakers.
    pub touch: Arc<dyn Fn() + Send + Sync>,
}

/// Several futures that wait on one primitive.
pub struct Crowd<F> {
    /// All of them pending until [`fire`](Self::fire) is called; at least two.
    pub futures: Vec<F>,
    /// Makes all futures ready and wakes them before it returns.
    pub fire: Box<dyn FnOnce()>,
}

/// What a future is checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// It is pending, until it is fired, then ready.
    CompletesWhenFired,
    /// The waker of the last poll is woken, not that of an earlier one.
    LastWakerWins,
    /// No other waker is woken as well.
    OnlyTheLastWakerIsWoken,
    /// A pending poll wakes nobody, in particular not the task that polls.
    PollingAgainDoesNotWake,
    /// A waker may use the primitive when it is woken.
    WakeMayCallBack,
    /// A waker may use the primitive when it is cloned.
    CloneMayCallBack,
    /// A waker may use the primitive when another takes its place.
    AReplacedWakerMayCallBack,
    /// A waker may use the primitive when it is dropped with its future.
    DroppingTheFutureMayCallBack,
    /// A future that is gone has left none of its wakers behind.
    DroppingTheFutureDropsItsWakers,
    /// When a waker panics, its future still completes and the primitive stays usable; the
    /// futures of a [`Crowd`] are all woken and complete.
    APanickingWakerHarmsNobodyElse,
    /// Polled after completion, it neither panics nor wakes; checked where [`Case::fused`] says
    /// so.
    FusedAfterCompletion,
}

impl Check {
    const ALL: [Self; 11] = [
        Self::CompletesWhenFired,
        Self::LastWakerWins,
        Self::OnlyTheLastWakerIsWoken,
        Self::PollingAgainDoesNotWake,
        Self::WakeMayCallBack,
        Self::CloneMayCallBack,
        Self::AReplacedWakerMayCallBack,
        Self::DroppingTheFutureMayCallBack,
        Self::DroppingTheFutureDropsItsWakers,
        Self::APanickingWakerHarmsNobodyElse,
        Self::FusedAfterCompletion,
    ];
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CompletesWhenFired => "completes_when_fired",
            Self::LastWakerWins => "last_waker_wins",
            Self::OnlyTheLastWakerIsWoken => "only_the_last_waker_is_woken",
            Self::PollingAgainDoesNotWake => "polling_again_does_not_wake",
            Self::WakeMayCallBack => "wake_may_call_back",
            Self::CloneMayCallBack => "clone_may_call_back",
            Self::AReplacedWakerMayCallBack => "a_replaced_waker_may_call_back",
            Self::DroppingTheFutureMayCallBack => "dropping_the_future_may_call_back",
            Self::DroppingTheFutureDropsItsWakers => "dropping_the_future_drops_its_wakers",
            Self::APanickingWakerHarmsNobodyElse => "a_panicking_waker_harms_nobody_else",
            Self::FusedAfterCompletion => "fused_after_completion",
        })
    }
}

type Make<T> = Arc<dyn Fn() -> T + Send + Sync>;

/// A future to check; see the [module](self).
#[must_use = "a case does nothing until `check` is called"]
pub struct Case<F> {
    name: String,
    make: Make<Setup<F>>,
    crowd: Option<Make<Crowd<F>>>,
    fused: bool,
    limit: Duration,
}

impl<F: Future + 'static> Case<F> {
    /// A case by the name that failures begin with, and what makes a fresh setup for each check.
    pub fn new(
        name: impl Into<String>,
        make: impl Fn() -> Setup<F> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            make: Arc::new(make),
            crowd: None,
            fused: false,
            limit: Duration::from_secs(10),
        }
    }

    /// Has [`Check::APanickingWakerHarmsNobodyElse`] look at several futures of one primitive too.
    pub fn crowd(mut self, make: impl Fn() -> Crowd<F> + Send + Sync + 'static) -> Self {
        self.crowd = Some(Arc::new(make));
        self
    }

    /// Says that the future may be polled after completion.
    pub fn fused(mut self) -> Self {
        self.fused = true;
        self
    }

    /// Sets how long each check may take; 10 seconds by default.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs all checks.
    ///
    /// # Panics
    ///
    /// If one of them fails; the message names all that failed.
    #[track_caller]
    pub fn check(self) {
        let mut report = String::new();
        for (check, failure) in self.failures() {
            write!(report, "\n  {check}: {failure}").expect("a string takes all");
        }
        assert!(report.is_empty(), "{} fails:{report}", self.name);
    }

    /// Runs all checks and returns those that failed, with what went wrong.
    #[must_use]
    pub fn failures(&self) -> Vec<(Check, String)> {
        let checks = Check::ALL.into_iter().filter(|check| match check {
            Check::FusedAfterCompletion => self.fused,
            _ => true,
        });
        checks
            .filter_map(|check| Some((check, self.failure(check)?)))
            .collect()
    }

    fn failure(&self, check: Check) -> Option<String> {
        let (make, crowd) = (Arc::clone(&self.make), self.crowd.clone());
        let run = move || checks::run(check, &*make, crowd.as_deref());
        match outcome_within(self.limit, run) {
            Outcome::Done(()) => None,
            Outcome::Panicked(payload) => Some(message(&*payload)),
            Outcome::TooLong { .. } => {
                Some(format!("still running after {:?}: a deadlock?", self.limit))
            }
        }
    }
}

impl<F> fmt::Debug for Case<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Setup<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setup").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for Crowd<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crowd")
            .field("futures", &self.futures.len())
            .finish_non_exhaustive()
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}
