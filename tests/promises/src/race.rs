//! Threads that meet again and again, for a given time.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, mpsc};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use crate::outcome::Outcome;

/// Runs rounds until the time is up or one of them fails; the round gets its number.
pub(crate) fn rounds(time: Duration, mut round: impl FnMut(usize) -> Outcome) -> Outcome {
    let until = Instant::now() + time;
    for number in 0.. {
        round(number)?;
        if Instant::now() >= until {
            break;
        }
    }
    Ok(())
}

/// Lets a little time pass, finer than the clock could.
pub(crate) fn pause(times: usize) {
    for _ in 0..times {
        spin_loop();
    }
}

/// Waits for another thread that is about to be done.
pub(crate) fn until(done: impl Fn() -> bool) {
    while !done() {
        thread::yield_now();
    }
}

/// A thread that does one thing whenever it is asked to, some pauses later.
pub(crate) struct Opponent {
    orders: mpsc::Sender<Arc<Order>>,
}

/// One thing that the opponent was asked for.
pub(crate) struct Order {
    pauses: usize,
    done: AtomicBool,
}

impl Opponent {
    pub(crate) fn new<'scope>(
        scope: &'scope Scope<'scope, '_>,
        act: impl Fn() + Send + 'scope,
    ) -> Self {
        let (orders, inbox) = channel::<Arc<Order>>();
        scope.spawn(move || {
            for order in inbox {
                pause(order.pauses);
                act();
                order.done.store(true, Ordering::SeqCst);
            }
        });
        Self { orders }
    }

    /// Has the thread act after so many pauses.
    pub(crate) fn act_after(&self, pauses: usize) -> Arc<Order> {
        let order = Arc::new(Order {
            pauses,
            done: AtomicBool::new(false),
        });
        let sent = self.orders.send(Arc::clone(&order));
        sent.expect("the thread ends after its orders");
        order
    }
}

impl Order {
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }

    pub(crate) fn wait(&self) {
        until(|| self.is_done());
    }
}
