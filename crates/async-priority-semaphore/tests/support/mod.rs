//! What the tests share.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(unused_imports, reason = "each test file uses its part")]
#![allow(unused_macros, reason = "each test file uses its part")]

use std::sync::Arc;
use std::task::{Poll, Waker};
use testkit::{CountWaker, poll_once};

/// The same tests of both semaphores: in each of them `Semaphore` is the one that is meant.
macro_rules! on_both {
    ($($test:item)+) => {
        mod fifo {
            #[allow(unused_imports, reason = "not every test needs all")]
            use super::*;
            type Semaphore = async_priority_semaphore::Semaphore;
            $($test)+
        }
        mod by_priority {
            #[allow(unused_imports, reason = "not every test needs all")]
            use super::*;
            type Semaphore = async_priority_semaphore::PrioritySemaphore;
            $($test)+
        }
    };
}
pub(crate) use on_both;

/// Polls once, without a task behind it.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_once(future, Waker::noop())
}

/// Polls a future that has to wait, and counts its wakes from then on.
pub(crate) fn queue<F: Future + Unpin>(future: &mut F) -> Arc<CountWaker> {
    let (count, waker) = CountWaker::new();
    assert!(poll_once(future, &waker).is_pending(), "it need not wait");
    count
}
