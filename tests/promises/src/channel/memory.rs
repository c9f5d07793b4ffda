//! What waiting and buffering cost, and what stays of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

use testkit::CountWaker;

use super::{Channel, Item};
use crate::measure::bytes_left_each;
use crate::outcome::{Outcome, ensure, lacks};
use crate::polling::{poll, start};

/// flume puts another entry into its list at each poll (flume#182).
pub(super) fn idle_polls_allocate_nothing<C: Channel>() -> Outcome {
    const POLLS: usize = 10_000;
    let (sender, mut receiver) = C::bounded(1)?;
    let mut other = C::another(&receiver)?;
    let (_, waker) = CountWaker::new();
    let mut receive = C::recv(&mut receiver)?;
    start(&mut receive, &waker)?;
    // Woken once, but somebody else is faster; from then on it is polled for nothing.
    ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
    let taken = catch_unwind(AssertUnwindSafe(|| {
        C::try_recv(&mut other).item().is_some()
    }));
    if !taken.unwrap_or(false) {
        return lacks("poll for nothing after a wake");
    }
    start(&mut receive, &waker)?;
    let each = bytes_left_each(POLLS, || {
        (0..POLLS).try_for_each(|_| start(&mut receive, &waker))
    })?;
    ensure!(each == 0, "{each} bytes each time");
    Ok(())
}

/// async-priority-channel makes a listener although there is an item.
pub(super) fn a_ready_receive_allocates_nothing<C: Channel>() -> Outcome {
    const TIMES: usize = 100;
    let (sender, mut receiver) = C::bounded(4)?;
    let mut calls = 0;
    // What the first times need for good does not count.
    for time in 0..2 * TIMES {
        ensure!(C::try_send(&sender, Item::new(time)), "no room for an item");
        let mut receive = C::recv(&mut receiver)?;
        let mut ready = false;
        let allocated = testkit::count_allocations(|| {
            ready = poll(&mut receive, Waker::noop()).is_ready();
        });
        ensure!(ready, "it waits although there is an item");
        if time >= TIMES {
            calls += allocated.calls;
        }
    }
    ensure!(calls < TIMES, "allocates each time");
    ensure!(calls == 0, "allocates now and then");
    Ok(())
}

pub(super) fn cancelled_waits_leave_nothing<C: Channel>() -> Outcome {
    const WAITS: usize = 10_000;
    let (_sender, mut receiver) = C::bounded(1)?;
    let each = bytes_left_each(WAITS, || {
        (0..WAITS).try_for_each(|_| {
            let mut receive = C::recv(&mut receiver)?;
            start(&mut receive, Waker::noop())
        })
    })?;
    ensure!(each == 0, "{each} bytes each time");
    Ok(())
}

/// tokio#2637 and others keep what the most waiters ever needed.
pub(super) fn a_burst_of_waiters_is_given_back<C: Channel>() -> Outcome {
    const WAITERS: usize = 10_000;
    let (sender, _receiver) = C::bounded(1)?;
    ensure!(C::try_send(&sender, Item::new(0)), "no room for an item");
    let each = bytes_left_each(WAITERS, || {
        let mut sends = Vec::new();
        for number in 0..WAITERS {
            let mut send = C::send(&sender, Item::new(number))?;
            start(&mut send, Waker::noop())?;
            sends.push(send);
        }
        Ok(())
    })?;
    ensure!(each == 0, "{each} bytes of each waiter stay");
    Ok(())
}

/// tokio#4321, tokio#7355.
pub(super) fn a_burst_of_items_is_given_back<C: Channel>() -> Outcome {
    const ITEMS: usize = 100_000;
    let each = bytes_left_each(ITEMS, || C::burst(ITEMS))?;
    ensure!(each == 0, "{each} bytes of each item stay");
    Ok(())
}
