//! Caches of async loads: what a contender implements, the promises, and the contenders.
//!
//! A single flight is one that keeps nothing.

mod cancelled_caller;
mod errors;
mod in_flight;
mod last_waker;
mod load;
mod memory;
mod ours;
mod own_key;
mod panicking_loads;
mod panicking_wakers;
mod peers;
#[cfg(test)]
pub(crate) mod straw;
mod threads;
mod unpolled;
mod values_that_call_back;
mod wakers_that_call_back;

use std::pin::Pin;
use std::sync::Arc;
use std::task::Waker;

use load::{Load, given};

use crate::callbacks::Callback;
use crate::item::Item;
use crate::outcome::{Outcome, lacks};
use crate::polling::{Boxed, poll};
use crate::primitive::{Contender, Promise, promises};

/// What is kept; the cache hands out clones.
type Value = Arc<Item>;

/// What a load that fails says.
#[derive(Clone, Debug)]
pub(crate) struct Failed;

/// What a caller gets.
type Loaded = Result<Value, Failed>;

/// A caller that waits for a value.
type Call<'a> = Pin<Box<dyn Future<Output = Loaded> + Send + 'a>>;

/// A cache under test.
///
/// What a contender's API does not have stays as it is here.
pub(crate) trait Cache: Sized + Send + Sync + 'static {
    fn new() -> Self;

    /// One that keeps so many values at most.
    fn bounded(_values: usize) -> Outcome<Self> {
        lacks("kept values")
    }

    /// The value of the key: as it is kept, or loaded by this load, or by one that others wait for.
    fn get(&self, key: u64, load: Load) -> Call<'_>;

    /// The value, if it is kept.
    fn kept(&self, _key: u64) -> Outcome<Option<Value>> {
        lacks("kept values")
    }

    fn insert(&self, _key: u64, _value: Value) -> Outcome {
        lacks("insert")
    }

    /// Takes back the value of the key, one that is on its way too.
    fn invalidate(&self, _key: u64) -> Outcome {
        lacks("invalidate")
    }
}

/// The key that is asked for where one is enough.
const KEY: u64 = 1;

/// The number of what a caller got.
fn number(loaded: Option<Loaded>) -> Option<usize> {
    loaded?.ok().map(|value| value.number())
}

/// As a call is polled by hand.
fn call<C: Cache>(cache: &C, load: Load) -> Boxed<'_, Loaded> {
    cache.get(KEY, load)
}

/// A callback that makes each call which may take a lock and never waits.
fn callback<C: Cache>(cache: &Arc<C>) -> Callback {
    let cache = Arc::clone(cache);
    Callback::new(move || {
        // What this cache has not got needs no look.
        let _ = cache.kept(KEY);
        let _ = cache.insert(KEY, Arc::new(Item::new(0)));
        let _ = cache.invalidate(KEY);
        let _ = poll(&mut call(&*cache, given(0)), Waker::noop());
    })
}

/// The rows of the table; each group is in the file of its name.
fn promises<C: Cache>() -> Vec<Promise> {
    promises! { C;
        unpolled {
            starts_nothing: Steps "A call that was never polled has started nothing and holds nobody up";
            a_first_caller_stalls_nobody: Steps "A first caller that is no longer polled does not stall the others";
            a_forgotten_first_caller_stalls_nobody: Steps "… nor does one that was forgotten (`mem::forget`)";
            a_follower_stalls_nobody: Steps "A caller in the middle that is no longer polled does not stall those behind it";
        }
        cancelled_caller {
            hands_its_load_on: Steps "A load whose first caller goes is handed on, not started again";
            hands_its_load_on_each_time: Steps "… also when a hundred callers go, one after another: it is started once";
            takes_its_load_along: Steps "A load is dropped with its only caller";
            the_last_takes_the_load_along: Steps "… and with the last of several, in whatever order they go";
        }
        in_flight {
            invalidate_wins: Steps "A value that is invalidated while it is loaded is not kept";
            invalidate_parts: Steps "Who asks after an invalidate gets no value from before it";
            insert_wins: Steps "A load does not overwrite what was inserted after its start";
        }
        errors {
            are_not_kept: Steps "An error is not kept: the next caller loads anew";
            are_shared: Steps "A load that fails fails for all who wait, and is not repeated by each of them";
        }
        panicking_loads {
            poison_nothing: Steps "After a load that panics the next caller loads anew";
            leave_nobody_waiting: Steps "A load that panics leaves nobody waiting";
        }
        own_key {
            ends: Steps "A load that asks for its own key does not wait for itself";
            a_ring_ends: Steps "Two loads that ask for each other's key do not wait for each other";
        }
        last_waker {
            of_a_lone_caller: Steps "A load wakes the waker of the last poll";
            of_a_follower: Steps "A caller that waits for another one's load is woken by the waker of its last poll";
        }
        wakers_that_call_back {
            woken_by_the_end: Steps "A waker may call the cache when a load's end wakes it";
            cloned_waker: Steps "A waker may call the cache when it is cloned";
            replaced_waker: Steps "A waker may call the cache when it is replaced and dropped";
            dropped_waker: Steps "A waker may call the cache when it is dropped with its call";
        }
        panicking_wakers {
            hold_up_no_other: Steps "A waker that panics holds up no other caller";
        }
        values_that_call_back {
            overwritten: Steps "A value may call the cache when it is dropped because it is overwritten";
            invalidated: Steps "A value may call the cache when it is dropped because it is invalidated";
            evicted: Steps "A value may call the cache when it is dropped because it is evicted";
            abandoned: Steps "A load may call the cache when it is dropped with its last caller";
        }
        memory {
            cancelled_calls_leave_nothing: Steps "Calls for 10 000 keys that were dropped leave no memory behind";
        }
        threads {
            each_call_ends: Race "Threads that call, cancel and invalidate: each call ends";
        }
    }
}

/// The columns of the table.
pub(crate) fn contenders() -> Vec<Contender> {
    use ours::{FnCache, Group};
    use peers::{AsyncSingleflight, Moka, OnceMap, QuickCache};
    vec![
        Contender::ours("async-fn-cache", "async-fn-cache", promises::<FnCache>()),
        Contender::ours(
            "async-single-flight",
            "async-single-flight",
            promises::<Group>(),
        ),
        Contender::peer("moka", promises::<Moka>()),
        Contender::peer("quick_cache", promises::<QuickCache>()),
        Contender::peer("asyncband", promises::<OnceMap>()),
        Contender::peer("async_singleflight", promises::<AsyncSingleflight>()),
    ]
}
