//! tower-rs/tower#842: a window that begins at fixed instants lets through 2 n around its border,
//! n at its end and n at the begin of the next.

mod support;

use std::time::Duration;
use support::{SECOND, limiter};

#[test]
fn a_burst_across_a_border_is_held_back() {
    let (limiter, clock) = limiter(100, SECOND);
    clock.advance(Duration::from_millis(900));
    assert_eq!(limiter.try_acquire_up_to(100), 100);
    clock.advance(Duration::from_millis(200)); // 1.1 s: a new window, if there were such
    assert_eq!(limiter.try_acquire_up_to(100), 0);
    clock.advance(Duration::from_millis(800));
    assert_eq!(limiter.try_acquire_up_to(100), 100);
}
