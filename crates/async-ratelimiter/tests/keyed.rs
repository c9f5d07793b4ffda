//! A limit for each key: their own queues, and no garbage.

mod support;

use async_clock::{Clock, ManualClock};
use async_ratelimiter::{AcquireByError, AcquireError, Gcra, Keyed, SlidingLog, TryAcquireError};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;
use support::{NANO, SECOND, drive, n, nanos, poll};

fn keyed<K: std::hash::Hash + Eq + Clone>(
    limit: u32,
) -> (Keyed<K, SlidingLog, ManualClock>, ManualClock) {
    let clock = ManualClock::new();
    (
        Keyed::builder(n(limit), SECOND)
            .clock(clock.clone())
            .build(),
        clock,
    )
}

#[test]
fn each_key_keeps_to_its_limit() {
    testkit::with_seeds(50, |rng| {
        let (keyed, clock) = keyed(3);
        let start = clock.now();
        let mut stamps: HashMap<u32, Vec<u64>> = HashMap::new();
        let mut waiting = Vec::new();
        for _ in 0..1000 {
            let key = rng.u32(..8);
            match rng.u32(..4) {
                0 => {
                    if keyed.try_acquire(&key).is_ok() {
                        stamps.entry(key).or_default().push(nanos(&clock, start));
                    }
                }
                1 => waiting.push((key, keyed.acquire_owned(key, 1))),
                2 if !waiting.is_empty() => {
                    let index = rng.usize(..waiting.len());
                    let (key, future) = &mut waiting[index];
                    if poll(future).is_ready() {
                        stamps.entry(*key).or_default().push(nanos(&clock, start));
                        drop(waiting.swap_remove(index));
                    } else if rng.bool() {
                        drop(waiting.swap_remove(index));
                    }
                }
                _ => clock.advance(SECOND / 1000 * rng.u32(..500)),
            }
        }
        for (key, stamps) in stamps {
            assert!(
                support::densest(&stamps, 1_000_000_000) <= 3,
                "key {key}: {stamps:?}"
            );
        }
    });
}

#[test]
fn keys_do_not_wait_for_each_other() {
    let (keyed, _clock) = keyed(1);
    keyed.try_acquire(&"ada").unwrap();
    let mut waiting = keyed.acquire(&"ada");
    assert!(poll(&mut waiting).is_pending());
    assert!(keyed.try_acquire(&"bob").is_ok());
    assert!(keyed.try_acquire(&"ada").unwrap_err().is_limited());
}

#[test]
fn the_past_of_a_key_goes_with_it_into_the_queue() {
    let (keyed, clock) = keyed(2);
    keyed.try_acquire(&"ada").unwrap();
    clock.advance(SECOND / 2);
    keyed.try_acquire(&"ada").unwrap();
    let (mut first, mut second) = (keyed.acquire(&"ada"), keyed.acquire(&"ada"));
    assert!(poll(&mut first).is_pending());
    assert!(poll(&mut second).is_pending());
    clock.advance(SECOND / 2);
    assert!(poll(&mut first).is_ready());
    assert!(poll(&mut second).is_pending());
    clock.advance(SECOND / 2);
    assert!(poll(&mut second).is_ready());
    assert_eq!(keyed.retry_after(&"ada", 1).after, SECOND / 2);
}

#[test]
fn waiters_of_a_key_are_first_come_first_served() {
    let (keyed, clock) = keyed(1);
    keyed.try_acquire(&7).unwrap();
    let mut waiters: Vec<_> = (0..20).map(|_| keyed.acquire(&7)).collect();
    for waiter in &mut waiters {
        assert!(poll(waiter).is_pending());
    }
    for served in 0..20 {
        clock.advance(SECOND);
        for (index, waiter) in waiters.iter_mut().enumerate().skip(served) {
            assert_eq!(poll(waiter).is_ready(), index == served);
        }
    }
}

#[test]
fn live_keys_are_never_evicted() {
    let clock = ManualClock::new();
    let keyed = Keyed::builder(n(1), SECOND)
        .clock(clock.clone())
        .max_keys(3)
        .build();
    for key in 0..3 {
        keyed.try_acquire(&key).unwrap();
        clock.advance(SECOND / 10);
    }
    for _ in 0..3 {
        assert_eq!(keyed.try_acquire(&9), Err(TryAcquireError::KeysFull));
        assert_eq!(
            poll(&mut keyed.acquire(&9)),
            Poll::Ready(Err(AcquireError::KeysFull))
        );
        let by = keyed.acquire_by_blocking(&9, 1, clock.now() + SECOND);
        assert_eq!(by, Err(AcquireByError::KeysFull));
    }
    assert!(
        keyed.try_acquire(&1).unwrap_err().is_limited(),
        "known keys go on"
    );
    clock.advance(Duration::from_nanos(699_999_999));
    assert_eq!(keyed.try_acquire(&9), Err(TryAcquireError::KeysFull));
    clock.advance(NANO); // the first key's permit leaves the window
    assert_eq!(keyed.try_acquire(&9), Ok(()));
    assert_eq!(keyed.try_acquire(&10), Err(TryAcquireError::KeysFull));
    assert_eq!(keyed.len(), 3);
    assert!(keyed.remove(&1));
    assert_eq!(keyed.try_acquire(&10), Ok(()));
}

#[test]
fn a_key_with_a_waiter_is_not_forgotten() {
    let clock = ManualClock::new();
    let keyed = Keyed::builder(n(1), SECOND)
        .clock(clock.clone())
        .max_keys(1)
        .build();
    keyed.try_acquire(&"ada").unwrap();
    let mut waiting = keyed.acquire(&"ada");
    assert!(poll(&mut waiting).is_pending());
    clock.advance(10 * SECOND);
    assert_eq!(keyed.try_acquire(&"bob"), Err(TryAcquireError::KeysFull));
    assert!(poll(&mut waiting).is_ready()); // stamped now
    drop(waiting);
    clock.advance(SECOND / 2);
    assert_eq!(keyed.try_acquire(&"bob"), Err(TryAcquireError::KeysFull));
    clock.advance(SECOND / 2);
    assert_eq!(keyed.try_acquire(&"bob"), Ok(()));
    assert_eq!(clock.pending(), 0, "its timer is gone too");
}

#[test]
fn claims_without_the_lock_are_remembered_when_a_key_is_looked_at() {
    // A key that has had waiters takes tries without its lock; forgetting must see them.
    let clock = ManualClock::new();
    let keyed = Keyed::builder(n(5), SECOND)
        .clock(clock.clone())
        .max_keys(1)
        .build();
    keyed.try_acquire_many(&"ada", 5).unwrap();
    let mut waiting = keyed.acquire(&"ada");
    assert!(poll(&mut waiting).is_pending());
    clock.advance(SECOND);
    assert!(poll(&mut waiting).is_ready());
    drop(waiting);
    clock.advance(SECOND / 2);
    keyed.try_acquire(&"ada").unwrap();
    keyed.try_acquire(&"ada").unwrap();
    clock.advance(SECOND / 2);
    assert_eq!(keyed.try_acquire(&"bob"), Err(TryAcquireError::KeysFull));
    assert_eq!(
        keyed
            .try_acquire_many(&"ada", 4)
            .unwrap_err()
            .retry_after()
            .unwrap()
            .after,
        SECOND / 2
    );
}

#[test]
fn a_key_may_be_removed_while_somebody_waits_for_it() {
    let (keyed, clock) = keyed(1);
    keyed.try_acquire(&"ada").unwrap();
    let mut waiting = keyed.acquire(&"ada");
    assert!(poll(&mut waiting).is_pending());
    assert!(keyed.remove(&"ada"));
    assert!(!keyed.remove(&"ada"));
    assert!(keyed.try_acquire(&"ada").is_ok(), "a new beginning");
    clock.advance(SECOND);
    assert!(poll(&mut waiting).is_ready(), "served in the old order");
}

#[test]
fn a_reset_serves_those_who_wait() {
    let (keyed, _clock) = keyed(1);
    assert!(!keyed.reset(&"ada"));
    keyed.try_acquire(&"ada").unwrap();
    let mut waiting = keyed.acquire(&"ada");
    assert!(poll(&mut waiting).is_pending());
    assert!(keyed.reset(&"ada"));
    assert!(poll(&mut waiting).is_ready());
}

#[test]
fn requests_that_can_never_be_granted_make_no_key() {
    let (keyed, clock) = keyed(2);
    assert_eq!(
        keyed.try_acquire_many(&1, 3),
        Err(TryAcquireError::ExceedsLimit)
    );
    let refused = drive(&clock, keyed.acquire_many(&1, 3));
    assert_eq!(refused, Err(AcquireError::ExceedsLimit));
    let refused = drive(&clock, keyed.acquire_many_by(&1, 3, clock.now()));
    assert_eq!(refused, Err(AcquireByError::ExceedsLimit));
    assert_eq!(keyed.retry_after(&1, 3).at, None);
    assert!(keyed.is_empty());
}

#[test]
fn acquire_by_refuses_without_making_a_queue() {
    let (keyed, clock) = keyed(1);
    keyed.try_acquire(&1).unwrap();
    let due = clock.now() + SECOND;
    let mut in_vain = keyed.acquire_by(&1, due.checked_sub(NANO).unwrap());
    let refused = AcquireByError::WouldExceed {
        ready_at: Some(due),
    };
    assert_eq!(poll(&mut in_vain), Poll::Ready(Err(refused)));
    assert_eq!(drive(&clock, keyed.acquire_by(&1, due)), Ok(()));
    clock.advance(2 * SECOND);
    assert!(
        drive(&clock, keyed.acquire_by(&1, due))
            .unwrap_err()
            .is_would_exceed()
    );
}

#[test]
fn any_policy_serves_keys() {
    let clock = ManualClock::new();
    let keyed = Keyed::builder(n(10), SECOND)
        .policy(Gcra::smooth(n(1)))
        .clock(clock.clone())
        .build();
    let start = clock.now();
    drive(&clock, async {
        for _ in 0..5 {
            keyed.acquire(&"ada").await.unwrap();
            keyed.acquire(&"bob").await.unwrap();
        }
    });
    assert_eq!(clock.now() - start, 4 * SECOND / 10);
}

/// A key whose clones and drops use the limiter, which no lock may hinder.
struct Nosy {
    name: u32,
    keyed: Option<Keyed<u32, SlidingLog, ManualClock>>,
    calls: Arc<AtomicUsize>,
}

impl Nosy {
    fn call(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if let Some(keyed) = &self.keyed {
            let _ = keyed.try_acquire(&self.name);
        }
    }
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        self.call();
        Self {
            name: self.name,
            keyed: self.keyed.clone(),
            calls: self.calls.clone(),
        }
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        self.call();
    }
}

impl PartialEq for Nosy {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Nosy {}

impl std::hash::Hash for Nosy {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// Keys that call into the very limiter they are keys of.
#[test]
fn keys_are_cloned_and_dropped_without_a_lock() {
    /// As [`Nosy`], by way of a thread local, for a type can't name itself as its key.
    #[derive(PartialEq, Eq, Hash)]
    struct Meddler(u32);
    thread_local! {
        static LIMITER: std::cell::RefCell<Option<Keyed<Meddler, SlidingLog, ManualClock>>> =
            const { std::cell::RefCell::new(None) };
        static BUSY: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
    }
    fn meddle(name: u32) {
        if BUSY.replace(true) {
            return;
        }
        let limiter = LIMITER.with_borrow(Clone::clone);
        if let Some(limiter) = limiter {
            // The same key, hence the same shard.
            let _ = limiter.retry_after(&Meddler(name), 1);
            let _ = limiter.len();
        }
        BUSY.set(false);
    }
    impl Clone for Meddler {
        fn clone(&self) -> Self {
            meddle(self.0);
            Self(self.0)
        }
    }
    impl Drop for Meddler {
        fn drop(&mut self) {
            meddle(self.0);
        }
    }
    testkit::within_seconds(30, || {
        let (keyed, clock) = keyed::<Meddler>(1);
        LIMITER.set(Some(keyed.clone()));
        for name in 0..1000 {
            let _ = keyed.try_acquire(&Meddler(name));
            clock.advance(SECOND / 100);
        }
        assert!(keyed.remove(&Meddler(999)));
        assert!(keyed.len() < 1000, "some were forgotten, and dropped");
        LIMITER.set(None);
    });
    let (other, _clock) = self::keyed::<u32>(1);
    let calls = Arc::new(AtomicUsize::new(0));
    let (keyed, _clock) = self::keyed::<Nosy>(1);
    let key = Nosy {
        name: 1,
        keyed: Some(other.clone()),
        calls: calls.clone(),
    };
    keyed.try_acquire(&key).unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 1, "cloned once");
    assert_eq!(other.len(), 1);
}

#[test]
fn threads_share_a_keyed_limiter() {
    testkit::within_seconds(60, || {
        let (keyed, _clock) = keyed::<u32>(100);
        let granted = Arc::new(AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for seed in 0..4 {
                let (keyed, granted) = (&keyed, &granted);
                scope.spawn(move || {
                    let mut rng = testkit::rng(seed);
                    for _ in 0..20_000 {
                        if keyed.try_acquire(&rng.u32(..50)).is_ok() {
                            granted.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert_eq!(granted.load(Ordering::SeqCst), 50 * 100);
        assert_eq!(keyed.len(), 50);
    });
}
