//! A batcher of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::{Batcher, Failed, Replied, Work, Working, promises};
use crate::bites::{self, Bite};
use crate::measure::let_them_wait;
use crate::outcome::Outcome;
use crate::polling::Boxed;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    AcceptsAfterTheEnd,
    CloseWaits,
    FirstWakerStays,
    FullWaits,
    GoingKills,
    IgnoresTheClock,
    PanicKills,
    RepliesBackwards,
    RepliesByPlace,
    WaitsFromTheLast,
}

/// The probes that no peer of the table fails.
pub(crate) const BITES: &[Bite<Fault>] = &[
    (
        "panicking_batches",
        "harm_no_later_batch",
        Fault::PanicKills,
    ),
    (
        "cancelled_caller",
        "harms_no_later_batch",
        Fault::GoingKills,
    ),
    ("replies", "are_those_of_the_items", Fault::RepliesBackwards),
    ("replies", "do_not_shift", Fault::RepliesByPlace),
    ("timing", "a_full_batch_goes_at_once", Fault::FullWaits),
    ("timing", "a_lone_item_goes_in_time", Fault::IgnoresTheClock),
    (
        "timing",
        "a_trickle_puts_nothing_off",
        Fault::WaitsFromTheLast,
    ),
    ("the_end", "delivers_what_was_accepted", Fault::CloseWaits),
    (
        "the_end",
        "refuses_what_comes_later",
        Fault::AcceptsAfterTheEnd,
    ),
    ("last_waker", "is_woken", Fault::FirstWakerStays),
];

bites::straw!(promises::<Straw>);

struct Straw {
    items: usize,
    wait: Duration,
    work: Work,
    state: RefCell<State>,
    fault: Fault,
}

#[derive(Default)]
struct State {
    queue: Vec<(usize, usize)>,
    since: Option<Instant>,
    in_flight: Option<(Vec<usize>, Working)>,
    replies: HashMap<usize, Replied>,
    wakers: HashMap<usize, Waker>,
    callers: usize,
    is_closed: bool,
    is_dead: bool,
}

impl Straw {
    /// The next batch, if one is to go.
    fn next(&self) -> Option<(Vec<usize>, Working)> {
        let mut state = self.state.borrow_mut();
        let waited = state.since.map_or(Duration::ZERO, |since| since.elapsed());
        let by_time = waited >= self.wait && self.fault != Fault::IgnoresTheClock;
        let by_count = state.queue.len() >= self.items && self.fault != Fault::FullWaits;
        let by_end = state.is_closed && self.fault != Fault::CloseWaits;
        if state.queue.is_empty() || !(by_time || by_count || by_end) {
            return None;
        }
        let count = self.items.min(state.queue.len());
        let (callers, items): (Vec<_>, Vec<_>) = state.queue.drain(..count).unzip();
        state.since = Some(Instant::now());
        drop(state);
        Some((callers, (self.work)(items)))
    }

    /// Delivers what is to go, as far as it goes.
    fn run(&self) {
        while !self.state.borrow().is_dead {
            let in_flight = self.state.borrow_mut().in_flight.take();
            let Some((callers, mut working)) = in_flight.or_else(|| self.next()) else {
                return;
            };
            let mut cx = Context::from_waker(Waker::noop());
            let polled = catch_unwind(AssertUnwindSafe(|| working.as_mut().poll(&mut cx)));
            let replies = match polled {
                Ok(Poll::Pending) => {
                    self.state.borrow_mut().in_flight = Some((callers, working));
                    return;
                }
                Ok(Poll::Ready(replies)) => replies,
                Err(_) => {
                    self.state.borrow_mut().is_dead = self.fault == Fault::PanicKills;
                    Err(Failed)
                }
            };
            self.reply(&callers, replies);
        }
    }

    fn reply(&self, callers: &[usize], replies: Result<Vec<usize>, Failed>) {
        let mut replies = replies.unwrap_or_default();
        if replies.len() != callers.len() && self.fault != Fault::RepliesByPlace {
            replies.clear();
        }
        if self.fault == Fault::RepliesBackwards {
            replies.reverse();
        }
        for (place, caller) in callers.iter().enumerate() {
            let reply = replies.get(place).copied().ok_or(Failed);
            let mut state = self.state.borrow_mut();
            state.replies.insert(*caller, reply);
            let waker = state.wakers.remove(caller);
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

/// A caller's place.
struct Place<'a> {
    straw: &'a Straw,
    caller: usize,
}

impl Place<'_> {
    fn poll(&self, waker: &Waker) -> Poll<Replied> {
        let mut state = self.straw.state.borrow_mut();
        if let Some(reply) = state.replies.remove(&self.caller) {
            return Poll::Ready(reply);
        }
        let is_new = !state.wakers.contains_key(&self.caller);
        if is_new || self.straw.fault != Fault::FirstWakerStays {
            state.wakers.insert(self.caller, waker.clone());
        }
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.straw.state.borrow_mut();
        let waited = state.wakers.remove(&self.caller).is_some();
        state.replies.remove(&self.caller);
        state.queue.retain(|(caller, _)| *caller != self.caller);
        state.is_dead |= waited && self.straw.fault == Fault::GoingKills;
    }
}

impl Batcher for Straw {
    fn new(items: usize, wait: Duration, work: Work) -> Self {
        Self {
            items,
            wait,
            work,
            state: RefCell::default(),
            fault: FAULT.get(),
        }
    }

    fn submit(&self, item: usize) -> Boxed<'_, Replied> {
        let mut place = None;
        Box::pin(poll_fn(move |cx| {
            let place = place.get_or_insert_with(|| {
                let mut state = self.state.borrow_mut();
                state.callers += 1;
                let caller = state.callers;
                if state.is_closed && self.fault != Fault::AcceptsAfterTheEnd {
                    state.replies.insert(caller, Err(Failed));
                } else {
                    if state.queue.is_empty() || self.fault == Fault::WaitsFromTheLast {
                        state.since = Some(Instant::now());
                    }
                    state.queue.push((caller, item));
                }
                Place {
                    straw: self,
                    caller,
                }
            });
            place.poll(cx.waker())
        }))
    }

    fn pass(&self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            self.run();
            if Instant::now() >= until {
                return;
            }
            let_them_wait(Duration::from_millis(1).min(time));
        }
    }

    fn close(&self) -> Outcome {
        self.state.borrow_mut().is_closed = true;
        Ok(())
    }
}
