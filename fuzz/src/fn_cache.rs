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
    alive: Arc<()>,
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
    let capacity = 1 + operations.below(KEYS);
    let ttl = operations.size(6);
    let stale = operations.size(4);
    let clock = ManualClock::new();
    let cache: FnCache<usize, u64, ManualClock> = FnCache::builder()
        .capacity(NonZeroUsize::new(capacity).expect("at least 1"))
        .ttl(Duration::from_nanos(ttl))
        .stale_for(Duration::from_nanos(stale))
        .fan_out(
            NonZeroU32::new(1 + operations.next().map_or(0, |byte| u32::from(byte % 3)))
                .expect("at least 1"),
        )
        .clock(clock.clone())
        .build();
    let mut now = 0;
    let mut values: HashMap<u64, Value> = HashMap::new();
    let mut gates: Vec<Arc<Gate>> = Vec::new();
    let mut callers: Vec<Caller> = Vec::new();
    // The last operation that overtook all loads of a key which were claimed before.
    let mut overtaken = [0; KEYS];
    let alive = Arc::new(());
    let mut at = 0;
    while let Some(choice) = operations.next() {
        at += 1;
        let key = operations.below(KEYS);
        match choice % 10 {
            0..=3 => {
                let value = at as u64;
                let gate = Arc::new(Gate::default());
                let load = Load {
                    gate: Arc::clone(&gate),
                    value,
                    alive: Arc::clone(&alive),
                };
                let before = cache.stats().loads;
                let get = if choice % 10 == 3 {
                    cache.refresh_with(key, move || load)
                } else {
                    cache.get_with(key, move || load)
                };
                if cache.stats().loads > before {
                    let known = Cell::new(None);
                    values.insert(
                        value,
                        Value {
                            key,
                            since: at,
                            known,
                        },
                    );
                    gates.push(gate);
                }
                let (count, waker) = CountWaker::new();
                callers.push(Caller {
                    key,
                    came: at,
                    get,
                    count,
                    waker,
                    polled: false,
                });
            }
            4 | 5 if !callers.is_empty() => {
                let index = operations.below(callers.len());
                let caller = &mut callers[index];
                caller.polled = true;
                if let Poll::Ready(value) = poll_once(&mut caller.get, &caller.waker) {
                    let known = &values[&value];
                    assert_eq!(known.key, caller.key, "another key's value");
                    known.known.set(Some(known.known.get().unwrap_or(now)));
                    drop(callers.swap_remove(index));
                }
            }
            6 if !callers.is_empty() => {
                let index = operations.below(callers.len());
                drop(callers.swap_remove(index));
            }
            7 if !gates.is_empty() => gates[operations.below(gates.len())].open(),
            8 => {
                let by = operations.size(5);
                clock.advance(Duration::from_nanos(by));
                now += by;
            }
            9 => {
                overtaken[key] = at;
                if operations.below(2) == 0 {
                    cache.invalidate(&key);
                } else {
                    let value = at as u64;
                    cache.insert(key, value);
                    let known = Cell::new(Some(now));
                    values.insert(
                        value,
                        Value {
                            key,
                            since: at,
                            known,
                        },
                    );
                }
            }
            _ => {}
        }
        // What is there now was claimed after whatever overtook its key, and its time is not over.
        if let Ok(value) = cache.try_get(&key) {
            let known = &values[&value];
            assert_eq!(known.key, key, "another key's value");
            assert!(known.since >= overtaken[key], "an old value came back");
            let age = now - known.known.get().unwrap_or(now);
            assert!(age < ttl + stale, "served for {age} of {ttl} and {stale}");
        }
        let stats = cache.stats();
        assert!(stats.len <= capacity);
        assert!(stats.in_flight <= callers.len());
    }
    // Whoever waits is woken once all loads may end, and gets a value if it follows.
    gates.iter().for_each(|gate| gate.open());
    while let Some(index) = callers
        .iter()
        .position(|caller| !caller.polled || caller.count.wakes() > 0)
    {
        let caller = &mut callers[index];
        caller.polled = true;
        caller.count.reset();
        if let Poll::Ready(value) = poll_once(&mut caller.get, &caller.waker) {
            assert_eq!(values[&value].key, caller.key);
            assert!(values[&value].since <= at && caller.came <= at);
            drop(callers.swap_remove(index));
        }
    }
    assert!(
        callers.is_empty(),
        "{} callers sleep for ever",
        callers.len()
    );
    let stats = cache.stats();
    assert_eq!(stats.in_flight, 0);
    assert_eq!(stats.loads, stats.landed + stats.deserted);
    drop(cache);
    assert_eq!(Arc::strong_count(&alive), 1, "a load is still there");
}
