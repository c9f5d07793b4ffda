//! Wakers are foreign code: they may call back, be replaced, and panic.

mod support;

use async_fn_cache::FnCache;
use std::future::poll_fn;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use support::{Caller, Gate, Strings, callers};
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, panicking, poll_once, within_seconds};

/// All that takes a lock of the cache, and leaves key 1 alone.
fn touch(cache: &Strings) {
    let _ = cache.try_get(&1);
    cache.insert(2, "two");
    cache.invalidate(&3);
    let mut get = cache.get_with(1, || async { "unused" });
    let _ = poll_once(&mut get, Waker::noop());
    drop(get);
    drop(cache.join(&1));
    let _ = format!("{cache:?}");
}

/// A load that is not polled by the callers which `touch` makes, as it is not woken.
#[expect(
    clippy::type_complexity,
    reason = "what a test needs, named where it is used"
)]
fn setup(
    leading: bool,
) -> (
    Strings,
    Arc<Gate>,
    async_fn_cache::Get<u64, &'static str>,
    Vec<Caller<async_fn_cache::Get<u64, &'static str>>>,
) {
    let (cache, gate) = (Strings::default(), Gate::new());
    let others = callers(&cache, &gate, usize::from(!leading));
    let get = cache.get_with(1, gate.load("value"));
    (cache, gate, get, others)
}

#[test]
fn get_is_clean_for_the_one_that_drives() {
    Case::new("get, driving", || {
        let (cache, gate, future, _) = setup(true);
        Setup {
            future,
            fire: Box::new(move || gate.open()),
            touch: Arc::new(move || touch(&cache)),
        }
    })
    .crowd(|| {
        let (cache, gate) = (Strings::default(), Gate::new());
        Crowd {
            futures: (0..40)
                .map(|_| cache.get_with(1, gate.load("value")))
                .collect(),
            fire: Box::new(move || {
                gate.open();
                // Whoever was woken drives; here it is one that nobody looks at.
                let mut get = cache.get_with(1, || async { "unused" });
                assert!(poll_once(&mut get, Waker::noop()).is_ready());
            }),
        }
    })
    .fused()
    .check();
}

#[test]
fn get_is_clean_for_one_that_waits() {
    Case::new("get, waiting", || {
        let (cache, gate, future, mut others) = setup(false);
        Setup {
            future,
            fire: Box::new(move || {
                gate.open();
                assert!(others[0].poll().is_ready());
            }),
            touch: Arc::new(move || touch(&cache)),
        }
    })
    .fused()
    .check();
}

#[test]
fn get_checked_is_clean() {
    Case::new("get_checked", || {
        let (cache, gate) = (Strings::default(), Gate::new());
        Setup {
            future: cache.get_checked_with(1, gate.load("value")),
            fire: Box::new(move || gate.open()),
            touch: Arc::new(move || touch(&cache)),
        }
    })
    .fused()
    .check();
}

#[test]
fn a_panicking_waker_of_another_caller_does_not_reach_the_one_that_ends_the_load() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 20);
    for caller in &mut all[5..10] {
        assert!(poll_once(&mut caller.future, &panicking()).is_pending());
    }
    gate.open();
    assert_eq!(all[0].poll(), Poll::Ready("value"));
    for (at, caller) in all.iter_mut().enumerate().skip(1) {
        assert_eq!(
            caller.wakes(),
            usize::from(!(5..10).contains(&at)),
            "caller {at}"
        );
        assert_eq!(caller.poll(), Poll::Ready("value"));
    }
}

/// The panic goes on in what wakes the load, once the others are woken.
#[test]
fn a_panicking_waker_does_not_keep_the_others_from_being_woken() {
    let cache: Strings = FnCache::builder().fan_out(NonZeroU32::MAX).build();
    let gate = Gate::new();
    let mut all = callers(&cache, &gate, 40);
    assert!(poll_once(&mut all[0].future, &panicking()).is_pending());
    let wake = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| gate.open()));
    assert!(wake.is_err());
    assert!(all[1..].iter().all(|caller| caller.wakes() == 1));
    assert_eq!(all[39].poll(), Poll::Ready("value"));
}

/// A waker whose clones panic: the load is laid down all the same, and others go on with it.
#[test]
fn a_waker_that_panics_when_it_is_cloned_harms_nobody_else() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let clones = testkit::on_clone(|| panic!("no clones"));
    let mut first = Caller::new(cache.get_with(1, gate.load("value")));
    first.waker = clones;
    assert_eq!(first.poll_panicking(), "no clones"); // it drove
    let mut second = callers(&cache, &gate, 1).remove(0);
    gate.open();
    assert!(second.wakes() > 0);
    assert_eq!(second.poll(), Poll::Ready("value"));
    assert_eq!(first.poll(), Poll::Ready("value"));
    assert_eq!(gate.starts(), 1);
}

#[test]
fn a_waker_that_panics_when_it_is_cloned_may_be_dropped_with_the_wake_up() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut first = Caller::new(cache.get_with(1, gate.load("value")));
    first.waker = testkit::on_clone(|| panic!("no clones"));
    assert_eq!(first.poll_panicking(), "no clones");
    let mut second = Caller::new(cache.get_with(1, gate.load("value")));
    second.poll_pending();
    drop(first);
    gate.open();
    assert_eq!((second.wakes(), second.poll()), (1, Poll::Ready("value")));
}

#[test]
fn a_waker_may_use_the_cache_in_every_way() {
    within_seconds(10, || {
        let (cache, gate) = (Strings::default(), Gate::new());
        let inner = cache.clone();
        let busy = testkit::reentrant(move || {
            touch(&inner);
            inner.invalidate(&1);
        });
        let mut all = callers(&cache, &gate, 5);
        for caller in &mut all {
            assert!(poll_once(&mut caller.future, &busy).is_pending());
        }
        gate.open();
        for caller in &mut all {
            assert_eq!(poll_once(&mut caller.future, &busy), Poll::Ready("value"));
        }
        assert_eq!(gate.starts(), 1);
    });
}

/// The load's own waker, kept beyond its end, holds its memory and nothing else, and wakes nobody.
#[test]
fn the_loads_waker_may_outlive_the_load() {
    let cache: FnCache<u64, u64> = FnCache::default();
    let kept: Arc<Mutex<Option<Waker>>> = Arc::default();
    let inside = Arc::clone(&kept);
    let get = cache.get_with(1, move || {
        poll_fn(move |cx| {
            *inside.lock().unwrap() = Some(cx.waker().clone());
            Poll::Ready(7)
        })
    });
    assert_eq!(futures_lite::future::block_on(get), 7);
    cache.invalidate_all();
    drop(cache);
    let waker = kept.lock().unwrap().take().unwrap();
    waker.wake_by_ref();
    waker.wake();

    let (count, waker) = CountWaker::new();
    let cache: FnCache<u64, u64> = FnCache::default();
    let inside = Arc::clone(&kept);
    let mut get = cache.get_with(1, move || {
        poll_fn(move |cx| {
            *inside.lock().unwrap() = Some(cx.waker().clone());
            Poll::Pending
        })
    });
    assert!(poll_once(&mut get, &waker).is_pending());
    drop(get); // deserted
    kept.lock().unwrap().take().unwrap().wake();
    assert_eq!((count.wakes(), cache.stats().in_flight), (0, 0));
}
