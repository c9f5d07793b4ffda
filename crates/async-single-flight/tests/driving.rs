//! Who drives: whoever is polled; and who is woken.

mod support;

use async_single_flight::{Group, Work};
use std::future::{self, poll_fn};
use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use support::{Caller, Gate, Strings, callers};
use testkit::{CountWaker, on_wake, poll_once, within_seconds};

const READY: Poll<&str> = Poll::Ready("value");

fn with_fan_out(fan_out: u32) -> Strings {
    let fan_out = NonZeroU32::new(fan_out).unwrap();
    Group::builder().fan_out(fan_out).build()
}

#[test]
fn nothing_runs_before_the_first_poll() {
    let (group, gate) = (Strings::new(), Gate::new());
    let work = group.work(1, gate.load("value"));
    assert_eq!((gate.starts(), group.in_flight()), (0, 1));
    drop(work);
    assert_eq!((gate.starts(), group.in_flight()), (0, 0));
}

#[test]
fn a_leader_that_is_not_polled_holds_nobody_up() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 2);
    gate.open();
    assert_eq!((all[0].wakes(), all[1].wakes()), (1, 1));
    assert_eq!(all[1].poll(), READY);
    assert_eq!(all[0].poll(), READY);
    assert_eq!((gate.starts(), gate.polls()), (1, 2));
}

#[test]
fn a_leader_that_was_never_polled_holds_nobody_up() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut leader = Caller::new(group.work(1, gate.load("value")));
    let mut follower = Caller::new(group.work(1, gate.load("other")));
    follower.poll_pending();
    gate.open();
    assert_eq!((leader.wakes(), follower.wakes()), (0, 1));
    assert_eq!(follower.poll(), READY);
    assert_eq!(leader.poll(), READY);
}

#[test]
fn a_dropped_leader_restarts_nothing_and_wakes_nobody() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 3);
    drop(all.remove(0));
    assert_eq!((all[0].wakes(), all[1].wakes()), (0, 0));
    gate.open();
    for caller in &mut all {
        assert_eq!(caller.wakes(), 1);
        assert_eq!(caller.poll(), READY);
    }
    assert_eq!(gate.starts(), 1);
}

#[test]
fn a_woken_caller_that_is_dropped_hands_the_wake_up_on() {
    let (group, gate) = (with_fan_out(1), Gate::new());
    let mut all = callers(&group, &gate, 101);
    gate.open();
    for dropped in 0..100 {
        let woken: Vec<usize> = (0..all.len()).filter(|&at| all[at].wakes() > 0).collect();
        assert_eq!(woken.len(), 1, "one successor, after {dropped}");
        drop(all.remove(woken[0]));
    }
    assert_eq!(all[0].wakes(), 1);
    assert_eq!(all[0].poll(), READY);
    assert_eq!((gate.starts(), gate.polls()), (1, 2));
}

#[test]
fn a_displaced_driver_that_is_dropped_hands_the_next_wake_up_on() {
    let (group, gate) = (with_fan_out(2), Gate::new());
    let mut all = callers(&group, &gate, 3);
    gate.wake(); // the driver and the first of the others
    assert_eq!(all.iter().map(Caller::wakes).collect::<Vec<_>>(), [1, 1, 0]);
    all[1].poll_pending(); // drives in the place of the first one
    gate.wake(); // the new driver, and the last: the first one is on its way already
    assert_eq!(all.iter().map(Caller::wakes).collect::<Vec<_>>(), [1, 2, 1]);
    drop(all.remove(0));
    drop(all.remove(0));
    gate.open();
    assert_eq!(all[0].poll(), READY);
    assert_eq!(gate.starts(), 1);
}

/// With a hundred followers and ten inner wake-ups: how often followers are woken before the end,
/// at the end, and how often the load is polled.
fn storm(fan_out: u32) -> (usize, usize, usize) {
    let (group, gate) = (with_fan_out(fan_out), Gate::new());
    let mut all = callers(&group, &gate, 101);
    for _ in 0..10 {
        gate.wake();
        all.iter_mut().for_each(Caller::poll_pending);
    }
    let followers = |all: &[Caller<_>]| all[1..].iter().map(Caller::wakes).sum::<usize>();
    let before = followers(&all);
    gate.open();
    assert_eq!(all[0].poll(), READY);
    (before, followers(&all) - before, gate.polls())
}

#[test]
fn an_inner_wake_up_reaches_as_many_callers_as_configured() {
    assert_eq!(storm(1), (0, 100, 12));
    assert_eq!(storm(2), (10, 100, 12));
    assert_eq!(storm(40), (390, 100, 12));
    let (before, _, polls) = storm(u32::MAX);
    assert_eq!((before, polls), (1000, 12));
}

#[test]
fn inner_wake_ups_before_the_next_poll_count_as_one() {
    let (group, gate) = (with_fan_out(2), Gate::new());
    let (wakers, kept) = (Arc::new(Mutex::new(Vec::new())), gate.load("value"));
    let seen = Arc::clone(&wakers);
    let mut leader = Caller::new(group.work(1, move || {
        let mut load = kept();
        poll_fn(move |cx| {
            seen.lock().unwrap().push(cx.waker().clone());
            Pin::new(&mut load).poll(cx)
        })
    }));
    leader.poll_pending();
    let mut followers = callers(&group, &gate, 10);
    for _ in 0..100 {
        wakers.lock().unwrap()[0].wake_by_ref();
    }
    let woken: usize = followers.iter().map(Caller::wakes).sum();
    assert_eq!((leader.wakes(), woken), (1, 1));
    gate.open();
    assert_eq!(followers[9].poll(), READY);
    assert_eq!(leader.poll(), READY);
}

#[test]
fn a_poll_without_a_wake_up_does_not_poll_the_load() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 3);
    for _ in 0..10 {
        all.iter_mut().for_each(Caller::poll_pending);
    }
    assert_eq!(gate.polls(), 1);
}

#[test]
fn a_load_that_wakes_itself_is_polled_again_by_its_driver() {
    let group = Group::builder().fan_out(NonZeroU32::MIN).build();
    let mut polls = 0;
    let mut leader = Caller::new(group.work(1, move || {
        poll_fn(move |cx| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(polls);
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }));
    leader.poll_pending();
    let mut follower = Caller::new(group.work(1, || future::ready(0)));
    assert_eq!(leader.wakes(), 1);
    follower.poll_pending(); // it drives: the load has asked for it
    assert_eq!((leader.wakes(), follower.wakes()), (1, 1));
    assert_eq!(leader.poll(), Poll::Ready(3)); // on its way since then
    assert_eq!(follower.poll(), Poll::Ready(3));
}

/// rust-lang/futures-rs#2706: woken while polled, another caller registers meanwhile, and the one
/// that polled is dropped.
#[test]
fn regression_futures_rs_2706_a_wake_up_during_the_poll_survives_the_poller() {
    let (group, other) = (Strings::new(), Arc::new(Mutex::new(None)));
    let (count, waker) = CountWaker::new();
    let (inside, parked) = (Arc::clone(&other), waker.clone());
    let mut polls = 0;
    let mut first = Caller::new(group.work(1, move || {
        poll_fn(move |cx| {
            polls += 1;
            if polls > 1 {
                return READY;
            }
            cx.waker().wake_by_ref();
            let (inside, parked) = (Arc::clone(&inside), parked.clone());
            let meanwhile = move || {
                let mut work: Work<u64, &str> = inside.lock().unwrap().take().unwrap();
                assert!(poll_once(&mut work, &parked).is_pending());
                *inside.lock().unwrap() = Some(work);
            };
            thread::spawn(meanwhile).join().unwrap();
            Poll::Pending
        })
    }));
    *other.lock().unwrap() = Some(group.work(1, || async { "unused" }));
    first.poll_pending();
    drop(first);
    assert_eq!(count.wakes(), 1);
    let mut second = other.lock().unwrap().take().unwrap();
    assert_eq!(poll_once(&mut second, &waker), READY);
}

#[test]
fn only_the_waker_of_the_last_poll_is_woken() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 2);
    let wakers = [CountWaker::new(), CountWaker::new()];
    for (caller, (_, waker)) in all.iter_mut().zip(&wakers) {
        assert!(poll_once(&mut caller.future, waker).is_pending());
    }
    gate.open();
    for (caller, (count, waker)) in all.iter_mut().zip(&wakers) {
        assert_eq!((caller.wakes(), count.wakes()), (0, 1));
        assert_eq!(poll_once(&mut caller.future, waker), READY);
    }
}

#[test]
fn a_waker_may_poll_another_caller_on_the_spot() {
    within_seconds(10, || {
        let (group, gate) = (Strings::new(), Gate::new());
        let [mut first, second] = callers(&group, &gate, 2).try_into().unwrap();
        let second = Mutex::new(second);
        let inline = on_wake(move || assert_eq!(second.lock().unwrap().poll(), READY));
        assert!(poll_once(&mut first.future, &inline).is_pending());
        gate.open();
        assert_eq!(first.poll(), READY);
        assert_eq!(gate.starts(), 1);
    });
}

#[test]
fn a_waker_may_drop_another_caller_on_the_spot() {
    within_seconds(10, || {
        let (group, gate) = (with_fan_out(1), Gate::new());
        let [mut first, second, mut third] = callers(&group, &gate, 3).try_into().unwrap();
        let second = Mutex::new(Some(second));
        let inline = on_wake(move || drop(second.lock().unwrap().take()));
        assert!(poll_once(&mut first.future, &inline).is_pending());
        gate.open();
        assert_eq!(first.poll(), READY);
        assert_eq!(third.wakes(), 1);
        assert_eq!(third.poll(), READY);
    });
}

/// hephbuild/heph#236 and its successors: a thousand callers, 999 of them dropped anywhere.
#[test]
fn the_last_of_a_thousand_gets_the_value() {
    testkit::with_seeds(20, |rng| {
        let (group, gate) = (with_fan_out(rng.u32(1..4)), Gate::new());
        let mut all = callers(&group, &gate, 1000);
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
        assert!(all[0].wakes() > 0, "on its way, now or from before");
        assert_eq!(all[0].poll(), READY);
        assert_eq!(gate.starts(), 1);
    });
}

#[test]
fn a_load_is_woken_by_the_same_waker_whoever_drives() {
    let group = Group::new();
    let first: Arc<Mutex<Option<Waker>>> = Arc::default();
    let mut polls = 0;
    let load = move |cx: &mut Context<'_>| {
        polls += 1;
        let mut first = first.lock().unwrap();
        let known = first.get_or_insert_with(|| cx.waker().clone());
        assert!(known.will_wake(cx.waker()), "at poll {polls}");
        cx.waker().wake_by_ref();
        if polls == 4 { READY } else { Poll::Pending }
    };
    let mut all: Vec<_> = Vec::new();
    all.push(Caller::new(group.work(1, move || poll_fn(load))));
    for _ in 0..3 {
        all.push(Caller::new(group.work(1, || async { "unused" })));
    }
    all[0].poll_pending();
    all[1].poll_pending();
    all[2].poll_pending();
    assert_eq!(all[3].poll(), READY);
}
