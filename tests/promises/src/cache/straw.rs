//! A cache of straw: slow, simple and sound, or wrong in one way that is asked for.

use std::collections::HashMap;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use super::{Cache, Call, Load, Loaded, Value, promises};
use crate::bites::{self, Bite};
use crate::outcome::Outcome;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    DropsLoadsLocked,
    DropsValuesLocked,
    DropsWakersLocked,
    FirstCallDrives,
    FirstWakerStays,
    GoesSilently,
    KeepsAbandoned,
    KeepsErrors,
    PanicPoisons,
    WakesLocked,
}

/// The probes that no peer of the table fails.
pub(crate) const BITES: &[Bite<Fault>] = &[
    ("unpolled", "starts_nothing", Fault::FirstCallDrives),
    (
        "cancelled_caller",
        "takes_its_load_along",
        Fault::KeepsAbandoned,
    ),
    (
        "cancelled_caller",
        "the_last_takes_the_load_along",
        Fault::KeepsAbandoned,
    ),
    ("errors", "are_not_kept", Fault::KeepsErrors),
    ("panicking_loads", "poison_nothing", Fault::PanicPoisons),
    ("last_waker", "of_a_lone_caller", Fault::FirstWakerStays),
    ("last_waker", "of_a_follower", Fault::FirstWakerStays),
    (
        "wakers_that_call_back",
        "woken_by_the_end",
        Fault::WakesLocked,
    ),
    (
        "wakers_that_call_back",
        "dropped_waker",
        Fault::DropsWakersLocked,
    ),
    (
        "values_that_call_back",
        "overwritten",
        Fault::DropsValuesLocked,
    ),
    (
        "values_that_call_back",
        "invalidated",
        Fault::DropsValuesLocked,
    ),
    ("values_that_call_back", "evicted", Fault::DropsValuesLocked),
    (
        "values_that_call_back",
        "abandoned",
        Fault::DropsLoadsLocked,
    ),
    ("threads", "each_call_ends", Fault::GoesSilently),
];

bites::straw!(promises::<Straw>);

struct Straw {
    state: Mutex<State>,
    /// How many values are kept at most.
    bound: usize,
    fault: Fault,
}

#[derive(Default)]
struct State {
    /// In the order in which they came.
    kept: Vec<(u64, Loaded)>,
    loading: HashMap<u64, Arc<Flight>>,
    callers: usize,
}

/// One load and those who wait for it.
struct Flight {
    inner: Mutex<Inner>,
    /// Who made it.
    first: usize,
    fault: Fault,
}

#[derive(Default)]
struct Inner {
    /// Absent while it is polled, and after its end.
    load: Option<Load>,
    end: Option<End>,
    callers: Vec<(usize, Option<Waker>)>,
    /// Somebody came while the load was polled.
    missed: bool,
}

#[derive(Clone)]
enum End {
    Loaded(Loaded),
    Panicked,
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic")
    }

    fn wake_all(&self) {
        let inner = self.lock();
        let wakers = inner.callers.iter();
        let wakers: Vec<Waker> = wakers.filter_map(|(_, waker)| waker.clone()).collect();
        drop(inner);
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Flight {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }
}

impl Straw {
    fn bounded_by(bound: usize) -> Self {
        Self {
            state: Mutex::default(),
            bound,
            fault: FAULT.get(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic")
    }

    /// Takes the value of the key out, and keeps this one instead.
    fn replace(&self, key: u64, value: Option<Loaded>, mut state: MutexGuard<'_, State>) {
        let at = state.kept.iter().position(|(kept, _)| *kept == key);
        let mut gone: Vec<_> = at.map(|at| state.kept.remove(at)).into_iter().collect();
        state.kept.extend(value.map(|value| (key, value)));
        if state.kept.len() > self.bound {
            gone.push(state.kept.remove(0));
        }
        let locked = (self.fault == Fault::DropsValuesLocked).then_some(state);
        drop(gone);
        drop(locked);
    }

    /// The load's end, for all who wait.
    fn end(&self, key: u64, flight: &Arc<Flight>, end: End) {
        let mut state = self.lock();
        let current = state.loading.get(&key);
        let is_current = current.is_some_and(|current| Arc::ptr_eq(current, flight));
        if is_current && !(matches!(end, End::Panicked) && self.fault == Fault::PanicPoisons) {
            state.loading.remove(&key);
        }
        let value = match &end {
            End::Loaded(loaded) if loaded.is_ok() || self.fault == Fault::KeepsErrors => {
                Some(loaded.clone())
            }
            _ => None,
        };
        if is_current && value.is_some() {
            self.replace(key, value, state);
        } else {
            drop(state);
        }
        flight.lock().end = Some(end);
        let locked = (self.fault == Fault::WakesLocked).then(|| self.lock());
        flight.wake_all();
        drop(locked);
    }

    /// The load of the key, and a caller's number.
    fn join(&self, key: u64, load: &mut Option<Load>) -> Result<(Arc<Flight>, usize), Loaded> {
        let mut state = self.lock();
        if let Some((_, loaded)) = state.kept.iter().find(|(kept, _)| *kept == key) {
            return Err(loaded.clone());
        }
        state.callers += 1;
        let number = state.callers;
        let flight = state.loading.entry(key).or_insert_with(|| {
            let inner = Inner {
                load: load.take(),
                ..Inner::default()
            };
            Arc::new(Flight {
                inner: Mutex::new(inner),
                first: number,
                fault: self.fault,
            })
        });
        flight.lock().callers.push((number, None));
        Ok((Arc::clone(flight), number))
    }
}

/// A caller's place at a load.
struct Place<'a> {
    straw: &'a Straw,
    key: u64,
    flight: Arc<Flight>,
    number: usize,
}

impl Place<'_> {
    fn poll(&self, cx: &Context<'_>) -> Poll<Loaded> {
        let flight = &self.flight;
        let waker = cx.waker().clone();
        let mut inner = flight.lock();
        if let Some(end) = &inner.end {
            let end = end.clone();
            drop(inner);
            return match end {
                End::Loaded(loaded) => Poll::Ready(loaded),
                End::Panicked if self.straw.fault == Fault::PanicPoisons => Poll::Pending,
                End::Panicked => panic!("the load panicked"),
            };
        }
        let mut callers = inner.callers.iter_mut();
        let mut replaced = Some(waker);
        if let Some((_, place)) = callers.find(|(number, _)| *number == self.number) {
            if place.is_none() || flight.fault != Fault::FirstWakerStays {
                replaced = std::mem::replace(place, replaced);
            }
        }
        let may_drive = flight.first == self.number || flight.fault != Fault::FirstCallDrives;
        let load = if may_drive { inner.load.take() } else { None };
        inner.missed |= load.is_none();
        drop(inner);
        drop(replaced);
        let Some(mut load) = load else {
            return Poll::Pending;
        };
        let waker = Waker::from(Arc::clone(flight));
        let mut cx = Context::from_waker(&waker);
        match catch_unwind(AssertUnwindSafe(|| load.as_mut().poll(&mut cx))) {
            Ok(Poll::Ready(loaded)) => {
                self.straw
                    .end(self.key, flight, End::Loaded(loaded.clone()));
                Poll::Ready(loaded)
            }
            Ok(Poll::Pending) => {
                let mut inner = flight.lock();
                inner.load = Some(load);
                let missed = std::mem::take(&mut inner.missed);
                drop(inner);
                if missed && flight.fault != Fault::GoesSilently {
                    flight.wake_all();
                }
                Poll::Pending
            }
            Err(panic) => {
                self.straw.end(self.key, flight, End::Panicked);
                resume_unwind(panic)
            }
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let (straw, flight) = (self.straw, &self.flight);
        let mut state = straw.lock();
        let mut inner = flight.lock();
        let callers = &mut inner.callers;
        let at = callers
            .iter()
            .position(|(number, _)| *number == self.number);
        let waker = at.map(|at| callers.remove(at));
        if straw.fault == Fault::DropsWakersLocked {
            drop(waker);
            return;
        }
        let mut load = None;
        if callers.is_empty() && straw.fault != Fault::KeepsAbandoned {
            load = inner.load.take();
            let current = state.loading.get(&self.key);
            if inner.end.is_none() && current.is_some_and(|it| Arc::ptr_eq(it, flight)) {
                state.loading.remove(&self.key);
            }
        }
        drop(inner);
        if straw.fault == Fault::DropsLoadsLocked {
            drop(load);
            return;
        }
        drop(state);
        drop((waker, load));
        if straw.fault != Fault::GoesSilently {
            flight.wake_all();
        }
    }
}

impl Cache for Straw {
    fn new() -> Self {
        Self::bounded_by(usize::MAX)
    }

    fn bounded(values: usize) -> Outcome<Self> {
        Ok(Self::bounded_by(values))
    }

    fn get(&self, key: u64, load: Load) -> Call<'_> {
        let mut load = Some(load);
        let mut joined = None;
        let place = move |(flight, number)| Place {
            straw: self,
            key,
            flight,
            number,
        };
        if self.fault == Fault::FirstCallDrives {
            joined = Some(self.join(key, &mut load).map(place));
        }
        Box::pin(poll_fn(move |cx| {
            let joined = joined.get_or_insert_with(|| self.join(key, &mut load).map(place));
            match joined {
                Ok(place) => place.poll(cx),
                Err(loaded) => Poll::Ready(loaded.clone()),
            }
        }))
    }

    fn kept(&self, key: u64) -> Outcome<Option<Value>> {
        let state = self.lock();
        let mut kept = state.kept.iter();
        let found = kept.find(|(kept, _)| *kept == key);
        Ok(found.and_then(|(_, loaded)| loaded.clone().ok()))
    }

    fn insert(&self, key: u64, value: Value) -> Outcome {
        let mut state = self.lock();
        state.loading.remove(&key);
        self.replace(key, Some(Ok(value)), state);
        Ok(())
    }

    fn invalidate(&self, key: u64) -> Outcome {
        let mut state = self.lock();
        state.loading.remove(&key);
        self.replace(key, None, state);
        Ok(())
    }
}
