//! A reservation is a place in the queue; a guard is a permit in somebody's hands.

mod support;

use async_clock::Clock;
use std::task::Poll;
use support::{SECOND, drive, limiter, poll};

#[test]
fn a_reservation_takes_its_place_when_it_is_made() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut place = limiter.reserve(1).unwrap();
    let mut later = limiter.acquire();
    assert!(poll(&mut later).is_pending());
    clock.advance(SECOND);
    assert!(poll(&mut later).is_pending());
    assert_eq!(poll(&mut place.ready()), Poll::Ready(Ok(())));
    clock.advance(SECOND);
    assert!(poll(&mut later).is_ready());
}

#[test]
fn dropping_a_reservation_gives_it_back() {
    let (limiter, clock) = limiter(1, SECOND);
    drop(limiter.reserve(1).unwrap());
    let held = limiter.reserve(1).unwrap();
    let queued = limiter.reserve(1).unwrap();
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    drop(queued);
    assert!(poll(&mut waiter).is_pending());
    drop(held);
    assert!(poll(&mut waiter).is_ready());
    assert_eq!(clock.pending(), 0);
}

#[test]
fn a_reservation_is_stamped_when_it_is_taken() {
    let (limiter, clock) = limiter(2, SECOND);
    let mut place = limiter.reserve(2).unwrap();
    assert_eq!(place.ready_at(), Some(clock.now()));
    assert_eq!(place.permits(), 2);
    clock.advance(10 * SECOND);
    assert!(limiter.try_acquire().is_err(), "held all the time");
    assert_eq!(poll(&mut place.ready()), Poll::Ready(Ok(())));
    assert!(poll(&mut place.ready()).is_pending(), "taken once");
    drop(place);
    assert_eq!(limiter.retry_after(2).after, SECOND);
}

#[test]
fn dropping_ready_keeps_the_place() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut place = limiter.reserve(1).unwrap();
    assert!(poll(&mut place.ready()).is_pending());
    let mut later = limiter.acquire();
    assert!(poll(&mut later).is_pending());
    clock.advance(SECOND);
    assert_eq!(limiter.stats().reserved, 1, "granted to the reservation");
    assert!(drive(&clock, place.ready()).is_ok());
}

#[test]
fn a_place_whose_owner_waits_is_woken() {
    let (limiter, clock) = limiter(1, SECOND);
    limiter.try_acquire().unwrap();
    let mut place = limiter.reserve(1).unwrap();
    let (woken, waker) = testkit::CountWaker::new();
    assert!(testkit::poll_once(&mut place.ready(), &waker).is_pending());
    clock.advance(SECOND);
    assert_eq!(woken.wakes(), 1);
}

#[test]
fn guards_are_counted_while_they_are_out_and_for_a_period_after() {
    let (limiter, clock) = limiter(2, SECOND);
    let first = limiter.try_acquire_guard().unwrap();
    let second = limiter.try_acquire_guard().unwrap();
    clock.advance(10 * SECOND);
    assert!(limiter.try_acquire_guard().is_err());
    drop(first);
    clock.advance(SECOND / 2);
    drop(second);
    clock.advance(SECOND / 2);
    let third = limiter.try_acquire_guard().unwrap();
    assert!(limiter.try_acquire_guard().is_err());
    third.give_back();
    assert!(limiter.try_acquire_guard().is_ok(), "no stamp was made");
}

#[test]
fn dropping_the_guard_that_is_in_the_way_sets_the_alarm() {
    let (limiter, clock) = limiter(1, SECOND);
    let guard = limiter.try_acquire_guard().unwrap();
    let mut waiter = limiter.acquire_guard();
    assert!(poll(&mut waiter).is_pending());
    assert_eq!(clock.pending(), 0, "the clock can't help");
    clock.advance(5 * SECOND);
    drop(guard);
    assert_eq!(clock.next_deadline(), Some(clock.now() + SECOND));
    clock.advance(SECOND);
    assert!(poll(&mut waiter).is_ready());
}

#[test]
fn giving_a_guard_back_grants_those_who_wait() {
    let (limiter, _clock) = limiter(1, SECOND);
    let guard = limiter.try_acquire_guard().unwrap();
    let mut waiter = limiter.acquire();
    assert!(poll(&mut waiter).is_pending());
    guard.give_back();
    assert!(poll(&mut waiter).is_ready());
}
