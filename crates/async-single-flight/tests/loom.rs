//! The hand-over of a load between its waiters, and its end, under every interleaving of a few
//! threads.
//!
//! To see the models bite, break the code by hand:
//!
//! | change | what fails |
//! |---|---|
//! | a wake-up while the load is out is not noted | `a_waiter_and_the_event` and three more |
//! | it is noted, and nobody is woken when the load is laid down | the same |
//! | a driver that was woken leaves without handing that on | `the_driver_leaves_while_the_event_comes` and two more |
//! | one that was parked does | `a_parked_waiter_leaves_while_the_event_comes` |
//! | a load without waiters can be joined | `one_joins_while_the_last_leaves` |
//! | a waiter is counted out after the mutex is given back | `two_leave_together` |
//! | the end does not say that it is over | `two_waiters_and_the_event` and eight more |
//! | the end wakes nobody of those who sleep | `two_waiters_and_the_event` and seven more |
//! | one parks after the end | `two_waiters_and_the_event`, `the_driver_polls_once_more_and_leaves_while_the_event_comes` |
//! | the end wakes one of them | none, as there are two waiters at most: three tests of `driving.rs`, `model.rs` and `wakers.rs` |
//! | the outcome is set after the others are woken | `two_waiters_and_the_event` and seven more |
//! | waiters take the outcome as soon as it is set | `who_has_seen_the_end_of_a_load_loads_anew` |
//! | the relay ends before the flight is filed or taken out | the same |
//! | a load that ends takes out whatever has its hash | `an_old_load_ends_beside_a_new_one` |
//! | a load that ends, or is deserted, stays filed | nearly all |
#![cfg(loom)]

use async_single_flight::flight::{Flight, Slot, Unfiled, Wait};
use async_single_flight::{Group, Work};
use loom::future::block_on;
use loom::sync::Mutex;
use loom::thread;
use std::future::{Ready, poll_fn, ready};
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::num::{NonZeroU32, NonZeroUsize};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

type Hashers = BuildHasherDefault<DefaultHasher>;
type Loads = Group<u8, u8, Hashers>;

/// One shard and no random seed: nothing but the threads' order differs from run to run.
fn group(fan_out: u32) -> Loads {
    Group::builder()
        .shards(NonZeroUsize::MIN)
        .fan_out(NonZeroU32::new(fan_out).unwrap())
        .hasher(Hashers::default())
        .build()
}

/// What a load waits for.
#[derive(Clone)]
struct Event(Arc<Inner>);

struct Inner {
    state: Mutex<(bool, Option<Waker>)>,
    /// Not loom's: it is only counted.
    starts: AtomicUsize,
    drops: AtomicUsize,
}

impl Event {
    fn new() -> Self {
        Self(Arc::new(Inner {
            state: Mutex::new((false, None)),
            starts: AtomicUsize::new(0),
            drops: AtomicUsize::new(0),
        }))
    }

    fn set(&self) {
        let waker = {
            let mut state = self.0.state.lock().unwrap();
            state.0 = true;
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A load that ends once the event is set.
    fn load(&self) -> impl Future<Output = u8> + Send + use<> {
        let event = self.clone();
        event.0.starts.fetch_add(1, Ordering::SeqCst);
        let counted = Counted(self.clone());
        poll_fn(move |cx| {
            let _counted = &counted;
            let waker = cx.waker().clone();
            let mut state = event.0.state.lock().unwrap();
            if state.0 {
                return Poll::Ready(7);
            }
            let _replaced = state.1.replace(waker);
            drop(state);
            Poll::Pending
        })
    }

    fn counts(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.0.starts), count(&self.0.drops))
    }
}

struct Counted(Event);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.drops.fetch_add(1, Ordering::SeqCst);
    }
}

fn work(group: &Loads, event: &Event) -> Work<u8, u8> {
    let event = event.clone();
    group.work(1, move || event.load())
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    let mut cx = Context::from_waker(Waker::noop());
    pin!(future).poll(&mut cx)
}

#[test]
fn a_waiter_and_the_event() {
    loom::model(|| {
        let (group, event) = (group(1), Event::new());
        let work = work(&group, &event);
        let other = event.clone();
        let thread = thread::spawn(move || other.set());
        assert_eq!(block_on(work), 7);
        thread.join().unwrap();
        assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
    });
}

#[test]
fn two_waiters_and_the_event() {
    for fan_out in [1, 2] {
        loom::model(move || {
            let (group, event) = (group(fan_out), Event::new());
            let (mine, theirs) = (work(&group, &event), work(&group, &event));
            let thread = thread::spawn(move || block_on(theirs));
            let other = event.clone();
            let setter = thread::spawn(move || other.set());
            assert_eq!(block_on(mine), 7);
            assert_eq!(thread.join().unwrap(), 7);
            setter.join().unwrap();
            assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
        });
    }
}

#[test]
fn the_driver_leaves_while_the_event_comes() {
    for fan_out in [1, 2] {
        loom::model(move || {
            let (group, event) = (group(fan_out), Event::new());
            let (mut leaves, stays) = (work(&group, &event), work(&group, &event));
            assert!(poll(&mut leaves).is_pending());
            let thread = thread::spawn(move || drop(leaves));
            let other = event.clone();
            let setter = thread::spawn(move || other.set());
            assert_eq!(block_on(stays), 7);
            thread.join().unwrap();
            setter.join().unwrap();
            assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
        });
    }
}

#[test]
fn the_driver_polls_once_more_and_leaves_while_the_event_comes() {
    loom::model(move || {
        let (group, event) = (group(1), Event::new());
        let (mut leaves, stays) = (work(&group, &event), work(&group, &event));
        let thread = thread::spawn(move || {
            let _ = poll(&mut leaves);
            drop(leaves);
        });
        let other = event.clone();
        let setter = thread::spawn(move || other.set());
        assert_eq!(block_on(stays), 7);
        thread.join().unwrap();
        setter.join().unwrap();
        assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
    });
}

/// The follower that the event woke leaves, and hands that on.
#[test]
fn a_parked_waiter_leaves_while_the_event_comes() {
    loom::model(|| {
        let (group, event) = (group(1), Event::new());
        let (mut first, mut second) = (work(&group, &event), work(&group, &event));
        let mut third = work(&group, &event);
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        assert!(poll(&mut third).is_pending());
        drop(first);
        let other = event.clone();
        let setter = thread::spawn(move || other.set());
        let thread = thread::spawn(move || block_on(third));
        drop(second);
        setter.join().unwrap();
        assert_eq!(thread.join().unwrap(), 7);
        assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
    });
}

/// The load wakes itself while it is polled, and the one that polls it leaves.
#[test]
fn a_wake_up_during_the_poll_survives_the_poller() {
    loom::model(|| {
        let group = group(1);
        let mut polls = 0;
        let mut leaves = group.work(1, move || {
            poll_fn(move |cx| {
                polls += 1;
                if polls == 2 {
                    return Poll::Ready(polls);
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
        });
        let stays = group.work(1, || async { unreachable!() });
        let thread = thread::spawn(move || {
            let _ = poll(&mut leaves);
            drop(leaves);
        });
        assert_eq!(block_on(stays), 2);
        thread.join().unwrap();
    });
}

#[test]
fn one_joins_while_the_last_leaves() {
    loom::model(|| {
        let (group, event) = (group(1), Event::new());
        event.set();
        let leaves = work(&group, &event);
        let (other, theirs) = (group.clone(), event.clone());
        let thread = thread::spawn(move || block_on(work(&other, &theirs)));
        drop(leaves);
        assert_eq!(thread.join().unwrap(), 7);
        let (starts, drops) = event.counts();
        assert_eq!((starts, drops, group.in_flight()), (1, 1, 0));
    });
}

#[test]
fn two_leave_together() {
    loom::model(|| {
        let (group, event) = (group(1), Event::new());
        let (mut mine, theirs) = (work(&group, &event), work(&group, &event));
        assert!(poll(&mut mine).is_pending());
        let thread = thread::spawn(move || drop(theirs));
        let other = event.clone();
        let setter = thread::spawn(move || other.set());
        drop(mine);
        thread.join().unwrap();
        setter.join().unwrap();
        assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
        // The waker's handle of the flight is gone too, or will be with the event.
    });
}

#[test]
fn one_joins_while_the_load_ends() {
    loom::model(|| {
        let (group, event) = (group(1), Event::new());
        event.set();
        let first = work(&group, &event);
        let thread = thread::spawn(move || block_on(first));
        assert_eq!(block_on(work(&group, &event)), 7); // joined, or loaded anew
        assert_eq!(thread.join().unwrap(), 7);
        let (starts, drops) = event.counts();
        assert!(starts == drops && starts <= 2 && group.in_flight() == 0);
    });
}

#[test]
fn a_waiter_leaves_while_the_load_ends() {
    loom::model(|| {
        let (group, event) = (group(1), Event::new());
        event.set();
        let (first, mut second) = (work(&group, &event), work(&group, &event));
        let thread = thread::spawn(move || block_on(first));
        let _ = poll(&mut second);
        drop(second);
        assert_eq!(thread.join().unwrap(), 7);
        assert_eq!((event.counts(), group.in_flight()), ((1, 1), 0));
    });
}

/// A load's end is seen only when nobody can join it any more: who asks again gets what is loaded
/// after that.
#[test]
fn who_has_seen_the_end_of_a_load_loads_anew() {
    loom::model(|| {
        let group = group(1);
        let (first, second) = (
            group.work(1, || ready(1)),
            group.work(1, || -> Ready<u8> { unreachable!("it joins") }),
        );
        let thread = thread::spawn(move || block_on(first));
        // An outcome is not loom's: without this, it would never be looked at between two steps of
        // the other thread.
        thread::yield_now();
        assert_eq!(block_on(second), 1);
        assert_eq!(block_on(group.work(1, || ready(2))), 2);
        assert_eq!(thread.join().unwrap(), 1);
    });
}

/// A load that was let go takes out nothing but itself when it ends.
#[test]
fn an_old_load_ends_beside_a_new_one() {
    loom::model(|| {
        let (group, event, pending) = (group(1), Event::new(), Event::new());
        event.set();
        let old = work(&group, &event);
        let thread = thread::spawn(move || block_on(old));
        group.forget(&1);
        let new = work(&group, &pending);
        assert_eq!(thread.join().unwrap(), 7);
        assert_eq!(group.in_flight(), 1);
        drop(new);
        assert_eq!(group.in_flight(), 0);
    });
}

/// Whoever has the handle of a flight may join it until the end, and beyond.
#[test]
fn one_joins_a_flight_that_is_filed_nowhere_while_it_ends() {
    loom::model(|| {
        let (event, fan_out) = (Event::new(), NonZeroU32::MIN);
        event.set();
        let flight: Arc<Flight<Unfiled<(), u8>>> =
            Arc::new(Flight::new((), Unfiled::new(), fan_out, event.load()));
        let first = Wait::claimed(Arc::clone(&flight));
        let thread = thread::spawn(move || block_on(first));
        assert!(flight.join());
        assert_eq!(block_on(Wait::joined(flight)), Ok(7));
        assert_eq!(thread.join().unwrap(), Ok(7));
        assert_eq!(event.counts(), (1, 1));
    });
}

/// The load panics in one of them: both hear of it.
#[test]
fn a_panic_reaches_the_one_that_does_not_drive() {
    loom::model(|| {
        let group = group(1);
        let panics = || async { std::panic::resume_unwind(Box::new("silent")) };
        let mine = group.work_checked(1, panics);
        let theirs = group.work_checked(1, panics);
        let thread = thread::spawn(move || block_on(theirs));
        assert!(block_on(mine).is_err());
        assert!(thread.join().unwrap().is_err());
        assert_eq!(group.in_flight(), 0);
    });
}
