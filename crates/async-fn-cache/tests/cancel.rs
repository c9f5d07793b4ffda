//! Dropping a caller after any number of polls loses nothing of the others'.

mod support;

use async_fn_cache::FnCache;
use futures_lite::future::yield_now;
use std::task::Poll;
use support::{Caller, Gate, Strings, callers};
use testkit::{Drops, drop_after_each_poll};

const POLLS: usize = 4;

/// A load that is pending a few times, and a value that is counted.
#[expect(
    clippy::type_complexity,
    reason = "what a test needs, named where it is used"
)]
fn make(
    others: usize,
) -> (
    FnCache<u64, std::sync::Arc<testkit::Item>>,
    Drops,
    Vec<Caller<async_fn_cache::Get<u64, std::sync::Arc<testkit::Item>>>>,
) {
    let (cache, drops) = (FnCache::default(), Drops::new());
    let waiting = (0..others)
        .map(|_| Caller::new(cache.get_with(1, load(&drops))))
        .collect();
    (cache, drops, waiting)
}

fn load(
    drops: &Drops,
) -> impl FnOnce() -> std::pin::Pin<Box<dyn Future<Output = std::sync::Arc<testkit::Item>> + Send>>
+ Send
+ 'static {
    let drops = drops.clone();
    move || {
        Box::pin(async move {
            let held = drops.item();
            for _ in 1..POLLS {
                yield_now().await;
            }
            drop(held);
            std::sync::Arc::new(drops.item())
        })
    }
}

#[test]
fn a_lone_caller_takes_its_load_along_after_any_poll() {
    let completed = drop_after_each_poll(
        10,
        || {
            let (cache, drops, _) = make(0);
            (cache.get_with(1, load(&drops)), (cache, drops))
        },
        |_| {},
        |(cache, drops), polls| {
            let stats = cache.stats();
            let done = usize::from(polls == POLLS);
            assert_eq!(
                (stats.len, stats.in_flight),
                (done, 0),
                "after {polls} polls"
            );
            assert_eq!(drops.live(), done, "after {polls} polls");
            assert_eq!(
                (stats.landed, stats.deserted),
                (done as u64, 1 - done as u64)
            );
        },
    );
    assert_eq!(completed, Some(POLLS));
}

#[test]
fn a_caller_hands_its_load_on_after_any_poll() {
    for other_polls in 0..POLLS {
        let completed = drop_after_each_poll(
            10,
            || {
                let (cache, drops, mut others) = make(1);
                for _ in 0..other_polls {
                    others[0].poll_pending();
                }
                (cache.get_with(1, load(&drops)), (cache, drops, others))
            },
            |_| {},
            |(cache, drops, mut others), polls| {
                let mut more = 0;
                while others[0].poll().is_pending() {
                    more += 1;
                    assert!(others[0].wakes() > 0, "after {polls} polls nobody goes on");
                    others[0].count.reset();
                }
                assert!(
                    other_polls + polls + more < POLLS + 2,
                    "the load goes on where it was"
                );
                drop(others);
                assert_eq!((cache.stats().landed, drops.live()), (1, 1));
            },
        );
        assert!(completed.is_some());
    }
}

/// Every interleaving of two callers' polls and drops, by hand.
#[test]
fn two_callers_polled_and_dropped_in_any_order() {
    for program in 0_u32..4_u32.pow(6) {
        let (cache, gate) = (Strings::default(), Gate::new());
        let mut both: Vec<_> = (0..2)
            .map(|_| Some(Caller::new(cache.get_with(1, gate.load("value")))))
            .collect();
        let mut wakes = 0;
        for step in 0..6 {
            let at = (program >> (2 * step)) as usize & 1;
            let drops = (program >> (2 * step)) & 2 != 0;
            // One may go, the other stays.
            if drops && both.iter().flatten().count() == 2 {
                both[at] = None;
            } else if let Some(caller) = &mut both[at] {
                caller.poll_pending();
            }
            if step % 2 == 1 && gate.starts() > 0 {
                gate.wake();
                wakes += 1;
            }
        }
        gate.open();
        for caller in both.iter_mut().flatten() {
            assert_eq!(caller.poll(), Poll::Ready("value"), "program {program:#o}");
        }
        assert!(
            gate.polls() <= wakes + 2,
            "program {program:#o}: {} polls",
            gate.polls()
        );
        assert_eq!(
            (gate.starts(), cache.stats().landed),
            (1, 1),
            "program {program:#o}"
        );
    }
}

/// 1000 callers, 999 of them dropped anywhere, of loads that are woken now and then.
#[test]
fn the_last_of_a_thousand_gets_the_value() {
    testkit::with_seeds(10, |rng| {
        let (cache, gate) = (Strings::default(), Gate::new());
        let mut all = callers(&cache, &gate, 1000);
        while all.len() > 1 {
            drop(all.swap_remove(rng.usize(..all.len())));
            match rng.u8(..6) {
                0 | 1 => gate.wake(),
                2 | 3 => {
                    let at = rng.usize(..all.len());
                    all[at].poll_pending();
                }
                _ => {}
            }
        }
        gate.open();
        assert!(all[0].wakes() > 0);
        assert_eq!(all[0].poll(), Poll::Ready("value"));
        assert_eq!((gate.starts(), gate.drops()), (1, 1));
    });
}

#[test]
fn a_forgotten_caller_keeps_its_load_and_harms_nobody() {
    let (cache, gate) = (Strings::default(), Gate::new());
    let mut all = callers(&cache, &gate, 2);
    std::mem::forget(all.remove(0));
    drop(all);
    assert_eq!((gate.drops(), cache.stats().in_flight), (0, 1));
    gate.open();
    let mut later = Caller::new(cache.get_with(1, gate.load("unused")));
    assert_eq!(later.poll(), Poll::Ready("value"));
    assert_eq!((gate.starts(), gate.drops()), (1, 1));
}
