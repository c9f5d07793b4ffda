//! Threads that wait on a channel.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Channel, Item, Received};
use crate::measure::{self, WAIT};
use crate::outcome::{Outcome, ensure};
use crate::race;

pub(super) fn a_receive_sleeps<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    ensure!(C::try_send(&sender, Item::new(0)), "no room for an item");
    C::recv_blocking(&mut receiver)?;
    thread::scope(|scope| {
        let waits = scope.spawn(|| measure::sleeps(|| C::recv_blocking(&mut receiver))?);
        measure::let_them_wait(WAIT);
        ensure!(C::try_send(&sender, Item::new(1)), "no room for an item");
        let taken = waits.join().expect("a receive that does not panic")?;
        ensure!(taken.is_some(), "it ends without an item");
        Ok(())
    })
}

/// kanal spins (kanal#53).
pub(super) fn a_timed_receive_sleeps<C: Channel>() -> Outcome {
    let (_sender, mut receiver) = C::bounded(1)?;
    let begun = Instant::now();
    measure::sleeps(|| C::recv_timeout(&mut receiver, WAIT))??;
    ensure!(begun.elapsed() >= WAIT, "it ends early");
    Ok(())
}

pub(super) fn a_send_sleeps<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    C::send_blocking(&sender, Item::new(0))?;
    thread::scope(|scope| {
        let waits = scope.spawn(|| measure::sleeps(|| C::send_blocking(&sender, Item::new(1)))?);
        measure::let_them_wait(WAIT);
        drop(C::try_recv(&mut receiver));
        let sent = waits.join().expect("a send that does not panic")?;
        ensure!(sent, "it ends without having sent");
        Ok(())
    })
}

pub(super) fn the_longest_timeout_is_never<C: Channel>() -> Outcome {
    let (sender, mut receiver) = C::bounded(1)?;
    // Before there is a thread: a contender may have no such thing.
    C::recv_timeout(&mut receiver, Duration::ZERO)?;
    thread::scope(|scope| {
        let waits = scope.spawn(|| C::recv_timeout(&mut receiver, Duration::MAX));
        measure::let_them_wait(Duration::from_millis(20));
        // The receiver may be gone.
        C::try_send(&sender, Item::new(1));
        let Ok(taken) = waits.join() else {
            ensure!(false, "panics");
            return Ok(());
        };
        ensure!(taken?.is_some(), "times out at once");
        Ok(())
    })
}

/// A thread that parks for reasons of its own may be unparked at any time.
pub(super) fn the_park_token_survives<C: Channel>() -> Outcome {
    const FAR: Duration = Duration::from_millis(500);
    let (_sender, mut receiver) = C::bounded(1)?;
    thread::current().unpark();
    C::recv_timeout(&mut receiver, Duration::from_millis(20))?;
    let begun = Instant::now();
    thread::park_timeout(FAR);
    ensure!(begun.elapsed() < FAR, "the token is gone");
    Ok(())
}

pub(super) fn a_receive_that_times_out_takes_nothing<C: Channel>(time: Duration) -> Outcome {
    const ITEMS: usize = 50;
    race::rounds(time, |_| {
        let (sender, mut receiver) = C::bounded(4)?;
        C::recv_timeout(&mut receiver, Duration::ZERO)?;
        thread::scope(|scope| {
            // The last sender: the receives end when all was sent.
            scope.spawn(move || {
                for number in 0..ITEMS {
                    race::pause(number * 97 % 2000);
                    race::until(|| C::try_send(&sender, Item::new(number)));
                }
            });
            let mut taken = 0;
            for turn in 0.. {
                let timeout = Duration::from_micros(turn % 20);
                if C::recv_timeout(&mut receiver, timeout)?.is_some() {
                    taken += 1;
                } else {
                    match C::try_recv(&mut receiver) {
                        Received::Item(_) => taken += 1,
                        Received::Empty => {}
                        Received::Closed => break,
                    }
                }
            }
            ensure!(taken == ITEMS, "items are lost");
            Ok(())
        })
    })
}

pub(super) fn a_send_that_times_out_sent_nothing<C: Channel>(time: Duration) -> Outcome {
    const ITEMS: usize = 50;
    race::rounds(time, |_| {
        let (sender, mut receiver) = C::bounded(1)?;
        C::send_timeout(&sender, Item::new(0), Duration::ZERO)?;
        drop(C::try_recv(&mut receiver));
        let sent = AtomicUsize::new(0);
        let taken = thread::scope(|scope| {
            let sent = &sent;
            scope.spawn(move || {
                for number in 0..ITEMS {
                    let timeout = Duration::from_micros(number as u64 % 20);
                    let in_time = C::send_timeout(&sender, Item::new(number), timeout);
                    sent.fetch_add(usize::from(in_time.is_ok_and(|it| it)), Ordering::SeqCst);
                }
            });
            let mut taken = 0;
            loop {
                match C::try_recv(&mut receiver) {
                    Received::Item(_) => taken += 1,
                    Received::Empty => race::pause(taken * 97 % 2000),
                    Received::Closed => break taken,
                }
            }
        });
        let sent = sent.into_inner();
        ensure!(taken <= sent, "items arrive that were not sent");
        ensure!(taken >= sent, "items are lost");
        Ok(())
    })
}
