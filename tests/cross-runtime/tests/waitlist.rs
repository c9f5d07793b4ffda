//! A primitive on `async-waitlist`, and its parker, on every runtime.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use async_waitlist::blocking::{block_on, block_on_timeout};
use async_waitlist::sync::Mutex;
use async_waitlist::{Key, Polled, WaitList, WakeBatch};
use cross_runtime::{Runtime, on_all_at_once, on_every_runtime};
use futures_lite::future::yield_now;

const SHORT: Duration = Duration::from_millis(15);

/// Closed until it is opened, and open from then on.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    waiters: WaitList<()>,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    fn wait(self: &Arc<Self>) -> Wait {
        Wait {
            gate: Arc::clone(self),
            key: None,
        }
    }

    fn open(&self) {
        self.state.lock().open = true;
        WakeBatch::in_rounds(|batch| self.state.lock().waiters.grant_all(batch));
    }

    fn waiting(&self) -> usize {
        self.state.lock().waiters.waiting()
    }

    /// Spins until that many wait.
    fn wait_for_waiters(&self, waiters: usize) {
        while self.waiting() < waiters {
            thread::yield_now();
        }
    }
}

struct Wait {
    gate: Arc<Gate>,
    key: Option<Key>,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let gate = Arc::clone(&self.gate);
        let mut spare = None;
        loop {
            let mut state = gate.state.lock();
            if let Some(key) = &self.key {
                match state.waiters.poll(key, cx.waker(), &mut spare) {
                    Polled::Waiting => return Poll::Pending,
                    Polled::NeedsWaker => {}
                    Polled::Granted | Polled::Refused => return Poll::Ready(()),
                }
            } else if state.open {
                return Poll::Ready(());
            } else if let Some(waker) = spare.take() {
                self.key = Some(state.waiters.insert((), waker));
                return Poll::Pending;
            }
            drop(state);
            spare = Some(cx.waker().clone());
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let released = self.gate.state.lock().waiters.release(key);
            drop(released);
        }
    }
}

on_every_runtime! {
    async fn a_gate_opens_for_every_task(runtime) {
        let gate = Gate::new();
        // More than one batch of wakers.
        let tasks: Vec<_> = (0..40).map(|_| runtime.spawn(gate.wait())).collect();
        while gate.waiting() < 40 {
            yield_now().await;
        }
        gate.open();
        for task in tasks {
            task.await;
        }
        assert_eq!(gate.waiting(), 0);
    }

    async fn a_wait_may_change_its_task(runtime) {
        let gate = Gate::new();
        let mut wait = gate.wait();
        assert!(futures_lite::future::poll_once(&mut wait).await.is_none());
        let task = runtime.spawn(wait);
        let opener = Arc::clone(&gate);
        runtime.spawn(async move { opener.open() }).await;
        task.await;
    }

    async fn a_task_releases_a_blocked_thread(runtime) {
        let gate = Gate::new();
        let blocked = gate.wait();
        let thread = thread::spawn(move || block_on(blocked));
        while gate.waiting() < 1 {
            yield_now().await;
        }
        let opener = Arc::clone(&gate);
        runtime.spawn(async move { opener.open() }).await;
        thread.join().expect("no panic");
    }

    async fn a_blocked_thread_releases_a_task(runtime) {
        let (first, second) = (Gate::new(), Gate::new());
        let (blocked, opener) = (first.wait(), Arc::clone(&second));
        let thread = thread::spawn(move || {
            block_on(blocked);
            opener.open();
        });
        let task = runtime.spawn(second.wait());
        first.open();
        task.await;
        thread.join().expect("no panic");
    }

    async fn the_parker_blocks_inside_a_task_for_what_ends_elsewhere() {
        // Not to be copied: it stops the worker meanwhile. But it ends.
        block_on(async_clock::sleep(SHORT));
        let nested = async {
            block_on(async_clock::sleep(SHORT));
            7
        };
        assert_eq!(block_on(nested), 7);
    }

    async fn a_wait_that_times_out_gives_its_place_up() {
        let gate = Gate::new();
        let mut wait = gate.wait();
        assert_eq!(block_on_timeout(&mut wait, SHORT), None);
        assert_eq!(gate.waiting(), 1);
        drop(wait);
        assert_eq!(gate.waiting(), 0);
        let timed = async_clock::timeout(SHORT, gate.wait());
        assert!(timed.await.is_err());
        assert_eq!(gate.waiting(), 0);
        gate.open();
        assert_eq!(block_on_timeout(&mut gate.wait(), SHORT), Some(()));
    }
}

#[test]
fn one_gate_opens_on_every_runtime_and_on_plain_threads() {
    let gate = Gate::new();
    let shared = Arc::clone(&gate);
    let everyone = 2 * Runtime::ALL.len() + 2;
    let threads = [0, 1].map(|_| {
        let wait = gate.wait();
        thread::spawn(move || block_on(wait))
    });
    let opener = thread::spawn(move || {
        gate.wait_for_waiters(everyone);
        gate.open();
        gate
    });
    on_all_at_once(move |runtime| {
        let task = shared.wait();
        let wait = shared.wait();
        async move {
            let task = runtime.spawn(task);
            wait.await;
            task.await;
        }
    });
    testkit::within_seconds(10, || {
        for thread in threads {
            thread.join().expect("no panic");
        }
        assert_eq!(opener.join().expect("no panic").waiting(), 0);
    });
}
