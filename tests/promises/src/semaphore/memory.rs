//! What waiting costs, and what stays of it.

use std::task::Waker;

use testkit::CountWaker;

use super::{Semaphore, taken};
use crate::measure::bytes_left_each;
use crate::outcome::{Outcome, ensure};
use crate::polling::{poll, start};

pub(super) fn a_free_permit_allocates_nothing<S: Semaphore>() -> Outcome {
    const TIMES: usize = 100;
    let semaphore = S::new(1);
    let mut calls = 0;
    // What the first times need for good does not count.
    for time in 0..2 * TIMES {
        let mut acquire = semaphore.acquire();
        let mut ready = false;
        let allocated = testkit::count_allocations(|| {
            ready = poll(&mut acquire, Waker::noop()).is_ready();
        });
        ensure!(ready, "it waits although there is a permit");
        semaphore.release(1);
        if time >= TIMES {
            calls += allocated.calls;
        }
    }
    ensure!(calls < TIMES, "allocates each time");
    ensure!(calls == 0, "allocates now and then");
    Ok(())
}

pub(super) fn idle_polls_allocate_nothing<S: Semaphore>() -> Outcome {
    const POLLS: usize = 10_000;
    let semaphore = taken::<S>(1)?;
    let (_, waker) = CountWaker::new();
    let mut acquire = semaphore.acquire();
    start(&mut acquire, &waker)?;
    let each = bytes_left_each(POLLS, || {
        (0..POLLS).try_for_each(|_| start(&mut acquire, &waker))
    })?;
    ensure!(each == 0, "{each} bytes each time");
    Ok(())
}

pub(super) fn cancelled_waits_leave_nothing<S: Semaphore>() -> Outcome {
    const WAITS: usize = 10_000;
    let semaphore = taken::<S>(1)?;
    let each = bytes_left_each(WAITS, || {
        (0..WAITS).try_for_each(|_| start(&mut semaphore.acquire(), Waker::noop()))
    })?;
    ensure!(each == 0, "{each} bytes each time");
    Ok(())
}

pub(super) fn a_burst_of_waiters_is_given_back<S: Semaphore>() -> Outcome {
    const WAITERS: usize = 10_000;
    let semaphore = taken::<S>(1)?;
    let each = bytes_left_each(WAITERS, || {
        let mut acquires: Vec<_> = (0..WAITERS).map(|_| semaphore.acquire()).collect();
        acquires
            .iter_mut()
            .try_for_each(|acquire| start(acquire, Waker::noop()))
    })?;
    ensure!(each == 0, "{each} bytes of each waiter stay");
    Ok(())
}
