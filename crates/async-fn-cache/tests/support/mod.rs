//! Loads that are pending until told, and callers that are polled by hand.
#![allow(dead_code, reason = "no test uses all of it")]

use async_clock::{Clock, ManualClock};
use async_fn_cache::{FnCache, Get};
use std::future::ready;
use std::hash::Hash;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use testkit::{CountWaker, poll_once};

/// What opens a load, and what has happened to it.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    open: AtomicBool,
    panics: AtomicBool,
    waker: Mutex<Option<Waker>>,
    starts: AtomicUsize,
    polls: AtomicUsize,
    drops: AtomicUsize,
}

/// A load that is pending until its gate opens.
#[derive(Debug)]
pub(crate) struct Load {
    gate: Arc<Gate>,
    value: &'static str,
}

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Wakes the load, which finds the gate as it is.
    pub(crate) fn wake(&self) {
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// The load will panic.
    pub(crate) fn blow_up(&self) {
        self.panics.store(true, Ordering::SeqCst);
        self.open();
    }

    pub(crate) fn starts(&self) -> usize {
        self.starts.load(Ordering::SeqCst)
    }

    pub(crate) fn polls(&self) -> usize {
        self.polls.load(Ordering::SeqCst)
    }

    pub(crate) fn drops(&self) -> usize {
        self.drops.load(Ordering::SeqCst)
    }

    /// What makes the load.
    pub(crate) fn load(
        self: &Arc<Self>,
        value: &'static str,
    ) -> impl FnOnce() -> Load + Send + 'static {
        let gate = Arc::clone(self);
        move || {
            gate.starts.fetch_add(1, Ordering::SeqCst);
            Load { gate, value }
        }
    }
}

impl Future for Load {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'static str> {
        let gate = &self.gate;
        gate.polls.fetch_add(1, Ordering::SeqCst);
        // Registered first, as the gate opens first and wakes then.
        let replaced = gate.waker.lock().unwrap().replace(cx.waker().clone());
        drop(replaced);
        if !gate.open.load(Ordering::SeqCst) {
            return Poll::Pending;
        }
        if gate.panics.load(Ordering::SeqCst) {
            resume_unwind(Box::new("the load blows up")); // without a word to standard error
        }
        Poll::Ready(self.value)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.gate.drops.fetch_add(1, Ordering::SeqCst);
        // A load leaves no waker behind.
        let waker = self.gate.waker.lock().unwrap().take();
        drop(waker);
    }
}

/// One caller: its future and the waker that it is polled with.
#[derive(Debug)]
pub(crate) struct Caller<F> {
    pub(crate) future: F,
    pub(crate) count: Arc<CountWaker>,
    pub(crate) waker: Waker,
}

impl<F: Future + Unpin> Caller<F> {
    pub(crate) fn new(future: F) -> Self {
        let (count, waker) = CountWaker::new();
        Self {
            future,
            count,
            waker,
        }
    }

    pub(crate) fn poll(&mut self) -> Poll<F::Output> {
        poll_once(&mut self.future, &self.waker)
    }

    pub(crate) fn poll_pending(&mut self) {
        assert!(self.poll().is_pending(), "ready too early");
    }

    /// Polls a future that is to panic now, and returns the message.
    pub(crate) fn poll_panicking(&mut self) -> String {
        let panic = catch_unwind(AssertUnwindSafe(|| drop(self.poll())));
        let panic = panic.expect_err("it is to panic");
        match panic.downcast::<String>() {
            Ok(message) => *message,
            Err(panic) => (*panic.downcast::<&str>().expect("a message")).to_owned(),
        }
    }

    pub(crate) fn wakes(&self) -> usize {
        self.count.wakes()
    }
}

pub(crate) type Strings = FnCache<u64, &'static str>;
pub(crate) type Timed = FnCache<u64, &'static str, ManualClock>;

/// Callers of key 1, each polled once.
pub(crate) fn callers<C: Clock>(
    cache: &FnCache<u64, &'static str, C>,
    gate: &Arc<Gate>,
    number: usize,
) -> Vec<Caller<Get<u64, &'static str>>> {
    let mut callers = Vec::new();
    for _ in 0..number {
        let mut caller = Caller::new(cache.get_with(1, gate.load("value")));
        caller.poll_pending();
        callers.push(caller);
    }
    callers
}

/// What a load that is ready at once gives for a key, whoever loads it.
pub(crate) fn get<K, V, C>(cache: &FnCache<K, V, C>, key: K, value: V) -> V
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    C: Clock,
{
    match Caller::new(cache.get_with(key, move || ready(value))).poll() {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it is being loaded by somebody else"),
    }
}

/// The edges of nested waits are the process's: tests that count them take turns.
pub(crate) fn nesting() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn nz(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).expect("not zero")
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const NANO: Duration = Duration::from_nanos(1);
