//! Code of the user's that calls back or panics, wherever it is called.

mod support;

use async_fn_cache::{FnCache, Get, Keep, LoadError};
use std::cell::Cell;
use std::future;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;
use support::{Caller, Gate, get, nz};
use testkit::{Drops, Item, within_seconds};

/// Uses a cache in every way there is.
fn touch(cache: &FnCache<Nosy, Nosy>) {
    let _ = cache.try_get(&Nosy::plain(1));
    drop(cache.insert(Nosy::plain(2), Nosy::plain(0)));
    cache.invalidate(&Nosy::plain(3));
    drop(cache.get_with(Nosy::plain(4), || future::ready(Nosy::plain(4))));
    let _ = Caller::new(cache.get_with(Nosy::plain(5), || future::ready(Nosy::plain(5)))).poll();
    drop(cache.join(&Nosy::plain(1)));
    cache.invalidate_if(|key, _| key.0 == 5);
    let _ = format!("{cache:?}");
}

/// A key or value that uses the cache when it is cloned or dropped.
struct Nosy(u64, Option<Arc<OnceLock<FnCache<Nosy, Nosy>>>>);

thread_local! {
    /// What a nosy one does makes no other one nosy.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

impl Nosy {
    fn plain(number: u64) -> Self {
        Self(number, None)
    }

    fn look(&self) {
        let Some(cache) = self.1.as_ref().and_then(|cache| cache.get()) else {
            return;
        };
        if !BUSY.replace(true) {
            touch(cache);
            BUSY.set(false);
        }
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        self.look();
        Self(self.0, self.1.clone())
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.look();
    }
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Nosy {}

impl Hash for Nosy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// foyer-rs/foyer#1345, al8n/stretto#27: deadlocks of a cache with itself.
#[test]
fn regression_foyer_1345_keys_values_and_loads_may_use_the_cache_when_they_are_cloned_or_dropped() {
    within_seconds(30, || {
        let cell = Arc::new(OnceLock::new());
        let cache: FnCache<Nosy, Nosy> = FnCache::builder().capacity(nz(2)).build();
        cell.set(cache.clone()).unwrap();
        let nosy = |number| Nosy(number, Some(Arc::clone(&cell)));
        for round in 0..20 {
            let value = nosy(round);
            let get = cache.get_with(nosy(100 + round), move || async move {
                let _nosy = &value;
                futures_lite::future::yield_now().await;
                value.clone()
            });
            let mut caller = Caller::new(get);
            caller.poll_pending();
            let mut other = Caller::new(cache.get_with(nosy(100 + round), future::pending));
            if round % 3 == 0 {
                drop(caller); // the other one goes on
                assert!(other.poll().is_ready());
            } else if round % 3 == 1 {
                drop((caller, other)); // with the load
            } else {
                drop(cache.insert(nosy(100 + round), nosy(9)));
                assert!(caller.poll().is_ready());
            }
            drop(cache.insert(nosy(round), nosy(round))); // evicts
            cache.invalidate(&nosy(round));
        }
        cache.invalidate_all();
        drop(cache);
        // Breaks the ring of cache, value and cache.
        let _ = cell.get().map(FnCache::invalidate_all);
    });
}

#[test]
fn a_rule_and_a_loader_may_use_the_cache() {
    within_seconds(10, || {
        let cell: Arc<OnceLock<FnCache<u64, u64>>> = Arc::default();
        let inside = Arc::clone(&cell);
        let cache = FnCache::builder()
            .keep(move |key: &u64, _: &u64| {
                let cache = inside.get().expect("it is set");
                cache.insert(key + 100, 0);
                let _ = cache.try_get(key);
                Keep::AsConfigured
            })
            .build();
        cell.set(cache.clone()).unwrap();
        let inner = cache.clone();
        let loads = cache.get_with(1, move || {
            inner.insert(50, 50);
            async move { inner.get_with(2, || async { 2 }).await + inner.try_get(&50).unwrap() }
        });
        assert_eq!(futures_lite::future::block_on(loads), 52);
        assert_eq!((cache.try_get(&101), cache.try_get(&102)), (Ok(0), Ok(0)));
    });
}

#[test]
fn a_rule_that_waits_for_its_own_load_is_told_of_the_cycle() {
    let _turn = support::nesting();
    within_seconds(10, || {
        let cell: Arc<OnceLock<FnCache<u64, u64>>> = Arc::default();
        let inside = Arc::clone(&cell);
        let cache = FnCache::builder()
            .keep(move |key: &u64, _: &u64| {
                let cache = inside.get().expect("it is set");
                cache.get_with_blocking(*key, future::pending);
                Keep::AsConfigured
            })
            .build();
        cell.set(cache.clone()).unwrap();
        let mut caller = Caller::new(cache.get_checked_with(1, || async { 1 }));
        let expected = LoadError::Panicked("the load waits for itself".into());
        assert_eq!(caller.poll(), Poll::Ready(Err(expected)));
        assert_eq!(cache.stats().in_flight, 0);
    });
}

#[test]
fn a_panic_of_the_rule_is_one_of_the_load() {
    let cache: FnCache<u64, u64> = FnCache::builder()
        .keep(|_, value| {
            assert_ne!(*value, 7, "not that one");
            Keep::AsConfigured
        })
        .build();
    let mut one = Caller::new(cache.get_with(1, || async { 7 }));
    let mut two = Caller::new(cache.get_checked_with(1, || async { 0 }));
    assert!(one.poll_panicking().contains("not that one"));
    assert!(matches!(
        two.poll(),
        Poll::Ready(Err(LoadError::Panicked(_)))
    ));
    assert_eq!((cache.stats().panicked, cache.stats().in_flight), (1, 0));
    assert_eq!(get(&cache, 1, 1), 1);
}

/// Panics at the nth call of what it is counting, and not in the midst of another panic.
#[derive(Clone, Default)]
struct Fuse(Arc<AtomicUsize>);

impl Fuse {
    fn set(&self, calls: usize) {
        self.0.store(calls, Ordering::SeqCst);
    }

    fn burn(&self) {
        let left = self.0.load(Ordering::SeqCst);
        if left > 0 && !std::thread::panicking() {
            self.0.store(left - 1, Ordering::SeqCst);
            assert!(left > 1, "the fuse has burnt down");
        }
    }
}

/// A key, or a value, all of whose code may panic; each is dropped once.
struct Fragile {
    number: u64,
    fuse: Fuse,
    drops: Drops,
    _item: Item,
}

impl Fragile {
    fn new(number: u64, fuse: &Fuse, drops: &Drops) -> Self {
        Self {
            number,
            fuse: fuse.clone(),
            drops: drops.clone(),
            _item: drops.item(),
        }
    }
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        self.fuse.burn();
        Self::new(self.number, &self.fuse, &self.drops)
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        self.fuse.burn();
    }
}

impl PartialEq for Fragile {
    fn eq(&self, other: &Self) -> bool {
        self.fuse.burn();
        self.number == other.number
    }
}

impl Eq for Fragile {}

impl Hash for Fragile {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fuse.burn();
        // All keys collide, so that they are compared.
        state.write_u8(0);
    }
}

type FragileCache = FnCache<Fragile, Fragile>;

/// Does something with each of the operations, and returns how many there are.
fn operate(
    operation: usize,
    cache: &FragileCache,
    make: &dyn Fn(u64) -> Fragile,
    gate: &Arc<Gate>,
) {
    match operation {
        0 => drop(cache.insert(make(1), make(10))),
        1 => drop(cache.insert(make(5), make(50))),
        2 => drop(cache.try_get(&make(2))),
        3 => drop(cache.invalidate(&make(2))),
        4 => {
            let value = make(60);
            let mut caller = Caller::new(cache.get_with(make(6), || future::ready(value)));
            let _ = caller.poll();
        }
        5 => {
            // Refreshes, so that the ready slot is replaced when it lands.
            let value = make(20);
            let mut caller = Caller::new(cache.refresh_with(make(2), || future::ready(value)));
            let _ = caller.poll();
        }
        6 => {
            let (value, load) = (make(70), gate.load("unused"));
            let mut one = Caller::new(cache.get_with(make(7), || async {
                load().await;
                value
            }));
            one.poll_pending();
            let two = cache.get_with(make(7), future::pending);
            drop(two);
            drop(one);
        }
        7 => cache.invalidate_if(|key, _| key.number == 1),
        8 => cache.invalidate_all(),
        _ => unreachable!(),
    }
}

const OPERATIONS: usize = 9;

/// jaemk/cached 3.x: a callback that panics loses entries.
#[test]
fn regression_cached_3_a_panic_at_any_call_of_foreign_code_leaves_the_cache_whole() {
    within_seconds(120, || {
        let mut burnt = 0;
        for operation in 0..OPERATIONS {
            for nth in 1.. {
                let (fuse, drops) = (Fuse::default(), Drops::new());
                let make = |number| Fragile::new(number, &fuse, &drops);
                let cache: FragileCache = FnCache::builder().capacity(nz(4)).build();
                for key in 1..=4 {
                    drop(cache.insert(make(key), make(key)));
                }
                let gate = Gate::new();
                fuse.set(nth);
                let result = catch_unwind(AssertUnwindSafe(|| {
                    operate(operation, &cache, &make, &gate);
                }));
                let done = fuse.0.swap(0, Ordering::SeqCst) > 0;
                burnt += usize::from(result.is_err());
                assert_eq!(result.is_ok(), done, "operation {operation}, call {nth}");

                // All works as before, and nothing is in flight or there twice.
                let stats = cache.stats();
                assert_eq!(stats.in_flight, 0, "operation {operation}, call {nth}");
                assert!(stats.len <= 4, "operation {operation}, call {nth}");
                for key in 1..=7 {
                    cache.insert(make(key), make(key));
                    assert_eq!(cache.try_get(&make(key)).unwrap().number, key);
                }
                assert_eq!(cache.stats().len, 4);
                drop(cache);
                assert_eq!(drops.live(), 0, "operation {operation}, call {nth}");
                if done {
                    break;
                }
            }
        }
        assert!(burnt > 50, "only {burnt} panics");
    });
}

/// A comparison that panics when the old value is out of its table already: that one is dropped, but
/// not while the lock is held.
#[test]
fn a_value_that_a_panicking_comparison_leaves_over_may_use_the_cache_when_it_is_dropped() {
    struct Picky(u64, Fuse);
    impl PartialEq for Picky {
        fn eq(&self, other: &Self) -> bool {
            self.1.burn();
            self.0 == other.0
        }
    }
    impl Eq for Picky {}
    impl Hash for Picky {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u8(0); // all collide
        }
    }
    struct Looks(Arc<OnceLock<FnCache<Picky, Arc<Looks>>>>);
    impl Drop for Looks {
        fn drop(&mut self) {
            let _ = self.0.get().map(FnCache::stats);
        }
    }

    within_seconds(30, || {
        for nth in 1.. {
            let (fuse, cell) = (Fuse::default(), Arc::new(OnceLock::new()));
            let cache: FnCache<Picky, Arc<Looks>> = FnCache::builder().build();
            assert!(cell.set(cache.clone()).is_ok());
            let insert = |key| {
                let key = Picky(key, fuse.clone());
                drop(cache.insert(key, Arc::new(Looks(Arc::clone(&cell)))));
            };
            (0..6).for_each(insert);
            fuse.set(nth);
            let inserted = catch_unwind(AssertUnwindSafe(|| insert(3)));
            fuse.set(0);
            insert(3);
            assert_eq!(cache.stats().len, 6);
            cache.invalidate_all(); // breaks the ring of cache, value and cache
            if inserted.is_ok() {
                break;
            }
        }
    });
}

/// The waiters of a load get its value, even if filing it panics.
#[test]
fn a_panic_while_a_value_is_filed_reaches_only_the_caller_that_drives() {
    let (fuse, drops) = (Fuse::default(), Drops::new());
    let make = |number| Fragile::new(number, &fuse, &drops);
    let cache: FragileCache = FnCache::builder().capacity(nz(4)).build();
    drop(cache.insert(make(1), make(1)));
    let gate = Gate::new();
    let load = || {
        let (value, load) = (make(20), gate.load("unused"));
        move || async move {
            load().await;
            value
        }
    };
    let mut drives = Caller::new(cache.get_checked_with(make(2), load()));
    drives.poll_pending();
    let mut waits = Caller::new(cache.get_checked_with(make(2), load()));
    waits.poll_pending();
    gate.open();
    fuse.set(1); // the next is the comparison with key 1
    assert_eq!(drives.poll_panicking(), "the fuse has burnt down");
    assert!(waits.wakes() > 0);
    let Poll::Ready(Ok(value)) = waits.poll() else {
        panic!("the value is there");
    };
    assert_eq!(value.number, 20);
    assert!(
        matches!(drives.poll(), Poll::Ready(Ok(_))),
        "it may ask again"
    );
    assert_eq!((cache.stats().in_flight, cache.stats().len), (0, 1));
}

#[test]
fn a_clock_that_panics_harms_one_call() {
    use async_clock::{Clock, ManualClock, ManualTimer};
    use std::time::{Duration, Instant};

    #[derive(Clone)]
    struct Panics(ManualClock, Fuse);

    impl Clock for Panics {
        type Timer = ManualTimer;

        fn now(&self) -> Instant {
            self.1.burn();
            self.0.now()
        }

        fn arm(&self, at: Instant, waker: &std::task::Waker) -> ManualTimer {
            self.0.arm(at, waker)
        }
    }

    for nth in 1..=3 {
        let fuse = Fuse::default();
        let cache: FnCache<u64, u64, Panics> = FnCache::builder()
            .ttl(Duration::from_secs(1))
            .ttl_from(async_fn_cache::TtlFrom::Start)
            .clock(Panics(ManualClock::new(), fuse.clone()))
            .build();
        get(&cache, 1, 1);
        fuse.set(nth);
        let call = catch_unwind(AssertUnwindSafe(|| get(&cache, 2, 2)));
        assert!(call.is_err(), "call {nth}");
        assert_eq!(cache.stats().in_flight, 0, "call {nth}");
        assert_eq!((get(&cache, 2, 3), cache.try_get(&1)), (3, Ok(1)));
    }
}

#[test]
fn a_panic_of_the_closure_of_invalidate_if_leaves_what_is_there() {
    let cache: FnCache<u64, u64> = FnCache::builder().shards(nz(1)).build();
    for key in 0..10 {
        let _ = cache.insert(key, key);
    }
    let mut seen = 0;
    let result = catch_unwind(AssertUnwindSafe(|| {
        cache.invalidate_if(|_, _| {
            seen += 1;
            assert!(seen < 4, "enough");
            true
        });
    }));
    assert!(result.is_err());
    assert_eq!(cache.stats().len, 10);
    assert_eq!(get(&cache, 100, 1), 1);
}

/// A value that waits for another call when it is dropped.
#[derive(Clone)]
struct Waits(#[expect(dead_code, reason = "its drop matters")] Option<Arc<WaitsOnDrop>>);

struct WaitsOnDrop(Mutex<Option<Get<u64, Waits>>>);

impl Drop for WaitsOnDrop {
    fn drop(&mut self) {
        let call = self.0.get_mut().unwrap().take();
        drop(call.map(futures_lite::future::block_on));
    }
}

/// Its last handle goes when the load that it waits for is filed: as what is evicted, and with the
/// whole cache.
#[test]
fn a_destructor_may_wait_for_the_load_that_evicts_it() {
    for whole_cache in [false, true] {
        within_seconds(20, move || {
            let cache = FnCache::new(nz(1 + usize::from(whole_cache)));
            let gate = Gate::new();
            let load = gate.load("loaded");
            let mut first = Caller::new(cache.get_with(7, || async {
                load().await;
                Waits(None)
            }));
            assert!(first.poll().is_pending());
            let second = cache.get_with(7, || future::ready(Waits(None)));
            let waits = WaitsOnDrop(Mutex::new(Some(second)));
            drop(cache.insert(6, Waits(Some(Arc::new(waits)))));
            if whole_cache {
                drop(cache);
            }
            gate.open();
            assert!(first.poll().is_ready());
        });
    }
}
