//! Random programs: against a naive model, and on an executor that polls only who was woken.

mod support;

use async_single_flight::{Group, Work};
use fastrand::Rng;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use support::{Caller, Gate};
use testkit::RandomOrder;

const KEYS: u64 = 4;

/// What the model knows of a load.
struct Load {
    key: u64,
    gate: Arc<Gate>,
    value: u64,
    started: bool,
    open: bool,
    panics: bool,
    callers: usize,
    end: Option<Result<u64, ()>>,
}

struct Called {
    caller: Caller<Work<u64, u64>>,
    load: usize,
    polled: bool,
}

struct Run<'a> {
    group: Group<u64, u64>,
    loads: Vec<Load>,
    /// The load that can be joined.
    flying: HashMap<u64, usize>,
    callers: Vec<Called>,
    rng: &'a mut Rng,
}

impl Run<'_> {
    fn work(&mut self, key: u64) {
        let (gate, value) = (Gate::new(), self.loads.len() as u64);
        let load = gate.load("unused");
        let work = self.group.work(key, move || async move {
            load().await;
            value
        });
        let load = *self.flying.entry(key).or_insert_with(|| {
            self.loads.push(Load {
                key,
                gate,
                value,
                started: false,
                open: false,
                panics: false,
                callers: 0,
                end: None,
            });
            self.loads.len() - 1
        });
        self.called(work, load);
    }

    fn called(&mut self, work: Work<u64, u64>, load: usize) {
        self.loads[load].callers += 1;
        let caller = Caller::new(work);
        let polled = false;
        self.callers.push(Called {
            caller,
            load,
            polled,
        });
    }

    fn ended(&mut self, load: usize) {
        let key = self.loads[load].key;
        if self.flying.get(&key) == Some(&load) {
            self.flying.remove(&key);
        }
    }

    fn poll(&mut self, at: usize) {
        let Called {
            caller,
            load,
            polled,
        } = &mut self.callers[at];
        *polled = true;
        let (load, known) = (*load, &mut self.loads[*load]);
        known.started = true;
        let lands = known.open && known.end.is_none();
        if lands {
            known.end = Some(if known.panics {
                Err(())
            } else {
                Ok(known.value)
            });
        }
        match known.end {
            None => return caller.poll_pending(),
            Some(Ok(value)) => assert_eq!(caller.poll(), Poll::Ready(value)),
            Some(Err(())) => assert!(caller.poll_panicking().contains("blows up")),
        }
        drop(self.callers.swap_remove(at));
        if lands {
            self.ended(load);
        }
    }

    fn leave(&mut self, at: usize) {
        let Called { caller, load, .. } = self.callers.swap_remove(at);
        drop(caller);
        let known = &mut self.loads[load];
        known.callers -= 1;
        if known.callers == 0 && known.end.is_none() {
            assert_eq!(known.gate.drops(), usize::from(known.started));
            self.ended(load);
        }
    }

    fn open(&mut self, panics: bool) {
        let shut: Vec<usize> = (0..self.loads.len())
            .filter(|at| !self.loads[*at].open)
            .collect();
        if shut.is_empty() {
            return;
        }
        let at = shut[self.rng.usize(..shut.len())];
        let load = &mut self.loads[at];
        load.open = true;
        load.panics = panics;
        if panics {
            load.gate.blow_up();
        } else {
            load.gate.open();
        }
        let mut asleep = self
            .callers
            .iter()
            .filter(|called| called.load == at && called.polled);
        if load.end.is_none() && asleep.clone().count() > 0 {
            assert!(
                asleep.any(|called| called.caller.wakes() > 0),
                "nobody was woken"
            );
        }
    }

    fn step(&mut self) {
        let key = self.rng.u64(..KEYS);
        let at = (!self.callers.is_empty()).then(|| self.rng.usize(..self.callers.len()));
        match (self.rng.u8(..16), at) {
            (0..=4, _) => self.work(key),
            (5..=8, Some(at)) => self.poll(at),
            (9..=10, Some(at)) => self.leave(at),
            (11, _) => {
                let joined = self.group.try_join(&key);
                let known = self.flying.get(&key).copied();
                assert_eq!(joined.is_some(), known.is_some());
                if let (Some(work), Some(load)) = (joined, known) {
                    self.called(work, load);
                }
            }
            (12, _) => assert_eq!(self.group.forget(&key), self.flying.remove(&key).is_some()),
            (13..=14, _) => self.open(false),
            (15, _) => self.open(true),
            (_, None) => {}
            _ => unreachable!("sixteen of them"),
        }
        assert_eq!(self.group.in_flight(), self.flying.len());
    }
}

#[test]
fn random_programs_agree_with_the_model() {
    testkit::within_seconds(60, || {
        testkit::with_seeds(300, |rng| {
            let fan_out = NonZeroU32::new(rng.u32(1..5)).unwrap();
            let mut run = Run {
                group: Group::builder().fan_out(fan_out).build(),
                loads: Vec::new(),
                flying: HashMap::new(),
                callers: Vec::new(),
                rng,
            };
            for _ in 0..400 {
                run.step();
            }
            while !run.callers.is_empty() {
                run.leave(0);
            }
            assert_eq!(run.group.in_flight(), 0);
            for load in &run.loads {
                let started = usize::from(load.started);
                assert_eq!((load.gate.starts(), load.gate.drops()), (started, started));
            }
        });
    });
}

/// Tasks that are polled only when they were woken, loads that are woken in various ways, tasks that
/// are cancelled at any time, and all the others complete: no wake-up is lost.
#[test]
fn nobody_sleeps_through_the_end() {
    testkit::within_seconds(60, || {
        testkit::with_seeds(1_000, |rng| {
            let fan_out = NonZeroU32::new(rng.u32(1..4)).unwrap();
            let group: Group<u64, u64> = Group::builder().fan_out(fan_out).build();
            let outside: Arc<Mutex<Vec<Waker>>> = Arc::default();
            let done = Cell::new(0);
            let late = RefCell::new(rng.fork());
            let mut executor = RandomOrder::new(rng.u64(..));
            let mut tasks = Vec::new();
            for _ in 0..rng.usize(1..20) {
                let (key, pauses) = (rng.u64(..2), rng.u32(..5));
                let (group, outside, done) = (group.clone(), Arc::clone(&outside), &done);
                let mut own = rng.fork();
                tasks.push(executor.spawn(async move {
                    let init = move || {
                        let mut polls = 0;
                        poll_fn(move |cx| {
                            polls += 1;
                            if polls > pauses {
                                return Poll::Ready(key);
                            }
                            match own.u8(..3) {
                                0 => cx.waker().wake_by_ref(),
                                1 => outside.lock().unwrap().push(cx.waker().clone()),
                                _ => {
                                    cx.waker().wake_by_ref();
                                    outside.lock().unwrap().push(cx.waker().clone());
                                }
                            }
                            Poll::Pending
                        })
                    };
                    assert_eq!(group.work(key, init).await, key);
                    done.set(done.get() + 1);
                }));
            }
            let mut cancelled = 0;
            loop {
                let left = executor.run_until_stalled();
                let mut wakers = std::mem::take(&mut *outside.lock().unwrap());
                if wakers.is_empty() {
                    assert_eq!(left, 0, "{left} sleep, and nobody will wake them");
                    break;
                }
                let mut late = late.borrow_mut();
                late.shuffle(&mut wakers);
                for waker in wakers {
                    // Between the wake-up and the poll that follows it.
                    waker.wake();
                    if late.u8(..3) == 0 {
                        let task = tasks[late.usize(..tasks.len())];
                        cancelled += usize::from(executor.cancel(task));
                    }
                }
            }
            assert_eq!(done.get() + cancelled, tasks.len());
            assert_eq!(group.in_flight(), 0);
        });
    });
}
