//! A limiter of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::{Limiter, promises};
use crate::bites::{self, Bite};
use crate::measure::let_them_wait;
use crate::polling::Boxed;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    DropsWakersLocked,
    FirstWakerStays,
    GoingCostsAPermit,
    GrowsWithWaiters,
    NeverRefills,
    WakesLocked,
}

/// The probes that no peer of the table fails.
pub(crate) const BITES: &[Bite<Fault>] = &[
    ("windows", "are_used_again", Fault::NeverRefills),
    (
        "cancelled_acquire",
        "gives_its_place_up",
        Fault::GoingCostsAPermit,
    ),
    (
        "cancelled_acquire",
        "passes_its_grant_on",
        Fault::GoingCostsAPermit,
    ),
    ("last_waker", "is_woken", Fault::FirstWakerStays),
    ("wakers_that_call_back", "woken_waiter", Fault::WakesLocked),
    (
        "wakers_that_call_back",
        "dropped_waiter",
        Fault::DropsWakersLocked,
    ),
    (
        "memory",
        "cancelled_waiters_leave_nothing",
        Fault::GrowsWithWaiters,
    ),
];

bites::straw!(promises::<Straw>);

struct Straw {
    permits: usize,
    period: Duration,
    state: Mutex<State>,
    fault: Fault,
}

#[derive(Default)]
struct State {
    /// When the permits of the last period were taken.
    taken: VecDeque<Instant>,
    /// In the order of arrival.
    waiters: VecDeque<Waiter>,
    numbers: usize,
    heap: Vec<usize>,
}

struct Waiter {
    number: usize,
    is_gone: bool,
    /// Until it is woken.
    waker: Option<Waker>,
}

impl Straw {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Takes a permit, if there is one.
    fn take(&self, state: &mut State) -> bool {
        if !self.has_room(state) {
            return false;
        }
        state.taken.push_back(Instant::now());
        true
    }

    fn has_room(&self, state: &mut State) -> bool {
        let over = |at: &Instant| at.elapsed() >= self.period;
        while self.fault != Fault::NeverRefills && state.taken.front().is_some_and(over) {
            state.taken.pop_front();
        }
        state.taken.len() < self.permits
    }

    /// What a timer does that runs beside the probe: wakes whoever is next.
    fn fire(&self) {
        let mut state = self.lock();
        while state.waiters.front().is_some_and(|waiter| waiter.is_gone) {
            if !self.take(&mut state) {
                return;
            }
            state.waiters.pop_front();
        }
        if !self.has_room(&mut state) {
            return;
        }
        let waker = state.waiters.front_mut().and_then(|it| it.waker.take());
        let locked = (self.fault == Fault::WakesLocked).then_some(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        drop(locked);
    }
}

/// A place among those who wait.
struct Place<'a> {
    straw: &'a Straw,
    number: usize,
}

impl Place<'_> {
    fn poll(&self, waker: Waker) -> Poll<()> {
        let mut state = self.straw.lock();
        let first = state.waiters.front().map(|waiter| waiter.number);
        if first == Some(self.number) && self.straw.take(&mut state) {
            let waiter = state.waiters.pop_front();
            drop(state);
            drop(waiter);
            return Poll::Ready(());
        }
        let mut waiters = state.waiters.iter_mut();
        let waiter = waiters.find(|waiter| waiter.number == self.number);
        let place = &mut waiter.expect("it waits").waker;
        let stays = place.is_some() && self.straw.fault == Fault::FirstWakerStays;
        let replaced = if stays {
            Some(waker)
        } else {
            place.replace(waker)
        };
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.straw.lock();
        let mut waiters = state.waiters.iter_mut();
        let Some(at) = waiters.position(|waiter| waiter.number == self.number) else {
            return;
        };
        let waker = state.waiters[at].waker.take();
        if self.straw.fault == Fault::GoingCostsAPermit {
            state.waiters[at].is_gone = true;
        } else {
            state.waiters.remove(at);
        }
        let locked = (self.straw.fault == Fault::DropsWakersLocked).then_some(state);
        drop(waker);
        drop(locked);
    }
}

impl Limiter for Straw {
    fn new(permits: u32, period: Duration) -> Self {
        Self {
            permits: permits as usize,
            period,
            state: Mutex::default(),
            fault: FAULT.get(),
        }
    }

    fn try_acquire(&self) -> bool {
        let mut state = self.lock();
        state.waiters.is_empty() && self.take(&mut state)
    }

    fn acquire(&self) -> Boxed<'_, ()> {
        let mut place = None;
        Box::pin(poll_fn(move |cx| {
            let waker = cx.waker().clone();
            let place = place.get_or_insert_with(|| {
                let mut state = self.lock();
                state.numbers += 1;
                let number = state.numbers;
                if self.fault == Fault::GrowsWithWaiters {
                    state.heap.push(number);
                }
                state.waiters.push_back(Waiter {
                    number,
                    is_gone: false,
                    waker: None,
                });
                Place {
                    straw: self,
                    number,
                }
            });
            place.poll(waker)
        }))
    }

    fn pass(&self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            self.fire();
            if Instant::now() >= until {
                return;
            }
            let_them_wait(Duration::from_millis(1).min(time));
        }
    }
}
