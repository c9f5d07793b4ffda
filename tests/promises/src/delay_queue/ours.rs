//! async-scheduler, with one consumer.

use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use async_scheduler::{Due, NextOwned, Scheduler, Token};

use super::DelayQueue;
use crate::measure::let_them_wait;

pub(crate) struct Ours {
    scheduler: Scheduler<usize>,
    next: NextOwned<usize>,
}

impl DelayQueue for Ours {
    type Token = Token;

    fn new() -> Self {
        let scheduler = Scheduler::new();
        let next = scheduler.next_owned();
        Self { scheduler, next }
    }

    fn insert_at(&mut self, at: Instant, item: usize) -> Token {
        self.scheduler.schedule_at(at, item).expect("it is open")
    }

    fn insert_in(&mut self, delay: Duration, item: usize) -> Token {
        self.scheduler.schedule_in(delay, item).expect("it is open")
    }

    fn reset_at(&mut self, token: &Token, at: Instant) -> bool {
        self.scheduler.reschedule(*token, at)
    }

    fn remove(&mut self, token: &Token) -> Option<usize> {
        self.scheduler.cancel(*token)
    }

    fn clear(&mut self) {
        drop(self.scheduler.clear());
    }

    fn end(&mut self) {
        self.scheduler.close_after_drain();
    }

    fn poll(&mut self, waker: &Waker) -> Poll<Option<usize>> {
        let polled = testkit::poll_once(&mut self.next, waker);
        polled.map(|due| {
            self.next = self.scheduler.next_owned();
            due.map(Due::into_inner)
        })
    }

    fn pass(&mut self, time: Duration) {
        let_them_wait(time);
    }
}
