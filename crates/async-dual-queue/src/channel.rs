//! The handles of the two sides, counted so that the queue ends with the last of either.

mod receiver;
mod sender;
#[cfg(feature = "sink")]
mod sink;
mod stream;
mod weak;

pub use receiver::Receiver;
pub use sender::Sender;
#[cfg(feature = "sink")]
pub use sink::SendSink;
pub use stream::{IntoIter, Iter, TryIter};
pub use weak::{WeakReceiver, WeakSender};

use async_waitlist::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use crate::Queue;
use crate::engine::Engine;
use crate::order::Order;

/// Something through which a queue is reached: a reference or a handle.
pub(crate) trait QueueRef<T, O: Order> {
    fn queue(&self) -> &Queue<T, O>;
}

impl<T, O: Order> QueueRef<T, O> for &Queue<T, O> {
    #[inline]
    fn queue(&self) -> &Queue<T, O> {
        self
    }
}

/// What the handles share.
struct Shared<T, O: Order> {
    queue: Queue<T, O>,
    /// How many handles each side has; at zero the side is gone for good.
    senders: AtomicUsize,
    receivers: AtomicUsize,
}

pub(crate) fn split<T, O: Order>(queue: Queue<T, O>) -> (Sender<T, O>, Receiver<T, O>) {
    let shared = Arc::new(Shared {
        queue,
        senders: AtomicUsize::new(1),
        receivers: AtomicUsize::new(1),
    });
    let sender = Sender::counted(Arc::clone(&shared));
    (sender, Receiver::counted(shared))
}

/// Adds a handle where there is one.
fn count_up(count: &AtomicUsize) {
    // Relaxed: whoever has a handle keeps the count above zero.
    count.fetch_add(1, Ordering::Relaxed);
}

/// Takes a handle away; tells whether it was the last.
fn count_down(count: &AtomicUsize) -> bool {
    count.fetch_sub(1, Ordering::AcqRel) == 1
}

/// Adds a handle if the side is not gone.
fn revive(count: &AtomicUsize) -> bool {
    let more = |count| (count != 0).then_some(count + 1);
    // Acquire on failure: pairs with `count_down`, though nothing is done then.
    let revived = count.fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
    revived.is_ok()
}

impl<T, O: Order> Shared<T, O> {
    fn sender_is_gone(&self) {
        if count_down(&self.senders) {
            self.queue.engine.close();
        }
    }

    fn receiver_is_gone(&self) {
        if count_down(&self.receivers) {
            self.queue.engine.abandon();
        }
    }
}
