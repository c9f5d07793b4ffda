//! The cache for one thread.

mod support;

use async_clock::ManualClock;
use async_fn_cache::{FnCache, LoadError, LocalFnCache, LocalGet, TryGetError};
use futures_lite::future::{block_on, yield_now, zip};
use std::cell::{Cell, RefCell};
use std::future;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::Poll;
use std::thread;
use support::{Caller, Gate, SECOND, nz};
use testkit::RandomOrder;
use testkit::hygiene::{Case, Setup};

type Local = LocalFnCache<u64, Rc<str>>;

fn local() -> Local {
    FnCache::builder().build_local()
}

/// A load that is pending until its gate opens, and that is not `Send`.
fn load(
    gate: &Arc<Gate>,
    value: &'static str,
) -> impl FnOnce() -> std::pin::Pin<Box<dyn Future<Output = Rc<str>>>> + 'static {
    let (load, not_send) = (gate.load(value), Rc::new(()));
    move || {
        Box::pin(async move {
            let value = load().await;
            drop(not_send);
            Rc::from(value)
        })
    }
}

#[test]
fn tasks_of_one_thread_share_a_load() {
    let loads = Rc::new(Cell::new(0));
    let cache = local();
    let get = || {
        let loads = Rc::clone(&loads);
        cache.get_with(1, || async move {
            loads.set(loads.get() + 1);
            yield_now().await;
            Rc::from("value")
        })
    };
    let (one, two) = block_on(zip(get(), get()));
    assert!(Rc::ptr_eq(&one, &two));
    assert!(Rc::ptr_eq(&one, &block_on(get())));
    assert_eq!(loads.get(), 1);
}

#[test]
fn whoever_is_polled_drives_and_the_last_takes_the_load_along() {
    let (cache, gate) = (local(), Gate::new());
    let get = || Caller::new(cache.get_with(1, load(&gate, "value")));
    let (mut one, mut two, mut three) = (get(), get(), get());
    one.poll_pending();
    two.poll_pending();
    drop(one);
    gate.open();
    assert_eq!(two.poll(), Poll::Ready("value".into()));
    assert_eq!(three.poll(), Poll::Ready("value".into()));
    assert_eq!(gate.starts(), 1);

    let (cache, gate) = (local(), Gate::new());
    let mut one = Caller::new(cache.get_with(1, load(&gate, "value")));
    let two = cache.get_with(1, load(&gate, "value"));
    one.poll_pending();
    drop(two);
    drop(one);
    assert_eq!(
        (
            gate.drops(),
            cache.stats().in_flight,
            cache.stats().deserted
        ),
        (1, 0, 1)
    );
}

#[test]
fn overtaken_loads_are_not_kept() {
    let (cache, gate) = (local(), Gate::new());
    let mut old = Caller::new(cache.get_with(1, load(&gate, "old")));
    old.poll_pending();
    assert_eq!(cache.try_get(&1), Err(TryGetError::InFlight));
    assert!(cache.invalidate(&1));
    gate.open();
    assert_eq!(old.poll(), Poll::Ready("old".into()));
    assert_eq!(cache.try_get(&1), Err(TryGetError::Vacant));

    let mut old = Caller::new(cache.get_with(1, load(&gate, "old")));
    assert_eq!(cache.insert(1, "inserted".into()), None);
    assert_eq!(old.poll(), Poll::Ready("old".into()));
    assert_eq!(cache.insert(1, "again".into()), Some("inserted".into()));
    let mut refresh = Caller::new(cache.refresh_with(1, load(&gate, "fresh")));
    assert_eq!(cache.try_get(&1), Ok("again".into()));
    assert_eq!(refresh.poll(), Poll::Ready("fresh".into()));
    assert_eq!(cache.try_get(&1), Ok("fresh".into()));
    cache.invalidate_if(|_, value| &**value == "fresh");
    assert_eq!(cache.stats().len, 0);
    cache.insert(2, "two".into());
    cache.invalidate_all();
    assert_eq!(cache.stats().len, 0);
}

#[test]
fn panics_and_cycles_are_errors() {
    let _turn = support::nesting();
    let cache = local();
    let mut one = Caller::new(cache.get_with(1, || async { panic!("no value") }));
    let mut two = Caller::new(cache.get_checked_with(1, || async { Rc::from("") }));
    assert_eq!(one.poll_panicking(), "no value");
    assert_eq!(
        two.poll(),
        Poll::Ready(Err(LoadError::Panicked("no value".into())))
    );
    let inner = cache.clone();
    let mut ring = Caller::new(cache.get_checked_with(1, move || async move {
        let own = inner.get_checked_with(1, || async { Rc::from("") }).await;
        Rc::from(own.unwrap_err().to_string())
    }));
    assert_eq!(
        ring.poll(),
        Poll::Ready(Ok("the load waits for itself".into()))
    );
}

#[test]
fn values_have_lifetimes_and_bounds() {
    let clock = ManualClock::new();
    let cache: LocalFnCache<u64, Rc<u64>, _> = FnCache::builder()
        .capacity(nz(2))
        .ttl(SECOND)
        .clock(clock.clone())
        .build_local();
    for key in 0..3 {
        cache.insert(key, Rc::new(key));
    }
    assert_eq!((cache.stats().len, cache.try_get(&0).is_err()), (2, true));
    clock.advance(SECOND);
    assert!(cache.try_get(&2).is_err());
}

#[test]
fn a_wrapped_function_keeps_no_errors() {
    let calls = Rc::new(Cell::new(0));
    let counted = Rc::clone(&calls);
    let function = FnCache::builder().wrap_local(move |limit: u32| {
        counted.set(counted.get() + 1);
        let call = counted.get();
        async move {
            if call <= limit {
                Err(call)
            } else {
                Ok(Rc::new(call))
            }
        }
    });
    assert_eq!(function.get_blocking(1), Err(1));
    assert_eq!(function.get_blocking(1), Ok(Rc::new(2)));
    assert_eq!(function.clone().get_blocking(1), Ok(Rc::new(2)));
    assert_eq!(function.try_get(&1), Ok(Ok(Rc::new(2))));
    assert!(function.invalidate(&1));
    assert_eq!(block_on(function.refresh(0)), Ok(Rc::new(3)));
    assert_eq!(block_on(function.get_checked(0)), Ok(Ok(Rc::new(3))));
    assert_eq!(function.cache().stats().len, 1);
    assert_eq!(calls.get(), 3);
}

/// The load stays on its thread; what wakes it need not.
#[test]
fn another_thread_may_wake_a_local_load() {
    testkit::within_seconds(10, || {
        let (cache, gate) = (local(), Gate::new());
        let one = cache.get_with(1, load(&gate, "value"));
        let two = cache.get_with(1, load(&gate, "value"));
        let opener = Arc::clone(&gate);
        let thread = thread::spawn(move || {
            while opener.starts() == 0 {
                thread::yield_now();
            }
            opener.open();
        });
        let (one, two) = block_on(zip(one, two));
        assert!(Rc::ptr_eq(&one, &two));
        thread.join().unwrap();
    });
}

#[test]
fn any_order_of_polls_gives_everybody_a_value() {
    testkit::with_seeds(100, |rng| {
        let cache = local();
        let got = Cell::new(0);
        let mut executor = RandomOrder::new(rng.u64(..)).with_spurious_polls(5);
        let mut tasks = Vec::new();
        for task in 0..20 {
            let (cache, got) = (cache.clone(), &got);
            let pauses = rng.u32(..4);
            tasks.push(executor.spawn(async move {
                let get = cache.get_with(task % 3, move || async move {
                    for _ in 0..pauses {
                        yield_now().await;
                    }
                    Rc::from("value")
                });
                assert_eq!(&*get.await, "value");
                got.set(got.get() + 1);
            }));
        }
        let mut cancelled = 0;
        for task in tasks {
            if rng.u8(..4) == 0 {
                cancelled += usize::from(executor.cancel(task));
            }
        }
        assert_eq!(executor.run_until_stalled(), 0);
        assert_eq!(got.get() + cancelled, 20);
    });
}

/// A cache that is held by its own values, weakly, is gone with its last handle.
#[test]
fn nothing_keeps_a_cache_alive_but_handles_and_loads() {
    let cache = Rc::new(local());
    let weak: Weak<Local> = Rc::downgrade(&cache);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&seen);
    let get: LocalGet<u64, Rc<str>> = cache.get_with(1, move || async move {
        log.borrow_mut().push(weak.upgrade().is_some());
        future::pending().await
    });
    let mut caller = Caller::new(get);
    caller.poll_pending();
    drop(cache);
    caller.poll_pending();
    drop(caller);
    assert_eq!(
        (seen.borrow().clone(), Rc::strong_count(&seen)),
        (vec![true], 1)
    );
}

#[test]
fn local_futures_are_clean() {
    Case::new("local get", || {
        let (cache, gate) = (local(), Gate::new());
        let future = cache.get_with(1, load(&gate, "value"));
        // Wakers are `Send`, the cache is not: what they touch is the load's own state.
        let touched = Arc::clone(&gate);
        Setup {
            future,
            fire: Box::new(move || {
                gate.open();
                drop(cache);
            }),
            touch: Arc::new(move || {
                let _ = touched.starts();
            }),
        }
    })
    .fused()
    .check();
}
