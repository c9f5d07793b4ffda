//! Waking, after the lock.

use async_waitlist::WakeBatch;
use std::mem;
use std::task::Waker;

/// Wakes whoever was granted under the lock, after it.
#[inline]
pub(super) fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Wakers on their way out of the lock, declared before its guard and woken when dropped after it:
/// one that panics, or a comparison that does, keeps nobody else from being woken.
#[derive(Default)]
pub(super) struct Wakers(pub(super) Vec<Waker>);

impl Drop for Wakers {
    fn drop(&mut self) {
        if self.0.is_empty() {
            return;
        }
        let mut wakers = mem::take(&mut self.0).into_iter();
        WakeBatch::in_rounds(|batch| {
            while !batch.is_full() {
                let Some(waker) = wakers.next() else {
                    return true;
                };
                batch.push(Some(waker));
            }
            false
        });
    }
}
