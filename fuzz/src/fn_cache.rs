//! The function cache, with loads that end when told, on a clock that only the operations move.
//!
//! The model is an oracle for histories: of each value it knows when its load was claimed and when
//! its key was last overtaken (inserted, invalidated), and so which values may be seen.

use std::cell::Cell;
use std::collections::HashMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_clock::ManualClock;
use async_fn_cache::{FnCache, Get};
use testkit::{CountWaker, poll_once};

use crate::operations::Operations;

const KEYS: usize = 4;

/// What a load waits for.
#[derive(Default)]
struct Gate(Mutex<(bool, Option<Waker>)>);

struct Load {
    gate: Arc<Gate>,
    value: u64,
    _alive: Arc<()>,
}

impl Future for Load {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let waker = cx.waker().clone();
        let mut state = self.gate.0.lock().expect("no panic");
        if state.0 {
            return Poll::Ready(self.value);
        }
        let _replaced = state.1.replace(waker);
        drop(state);
        Poll::Pending
    }
}

impl Gate {
    fn open(&self) {
        let mut state = self.0.lock().expect("no panic");
        state.0 = true;
        let waker = state.1.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What is known of a value.
struct Value {
    key: usize,
    /// The operation at which its load was claimed, or it was inserted.
    since: usize,
    /// The instant at which it became known, in nanoseconds.
    known: Cell<Option<u64>>,
}

struct Caller {
    key: usize,
    /// The operation at which it came.
    came: usize,
    get: Get<usize, u64>,
    count: Arc<CountWaker>,
    waker: Waker,
    polled: bool,
}

/// Values that a call may see, callers that are woken, loads that go with their last caller.
pub(crate) fn histories(bytes: &[u8]) {
    let mut operations = Operations::new(bytes);
    let mut run = Run::new(&mut operations);
    while let Some(choice) = operations.next() {
        run.step(choice, &mut operations);
    }
    run.end();
}

struct Run {
    capacity: usize,
    /// For so long a value is served, being stale at last.
    lifetime: u64,
    clock: ManualClock,
    now: u64,
    cache: FnCache<usize, u64, ManualClock>,
    values: HashMap<u64, Value>,
    gates: Vec<Arc<Gate>>,
    callers: Vec<Caller>,
    /// The last operation that overtook all loads of a key which were claimed before.
    overtaken: [usize; KEYS],
    alive: Arc<()>,
    /// The operation at hand.
    at: usize,
}

impl Run {
    fn new(operations: &mut Operations<'_>) -> Self {
        let capacity = 1 + operations.below(KEYS);
        let (ttl, stale) = (operations.size(6), operations.size(4));
        let fan_out = 1 + operations.next().map_or(0, |byte| u32::from(byte % 3));
        let clock = ManualClock::new();
        let cache = FnCache::builder()
            .capacity(NonZeroUsize::new(capacity).expect("at least 1"))
            .ttl(Duration::from_nanos(ttl))
            .stale_for(Duration::from_nanos(stale))
            .fan_out(NonZeroU32::new(fan_out).expect("at least 1"))
            .clock(clock.clone())
            .build();
        Self {
            capacity,
            lifetime: ttl + stale,
            clock,
            now: 0,
            cache,
            values: HashMap::new(),
            gates: Vec::new(),
            callers: Vec::new(),
            overtaken: [0; KEYS],
            alive: Arc::new(()),
            at: 0,
        }
    }

    fn step(&mut self, choice: u8, operations: &mut Operations<'_>) {
        self.at += 1;
        let key = operations.below(KEYS);
        match choice % 10 {
            0..=2 => self.call(key, false),
            3 => self.call(key, true),
            4 | 5 if !self.callers.is_empty() => {
                self.poll(operations.below(self.callers.len()));
            }
            6 if !self.callers.is_empty() => {
                let index = operations.below(self.callers.len());
                drop(self.callers.swap_remove(index));
            }
            7 if !self.gates.is_empty() => self.gates[operations.below(self.gates.len())].open(),
            8 => {
                let by = operations.size(5);
                self.clock.advance(Duration::from_nanos(by));
                self.now += by;
            }
            9 => {
                self.overtaken[key] = self.at;
                if operations.below(2) == 0 {
                    self.cache.invalidate(&key);
                } else {
                    let value = self.value(key, Some(self.now));
                    self.cache.insert(key, value);
                }
            }
            _ => {}
        }
        self.check(key);
    }

    /// A value of its own, which comes into being now.
    fn value(&mut self, key: usize, known: Option<u64>) -> u64 {
        let value = Value {
            key,
            since: self.at,
            known: Cell::new(known),
        };
        self.values.insert(self.at as u64, value);
        self.at as u64
    }

    fn call(&mut self, key: usize, refresh: bool) {
        let gate = Arc::new(Gate::default());
        let load = Load {
            gate: Arc::clone(&gate),
            value: self.at as u64,
            _alive: Arc::clone(&self.alive),
        };
        let before = self.cache.stats().loads;
        let get = if refresh {
            self.cache.refresh_with(key, move || load)
        } else {
            self.cache.get_with(key, move || load)
        };
        if self.cache.stats().loads > before {
            self.value(key, None);
            self.gates.push(gate);
        }
        let (count, waker) = CountWaker::new();
        self.callers.push(Caller {
            key,
            came: self.at,
            get,
            count,
            waker,
            polled: false,
        });
    }

    fn poll(&mut self, index: usize) {
        let caller = &mut self.callers[index];
        caller.polled = true;
        caller.count.reset();
        if let Poll::Ready(value) = poll_once(&mut caller.get, &caller.waker) {
            let known = &self.values[&value];
            assert_eq!(known.key, caller.key, "another key's value");
            assert!(known.since <= self.at && caller.came <= self.at);
            known.known.set(Some(known.known.get().unwrap_or(self.now)));
            drop(self.callers.swap_remove(index));
        }
    }

    /// What is there now was claimed after whatever overtook its key, and its time is not over.
    fn check(&self, key: usize) {
        if let Ok(value) = self.cache.try_get(&key) {
            let known = &self.values[&value];
            assert_eq!(known.key, key, "another key's value");
            assert!(known.since >= self.overtaken[key], "an old value came back");
            let age = self.now - known.known.get().unwrap_or(self.now);
            assert!(age < self.lifetime, "served for {age} of {}", self.lifetime);
        }
        let stats = self.cache.stats();
        assert!(stats.len <= self.capacity);
        assert!(stats.in_flight <= self.callers.len());
    }

    /// Whoever waits is woken once all loads may end, and gets a value if it follows.
    fn end(mut self) {
        for gate in &self.gates {
            gate.open();
        }
        let is_due = |caller: &Caller| !caller.polled || caller.count.wakes() > 0;
        while let Some(index) = self.callers.iter().position(is_due) {
            self.poll(index);
        }
        assert!(
            self.callers.is_empty(),
            "{} callers sleep for ever",
            self.callers.len()
        );
        let stats = self.cache.stats();
        assert_eq!(stats.in_flight, 0);
        assert_eq!(stats.loads, stats.landed + stats.deserted);
        drop(self.cache);
        assert_eq!(Arc::strong_count(&self.alive), 1, "a load is still there");
    }
}
