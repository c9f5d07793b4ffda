//! Loads that wait for loads: rings are refused, and nothing else is.

mod support;

use async_single_flight::cycle::Edge;
use async_single_flight::{Group, LoadError};
use futures_lite::future::{or, zip};
use std::future::{self, Future, poll_fn};
use std::pin::Pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread;
use support::{Caller, Gate, nesting};
use testkit::within_seconds;

type Loads = Group<u32, String>;

fn text(result: Result<String, LoadError>) -> String {
    result.unwrap_or_else(|error| error.to_string())
}

/// dialog-db/dialog-db#491: every peer hangs here.
#[test]
fn regression_dialog_db_491_a_load_of_its_own_key_is_refused() {
    let _turn = nesting();
    let group = Loads::new();
    let inner = group.clone();
    let mut work = Caller::new(group.work(1, move || async move {
        text(inner.work_checked(1, || async { String::new() }).await)
    }));
    assert_eq!(
        work.poll(),
        Poll::Ready("the load waits for itself".to_owned())
    );
    assert_eq!((Edge::count(), group.in_flight()), (0, 0));
}

#[test]
fn a_wait_that_is_not_checked_panics_and_so_does_its_load() {
    let _turn = nesting();
    let group = Loads::new();
    let inner = group.clone();
    let mut work = Caller::new(group.work_checked(1, move || async move {
        inner.work(1, || async { String::new() }).await
    }));
    let expected = LoadError::Panicked("the load waits for itself".into());
    assert_eq!(work.poll(), Poll::Ready(Err(expected)));
    assert_eq!((Edge::count(), group.in_flight()), (0, 0));
}

#[test]
fn a_blocking_wait_inside_its_own_load_is_refused() {
    let _turn = nesting();
    within_seconds(10, || {
        let group = Loads::new();
        let inner = group.clone();
        let mut work = Caller::new(group.work_checked(1, move || async move {
            inner.work_blocking(1, || async { String::new() })
        }));
        assert!(matches!(
            work.poll(),
            Poll::Ready(Err(LoadError::Panicked(_)))
        ));
        assert_eq!(Edge::count(), 0);
    });
}

#[test]
fn a_ring_of_two_that_different_callers_drive_is_refused() {
    let _turn = nesting();
    let (group, gate) = (Loads::new(), Gate::new());
    let (inner, wait) = (group.clone(), gate.load("go"));
    let mut one = Caller::new(group.work_checked(1, move || async move {
        wait().await;
        text(inner.work_checked(2, || async { String::new() }).await)
    }));
    one.poll_pending();
    let inner = group.clone();
    let mut two = Caller::new(group.work_checked(2, move || async move {
        inner.work(1, || async { String::new() }).await
    }));
    two.poll_pending();
    assert_eq!(Edge::count(), 1);
    gate.open();
    assert_eq!(
        one.poll(),
        Poll::Ready(Ok("the load waits for itself".to_owned()))
    );
    assert_eq!(
        two.poll(),
        Poll::Ready(Ok("the load waits for itself".to_owned()))
    );
    assert_eq!((Edge::count(), group.in_flight()), (0, 0));
}

/// Three threads, each of which blocks on a load that waits for the next one's.
#[test]
fn a_ring_of_three_over_threads_is_refused() {
    let _turn = nesting();
    within_seconds(30, || {
        for _ in 0..200 {
            let group = Loads::new();
            let (sender, results) = channel();
            thread::scope(|scope| {
                for key in 0..3 {
                    let (group, sender) = (&group, sender.clone());
                    scope.spawn(move || {
                        let inner = group.clone();
                        let next = (key + 1) % 3;
                        let value = group.work_blocking(key, move || async move {
                            // Began by whoever comes first: then it waits for the next one again.
                            text(inner.work_checked(next, || async { "leaf".into() }).await)
                        });
                        sender.send(value).unwrap();
                    });
                }
            });
            assert_eq!(results.try_iter().count(), 3);
            assert_eq!((Edge::count(), group.in_flight()), (0, 0));
        }
    });
}

#[test]
fn a_diamond_is_not_a_ring() {
    let _turn = nesting();
    let group = Loads::new();
    let leaf = |group: Loads| async move { group.work(4, || async { "leaf".to_owned() }).await };
    let inner = group.clone();
    let mut work = Caller::new(group.work(1, move || async move {
        let (left, right) = (inner.clone(), inner.clone());
        let left = inner.work(2, move || leaf(left));
        let right = inner.work(3, move || leaf(right));
        let (left, right) = zip(left, right).await;
        left + &right
    }));
    assert_eq!(work.poll(), Poll::Ready("leafleaf".to_owned()));
    assert_eq!(Edge::count(), 0);
}

#[test]
fn a_chain_of_a_thousand_is_not_a_ring() {
    fn depth(group: &Group<u32, u32>, key: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
        let inner = group.clone();
        Box::pin(group.work(key, move || async move {
            if key == 0 {
                return 0;
            }
            depth(&inner, key - 1).await + 1
        }))
    }
    let _turn = nesting();
    let thread = thread::Builder::new().stack_size(64 << 20);
    let group = Group::new();
    let done = thread.spawn(move || futures_lite::future::block_on(depth(&group, 1000)));
    assert_eq!(done.unwrap().join().unwrap(), 1000);
    assert_eq!(Edge::count(), 0);
}

#[test]
fn a_wait_that_loses_a_race_counts_no_more() {
    let _turn = nesting();
    let (group, gate) = (Loads::new(), Gate::new());
    let mut two = Caller::new(group.work(2, {
        let wait = gate.load("go");
        let inner = group.clone();
        move || async move {
            wait().await;
            text(inner.work_checked(1, || async { "one".to_owned() }).await)
        }
    }));
    two.poll_pending();
    let inner = group.clone();
    let mut one = Caller::new(group.work(1, move || async move {
        let other = inner.work(2, || async { String::new() });
        or(other, async { "first".to_owned() }).await;
        // The wait is gone, so nobody waits for 2 any more.
        future::pending().await
    }));
    one.poll_pending();
    assert_eq!(Edge::count(), 0);
    gate.open();
    two.poll_pending(); // waits for 1 now, which is no ring
    assert_eq!(Edge::count(), 1);
    drop(two);
    assert_eq!(Edge::count(), 0);
}

/// The edge leads from the load in which a wait was polled last.
#[test]
fn a_wait_that_moves_to_another_load_takes_its_edge_along() {
    let _turn = nesting();
    let group = Loads::new();
    let mut slow = Caller::new(group.work(9, future::pending::<String>));
    slow.poll_pending();
    let parcel = Arc::new(Mutex::new(group.try_join(&9)));

    let load = |parcel: Arc<Mutex<_>>, group: Loads, other: u32| {
        move || {
            poll_fn(move |cx| {
                let mut parcel = parcel.lock().unwrap();
                let wait: &mut async_single_flight::Work<u32, String> =
                    Option::as_mut(&mut parcel).unwrap();
                assert!(Pin::new(wait).poll(cx).is_pending());
                let _ = (&group, other);
                Poll::Pending
            })
        }
    };
    let mut one = Caller::new(group.work(1, load(Arc::clone(&parcel), group.clone(), 2)));
    one.poll_pending();
    assert_eq!(Edge::count(), 1);
    let mut two = Caller::new(group.work(2, load(Arc::clone(&parcel), group.clone(), 1)));
    two.poll_pending();
    assert_eq!(Edge::count(), 1, "it moved");
    // And polled outside of loads, it counts no more.
    let mut wait = parcel.lock().unwrap().take().unwrap();
    assert!(testkit::poll_once(&mut wait, std::task::Waker::noop()).is_pending());
    assert_eq!(Edge::count(), 0);
    drop(parcel);
}

#[test]
fn a_load_that_is_done_is_nobodys_parent() {
    let _turn = nesting();
    let group = Loads::new();
    let inner = group.clone();
    let kept = Arc::new(Mutex::new(None));
    let parcel = Arc::clone(&kept);
    let mut outer = Caller::new(group.work(1, move || async move {
        let mut wait = inner.work(2, future::pending::<String>);
        futures_lite::future::poll_once(&mut wait).await;
        *parcel.lock().unwrap() = Some(wait);
        "done".to_owned()
    }));
    assert_eq!(outer.poll(), Poll::Ready("done".to_owned()));
    // The wait is alive, and still says that 1 waits for 2: but that load is over.
    assert_eq!(Edge::count(), 1);
    let inner = group.clone();
    let mut again = Caller::new(group.work(1, move || async move {
        text(inner.work_checked(2, || async { String::new() }).await)
    }));
    again.poll_pending();
    drop(kept.lock().unwrap().take());
    drop(again);
    assert_eq!((Edge::count(), group.in_flight()), (0, 0));
}
