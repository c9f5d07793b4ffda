//! Wakers are foreign code: they may call back, be replaced, and panic.

mod support;

use async_single_flight::Work;
use std::sync::Arc;
use std::task::Waker;
use support::{Caller, Gate, Strings, callers};
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::poll_once;

/// All that takes a lock of the group, and leaves key 1 alone.
fn touch(group: &Strings) {
    drop(group.try_join(&1));
    group.forget(&2);
    let mut work = group.work(1, || async { "unused" });
    let _ = poll_once(&mut work, Waker::noop());
    let _ = format!("{group:?}, {work:?}");
}

fn crowd() -> Crowd<Work<u64, &'static str>> {
    let (group, gate) = (Strings::new(), Gate::new());
    Crowd {
        futures: (0..40).map(|_| group.work(1, gate.load("value"))).collect(),
        fire: Box::new(move || {
            gate.open();
            let mut work = group.work(1, || async { "unused" });
            assert!(poll_once(&mut work, Waker::noop()).is_ready());
        }),
    }
}

#[test]
fn work_is_clean_for_the_one_that_drives() {
    Case::new("work, driving", || {
        let (group, gate) = (Strings::new(), Gate::new());
        Setup {
            future: group.work(1, gate.load("value")),
            fire: Box::new(move || gate.open()),
            touch: Arc::new(move || touch(&group)),
        }
    })
    .crowd(crowd)
    .fused()
    .check();
}

#[test]
fn work_is_clean_for_one_that_waits() {
    Case::new("work, waiting", || {
        let (group, gate) = (Strings::new(), Gate::new());
        let mut leader: Caller<_> = callers(&group, &gate, 1).remove(0);
        Setup {
            future: group.work(1, gate.load("unused")),
            fire: Box::new(move || {
                gate.open();
                assert!(leader.poll().is_ready());
            }),
            touch: Arc::new(move || touch(&group)),
        }
    })
    .fused()
    .check();
}

#[test]
fn work_checked_is_clean() {
    Case::new("work_checked", || {
        let (group, gate) = (Strings::new(), Gate::new());
        Setup {
            future: group.work_checked(1, gate.load("value")),
            fire: Box::new(move || gate.open()),
            touch: Arc::new(move || touch(&group)),
        }
    })
    .fused()
    .check();
}
