//! A key reaches its own slot, and no other.

use async_waitlist::{Key, WaitHeap, WaitList};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

fn noop() -> Waker {
    Waker::noop().clone()
}

#[test]
fn a_key_is_eight_bytes_and_so_is_an_optional_one() {
    assert_eq!(size_of::<Key>(), 8);
    assert_eq!(size_of::<Option<Key>>(), 8);
}

#[track_caller]
fn assert_refused<T>(what: &str, method: impl FnOnce() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(method)) else {
        panic!("{what} took the key of another list")
    };
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .unwrap_or("another message");
    assert_eq!(
        message, "the key names no waiter of this list: it belongs to another one",
        "{what}"
    );
}

#[test]
fn a_list_refuses_the_keys_of_another_and_stays_as_it_was() {
    let (mut one, mut two) = (WaitList::new(), WaitList::new());
    let mine = one.insert(1, noop());
    // The same slot number, and one that `one` does not have.
    for key in [two.insert(2, noop()), two.insert(3, noop())] {
        assert_refused("poll", || one.poll(&key, Waker::noop(), &mut Some(noop())));
        assert_refused("payload", || one.payload(&key).copied());
        assert_refused("payload_mut", || one.payload_mut(&key).copied());
        assert_refused("grant", || one.grant(&key));
        assert_refused("nudge", || one.nudge(&key));
        assert_refused("requeue_front", || one.requeue_front(&key, 4, noop()));
        assert_refused("release", || one.release(key));
    }
    one.assert_invariants();
    assert_eq!(one.release(mine).into_payload(), Some(1));
}

#[test]
fn a_heap_refuses_the_keys_of_another_and_stays_as_it_was() {
    let (mut one, mut two) = (WaitHeap::new(), WaitHeap::new());
    let mine = one.insert(0, 1, noop());
    for key in [two.insert(0, 2, noop()), two.insert(0, 3, noop())] {
        assert_refused("poll", || one.poll(&key, Waker::noop(), &mut Some(noop())));
        assert_refused("payload", || one.payload(&key).copied());
        assert_refused("payload_mut", || one.payload_mut(&key).copied());
        assert_refused("grant", || one.grant(&key));
        assert_refused("nudge", || one.nudge(&key));
        assert_refused("set_key", || one.set_key(&key, 9));
        assert_refused("requeue_front", || one.requeue_front(&key, 9, 4, noop()));
        assert_refused("release", || one.release(key));
    }
    one.assert_invariants();
    assert_eq!(one.release(mine).into_payload(), Some((0, 1)));
}

#[test]
fn a_key_does_not_outlive_its_list_into_a_new_one_at_the_same_place() {
    let mut list = WaitList::new();
    let stale = list.insert((), noop());
    list = WaitList::new();
    let fresh = list.insert((), noop());
    assert_refused("release", || list.release(stale));
    assert!(list.release(fresh).into_payload().is_some());
    list.assert_invariants();
}

#[test]
fn a_key_of_before_a_shrink_means_nothing_after_it() {
    let mut list = WaitList::new();
    let keys: Vec<_> = (0..100).map(|n| list.insert(n, noop())).collect();
    let mut other = WaitList::new();
    for key in keys {
        drop(list.release(key));
    }
    drop(list.shrink());
    let foreign = other.insert(0, noop());
    assert_refused("payload", || list.payload(&foreign).copied());
    let key = list.insert(7, noop());
    assert_eq!(list.payload(&key), Some(&7));
    assert_refused("payload", || list.payload(&foreign).copied());
    drop(list.release(key));
}

#[test]
fn only_a_granted_waiter_is_put_back() {
    let mut list = WaitList::new();
    let key = list.insert(1, noop());
    let result = catch_unwind(AssertUnwindSafe(|| list.requeue_front(&key, 2, noop())));
    let message = *result.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(
        message,
        "only a granted waiter can be put back to the front"
    );
    assert_eq!(list.release(key).into_payload(), Some(1));
    list.assert_invariants();

    let mut heap = WaitHeap::new();
    let key = heap.insert(5, 1, noop());
    let result = catch_unwind(AssertUnwindSafe(|| heap.requeue_front(&key, 0, 2, noop())));
    assert!(result.is_err());
    heap.assert_invariants();
    assert_eq!(heap.first_key(), Some(&5));
    drop(heap.release(key));
}
