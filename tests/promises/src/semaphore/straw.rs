//! A semaphore of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use super::{Semaphore, promises};
use crate::bites::{self, Bite};
use crate::outcome::Outcome;
use crate::polling::Boxed;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    AllocatesAlways,
    Barges,
    CloseWakesNobody,
    DropsWakersLocked,
    FirstWakerStays,
    ForgetsUrgency,
    GrowsWithPolls,
    LastComesFirst,
    ReleasesTwice,
    Spins,
}

/// The probes that no peer of the table fails, and one that a peer fails now and then.
pub(crate) const BITES: &[Bite<Fault>] = &[
    ("last_waker", "is_woken", Fault::FirstWakerStays),
    ("wakers_that_call_back", "dropped", Fault::DropsWakersLocked),
    ("closing", "refuses_those_who_wait", Fault::CloseWakesNobody),
    (
        "priority",
        "the_most_urgent_comes_first",
        Fault::ForgetsUrgency,
    ),
    ("priority", "equals_keep_their_order", Fault::LastComesFirst),
    ("priority", "a_try_respects_the_waiters", Fault::Barges),
    (
        "memory",
        "a_free_permit_allocates_nothing",
        Fault::AllocatesAlways,
    ),
    (
        "memory",
        "idle_polls_allocate_nothing",
        Fault::GrowsWithPolls,
    ),
    ("permits", "are_conserved", Fault::ReleasesTwice),
    ("blocking", "an_acquire_sleeps", Fault::Spins),
];

bites::straw!(promises::<Straw>);

struct Straw {
    state: Mutex<State>,
    changed: Condvar,
    fault: Fault,
}

#[derive(Default)]
struct State {
    free: usize,
    /// Who waits, in the order of arrival.
    waiters: VecDeque<Waiter>,
    places: usize,
    closed: bool,
    heap: Vec<u64>,
}

struct Waiter {
    place: usize,
    urgency: u8,
    waker: Waker,
}

impl Straw {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Whether a permit is for the one in that place, or for a newcomer.
    fn may_take(&self, state: &State, place: Option<usize>) -> bool {
        let most = state.waiters.iter().map(|waiter| waiter.urgency).max();
        let urgent =
            |waiter: &&Waiter| self.fault == Fault::ForgetsUrgency || Some(waiter.urgency) == most;
        let next = if self.fault == Fault::LastComesFirst {
            state.waiters.iter().rev().find(urgent)
        } else {
            state.waiters.iter().find(urgent)
        };
        let is_next = next.map(|waiter| waiter.place) == place;
        state.free > 0 && (is_next || self.fault == Fault::Barges)
    }

    fn try_take(&self, state: &mut State, place: Option<usize>) -> bool {
        let may = self.may_take(state, place);
        state.free -= usize::from(may);
        may
    }

    fn wake_all(&self, wakers: Vec<Waker>) {
        self.changed.notify_all();
        wakers.into_iter().for_each(Waker::wake);
    }

    fn acquire_with(&self, urgency: u8) -> Boxed<'_, bool> {
        let mut place = Place(self, None);
        Box::pin(poll_fn(move |cx| {
            let waker = cx.waker().clone();
            let mut state = self.lock();
            if state.closed {
                return Poll::Ready(false);
            }
            if self.fault == Fault::AllocatesAlways {
                state.heap = vec![0];
            }
            if self.try_take(&mut state, place.1) {
                drop(state);
                place.leave();
                return Poll::Ready(true);
            }
            let replaced = match place.1 {
                None => {
                    state.places += 1;
                    place.1 = Some(state.places);
                    let place = state.places;
                    state.waiters.push_back(Waiter {
                        place,
                        urgency,
                        waker,
                    });
                    None
                }
                Some(_) if self.fault == Fault::FirstWakerStays => Some(waker),
                Some(place) => {
                    if self.fault == Fault::GrowsWithPolls {
                        state.heap.push(0);
                    }
                    let mut waiters = state.waiters.iter_mut();
                    let waiter = waiters.find(|waiter| waiter.place == place);
                    waiter.map(|waiter| mem::replace(&mut waiter.waker, waker))
                }
            };
            drop(state);
            drop(replaced);
            Poll::Pending
        }))
    }
}

/// A place among those who wait.
struct Place<'a>(&'a Straw, Option<usize>);

impl Place<'_> {
    fn leave(&mut self) {
        let Some(place) = self.1.take() else { return };
        let mut state = self.0.lock();
        let at = state
            .waiters
            .iter()
            .position(|waiter| waiter.place == place);
        let waiter = at.and_then(|at| state.waiters.remove(at));
        if self.0.fault == Fault::DropsWakersLocked {
            drop(waiter);
            return;
        }
        // Whoever it kept waiting may be next.
        let wakers = state.wakers();
        if state.waiters.is_empty() {
            state.waiters.shrink_to_fit();
        }
        drop(state);
        drop(waiter);
        self.0.wake_all(wakers);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl State {
    /// Those of all who wait, if there is something for them.
    fn wakers(&self) -> Vec<Waker> {
        let some = self.free > 0 || self.closed;
        let waiters = self.waiters.iter().filter(|_| some);
        waiters.map(|waiter| waiter.waker.clone()).collect()
    }
}

impl Semaphore for Straw {
    fn new(permits: usize) -> Self {
        let state = State {
            free: permits,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            fault: FAULT.get(),
        }
    }

    fn try_acquire(&self) -> bool {
        self.try_take(&mut self.lock(), None)
    }

    fn acquire(&self) -> Boxed<'_, bool> {
        self.acquire_with(0)
    }

    fn release(&self, permits: usize) {
        let mut state = self.lock();
        let times = 1 + usize::from(self.fault == Fault::ReleasesTwice);
        state.free += times * permits;
        let wakers = state.wakers();
        drop(state);
        self.wake_all(wakers);
    }

    fn acquire_urgent(&self, urgency: u8) -> Outcome<Boxed<'_, bool>> {
        Ok(self.acquire_with(urgency))
    }

    fn acquire_blocking(&self) -> Outcome<bool> {
        while !self.try_acquire() {
            if self.fault == Fault::Spins {
                thread::yield_now();
            } else {
                // A release between the two locks is seen a millisecond later: straw may poll.
                let _ = self
                    .changed
                    .wait_timeout(self.lock(), Duration::from_millis(1));
            }
        }
        Ok(true)
    }

    fn close(&self) -> Outcome {
        let mut state = self.lock();
        state.closed = true;
        let wakers = state.wakers();
        drop(state);
        if self.fault != Fault::CloseWakesNobody {
            self.wake_all(wakers);
        }
        Ok(())
    }
}
