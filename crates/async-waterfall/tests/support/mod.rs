//! A callback that does what it is told, and a driver that is polled by hand.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::VecDeque;
use std::future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use async_clock::{Clock, ManualClock};
use async_waterfall::{Batch, Builder, Driver, Waterfall};
use testkit::{CountWaker, poll_once};

pub(crate) const MS: Duration = Duration::from_millis(1);
/// Longer than any test goes on.
pub(crate) const LONG: Duration = Duration::from_secs(3600);

pub(crate) fn n(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).unwrap()
}

/// The error of the tests.
pub(crate) type Error = &'static str;
pub(crate) type Handle = Waterfall<u32, u32, Error, ManualClock>;
type Answer = Pin<Box<dyn Future<Output = Result<Vec<u32>, Error>> + Send>>;
type Callback = Box<dyn FnMut(Batch<u32>) -> Answer + Send>;

/// What the next calls shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Reply with ten times each item.
    Good,
    /// Return an error, after taking so many items.
    Fail(usize),
    /// Panic, after taking so many items.
    Panic(usize),
    /// Panic before there is a future.
    PanicAtOnce,
    /// Return so many replies, whatever there is.
    Replies(usize),
    /// Never end.
    Hang,
}

/// What the callback has seen, and what it is to do.
#[derive(Clone, Default)]
pub(crate) struct Script {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    seen: Vec<Vec<u32>>,
    acts: VecDeque<Act>,
}

impl Script {
    pub(crate) fn then(&self, act: Act) -> &Self {
        self.inner.lock().unwrap().acts.push_back(act);
        self
    }

    pub(crate) fn seen(&self) -> Vec<Vec<u32>> {
        self.inner.lock().unwrap().seen.clone()
    }

    fn callback(&self) -> Callback {
        let script = self.clone();
        Box::new(move |mut batch: Batch<u32>| {
            let act = {
                let mut inner = script.inner.lock().unwrap();
                inner.seen.push(batch.as_slice().to_vec());
                inner.acts.pop_front().unwrap_or(Act::Good)
            };
            if act == Act::PanicAtOnce {
                std::panic::resume_unwind(Box::new("at once"));
            }
            Box::pin(async move {
                match act {
                    Act::Good => {}
                    Act::Fail(taken) => {
                        batch.by_ref().take(taken).for_each(drop);
                        return Err("no route");
                    }
                    Act::Panic(taken) => {
                        batch.by_ref().take(taken).for_each(drop);
                        std::panic::resume_unwind(Box::new("bang"));
                    }
                    Act::Replies(count) => return Ok(vec![0; count]),
                    Act::PanicAtOnce | Act::Hang => future::pending().await,
                }
                Ok(batch.map(|item| 10 * item).collect())
            })
        })
    }
}

/// A waterfall with its driver, which is polled as its waker says.
pub(crate) struct Lab {
    pub(crate) clock: ManualClock,
    pub(crate) script: Script,
    pub(crate) handle: Handle,
    pub(crate) driver: Option<Driver<u32, u32, Error, Callback, Answer, ManualClock>>,
    pub(crate) count: Arc<CountWaker>,
    waker: Waker,
}

impl Lab {
    pub(crate) fn new(max_items: usize, max_wait: Duration) -> Self {
        Self::built(Waterfall::builder(n(max_items), max_wait))
    }

    pub(crate) fn built(builder: Builder<u32, Error>) -> Self {
        let (clock, script) = (ManualClock::new(), Script::default());
        let (handle, driver) = builder.clock(clock.clone()).build(script.callback());
        let (count, waker) = CountWaker::new();
        let mut lab = Self {
            clock,
            script,
            handle,
            driver: Some(driver),
            count,
            waker,
        };
        lab.poll();
        lab
    }

    /// Polls the driver, and again as often as it is woken; whether it has ended.
    pub(crate) fn poll(&mut self) -> bool {
        self.count.reset();
        loop {
            let Some(driver) = &mut self.driver else {
                return true;
            };
            if poll_once(driver, &self.waker).is_ready() {
                self.driver = None;
            } else if self.count.wakes() == 0 {
                return false;
            }
            self.count.reset();
        }
    }

    /// Polls the driver if it was woken; whether it was.
    pub(crate) fn run(&mut self) -> bool {
        let woken = self.count.wakes() > 0;
        if woken {
            self.poll();
        }
        woken
    }

    /// Moves time on, deadline by deadline.
    pub(crate) fn advance(&mut self, by: Duration) {
        let target = self.clock.now() + by;
        while self.clock.next_deadline().is_some_and(|at| at <= target) {
            self.clock.advance_to_next();
            self.run();
        }
        self.clock.advance(target - self.clock.now());
    }

    pub(crate) fn put(&mut self, items: impl IntoIterator<Item = u32>) {
        for item in items {
            self.handle.try_put(item).unwrap();
        }
        self.run();
    }
}

pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_once(future, Waker::noop())
}
