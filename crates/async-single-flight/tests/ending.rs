//! How a load ends: with a value, in a panic, deserted, or let go.

mod support;

use async_single_flight::{Group, LoadError};
use std::future::{self, Ready};
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use support::{Caller, Gate, Strings, callers};

const READY: Poll<&str> = Poll::Ready("value");

fn panicked<V>(message: &str) -> Poll<Result<V, LoadError>> {
    Poll::Ready(Err(LoadError::Panicked(message.into())))
}

#[test]
fn everybody_gets_the_value_and_the_next_call_loads_anew() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 10);
    assert_eq!(group.in_flight(), 1);
    gate.open();
    for caller in &mut all {
        assert_eq!(caller.poll(), READY);
    }
    assert_eq!((gate.starts(), gate.drops(), group.in_flight()), (1, 1, 0));
    let again = Gate::new();
    again.open();
    assert_eq!(
        Caller::new(group.work(1, again.load("other"))).poll(),
        Poll::Ready("other")
    );
}

#[test]
fn keys_are_loaded_each_on_its_own() {
    let group = Group::new();
    let mut first = Caller::new(group.work(1, future::pending::<u32>));
    let mut second = Caller::new(group.work(2, || async { 2 }));
    first.poll_pending();
    assert_eq!(second.poll(), Poll::Ready(2));
    assert_eq!(group.in_flight(), 1);
}

#[test]
fn a_panic_reaches_every_caller_once_and_the_next_call_is_fresh() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 2);
    let mut checked = Caller::new(group.work_checked(1, gate.load("unused")));
    checked.poll_pending();
    gate.blow_up();
    assert_eq!(all[0].poll_panicking(), "the load blows up");
    assert_eq!(
        all[1].poll_panicking(),
        "the load panicked: the load blows up"
    );
    assert_eq!(checked.poll(), panicked("the load blows up"));
    assert_eq!((gate.starts(), gate.drops(), group.in_flight()), (1, 1, 0));
    // Told once.
    assert!(all[0].poll().is_pending() && checked.poll().is_pending());

    let again = Gate::new();
    again.open();
    assert_eq!(
        Caller::new(group.work(1, again.load("value"))).poll(),
        READY
    );
}

#[test]
fn who_drives_and_asked_for_an_error_gets_no_panic() {
    let group = Group::<u32, u32>::new();
    let mut first = Caller::new(group.work_checked(1, || async { panic!("one") }));
    let mut second = Caller::new(group.work(1, || async { 1 }));
    assert_eq!(first.poll(), panicked("one"));
    assert_eq!(second.poll_panicking(), "the load panicked: one");
}

#[test]
fn the_driver_gets_the_panic_itself() {
    let group = Group::<u32, u32>::new();
    let mut first = Caller::new(group.work(1, || async { panic_any(String::from("itself")) }));
    let mut second = Caller::new(group.work_checked(1, || async { 1 }));
    assert_eq!(first.poll_panicking(), "itself");
    assert_eq!(second.poll(), panicked("itself"));
    let mut third = Caller::new(group.work_checked(1, || async { panic_any(7_u8) }));
    assert_eq!(third.poll(), panicked("(no message)"));
}

#[test]
fn a_panic_while_the_load_is_made_is_a_panic_of_the_load() {
    let group = Group::<u32, u32>::new();
    let mut first = Caller::new(group.work(1, || -> Ready<u32> { panic!("no loader") }));
    let mut second = Caller::new(group.work_checked(1, || future::ready(1)));
    assert_eq!(first.poll_panicking(), "no loader");
    assert_eq!(second.poll(), panicked("no loader"));
    assert_eq!(group.in_flight(), 0);
}

/// A value whose clones panic when the counter comes to zero.
#[derive(Debug)]
struct Shy(Arc<AtomicUsize>);

impl Clone for Shy {
    fn clone(&self) -> Self {
        let left = self.0.fetch_sub(1, Ordering::SeqCst);
        assert_ne!(left, 1, "shy");
        Self(Arc::clone(&self.0))
    }
}

#[test]
fn a_panic_of_the_values_clone_is_one_callers_alone() {
    for panics_at in 1..=3 {
        let (group, gate) = (Group::new(), Gate::new());
        let counter = Arc::new(AtomicUsize::new(panics_at));
        let mut all = Vec::new();
        for _ in 0..3 {
            let (load, counter) = (gate.load("value"), Arc::clone(&counter));
            let work = group.work_checked(1, || async move {
                load().await;
                Shy(counter)
            });
            all.push(Caller::new(work));
        }
        all.iter_mut().for_each(Caller::poll_pending);
        gate.open();
        for (at, caller) in all.iter_mut().enumerate() {
            if at + 1 == panics_at {
                assert!(caller.poll_panicking().contains("shy"));
                assert!(caller.poll().is_pending());
            } else {
                assert!(matches!(caller.poll(), Poll::Ready(Ok(_))), "caller {at}");
            }
        }
        assert_eq!(group.in_flight(), 0);
    }
}

#[test]
fn the_last_caller_takes_the_load_along() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 3);
    all.pop();
    all.pop();
    assert_eq!((gate.drops(), group.in_flight()), (0, 1));
    all.pop();
    assert_eq!((gate.drops(), group.in_flight()), (1, 0));
    // What woke it finds nobody.
    gate.open();
    assert_eq!(gate.starts(), 1);
}

/// Two load, one after the other: nobody joins the load that is being given up.
#[test]
fn regression_tailscale_18919_nobody_joins_a_load_that_is_given_up() {
    /// Calls again while it is dropped.
    struct CallsAgain(Box<dyn Fn() + Send>);
    impl Drop for CallsAgain {
        fn drop(&mut self) {
            (self.0)();
        }
    }

    let group = Group::new();
    let (inner, second) = (group.clone(), Arc::new(Mutex::new(None)));
    let kept = Arc::clone(&second);
    let again = CallsAgain(Box::new(move || {
        *kept.lock().unwrap() = Some(inner.work(1, || async { "fresh" }));
    }));
    let mut first = Caller::new(group.work(1, move || async move {
        let _again = again;
        future::pending().await
    }));
    first.poll_pending();
    drop(first);
    let work = second.lock().unwrap().take().expect("it was called");
    assert_eq!(Caller::new(work).poll(), Poll::Ready("fresh"));
}

#[test]
fn a_forgotten_load_goes_on_for_its_callers_and_the_next_loads_anew() {
    let (group, old, new) = (Strings::new(), Gate::new(), Gate::new());
    let mut first = callers(&group, &old, 2);
    assert!(group.forget(&1));
    assert!(!group.forget(&1));
    let mut second = callers(&group, &new, 2);
    assert_eq!(group.in_flight(), 1);
    old.open();
    assert_eq!(first[1].poll(), READY);
    assert_eq!(group.in_flight(), 1); // it takes itself out only
    drop(first.remove(0));
    new.open();
    assert_eq!(second[0].poll(), READY);
    assert_eq!((old.starts(), new.starts(), group.in_flight()), (1, 1, 0));
}

#[test]
fn a_forgotten_load_is_dropped_with_its_last_caller_too() {
    let (group, old, new) = (Strings::new(), Gate::new(), Gate::new());
    let first = callers(&group, &old, 2);
    group.forget(&1);
    let second = callers(&group, &new, 1);
    drop(first);
    assert_eq!((old.drops(), new.drops(), group.in_flight()), (1, 0, 1));
    drop(second);
    assert_eq!((new.drops(), group.in_flight()), (1, 0));
}

#[test]
fn loads_outlive_the_handles_of_their_group() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut all = callers(&group, &gate, 2);
    drop(group);
    gate.open();
    assert_eq!(all[1].poll(), READY);
    assert_eq!(all[0].poll(), READY);
    let (group, gate) = (Strings::new(), Gate::new());
    let all = callers(&group, &gate, 2);
    drop(group);
    drop(all);
    assert_eq!(gate.drops(), 1);
}

#[test]
fn a_caller_that_is_done_stays_pending() {
    let (group, gate) = (Strings::new(), Gate::new());
    gate.open();
    let mut work = Caller::new(group.work(1, gate.load("value")));
    assert_eq!(work.poll(), READY);
    for _ in 0..3 {
        work.poll_pending();
    }
    assert_eq!(gate.starts(), 1);
}

/// `PureWhiteWu/async_singleflight#12`, #13; moka-rs/moka#31: every other crate begins anew when the
/// one that loads is dropped.
#[test]
fn regression_async_singleflight_12_a_load_that_loses_its_leader_a_hundred_times_starts_once() {
    let (group, gate) = (Strings::new(), Gate::new());
    let mut leader = callers(&group, &gate, 1).remove(0);
    for _ in 0..100 {
        let follower = callers(&group, &gate, 1).remove(0);
        gate.wake();
        leader.poll_pending();
        drop(leader);
        leader = follower;
    }
    gate.open();
    assert_eq!(leader.poll(), READY);
    assert_eq!((gate.starts(), gate.drops()), (1, 1));
}
