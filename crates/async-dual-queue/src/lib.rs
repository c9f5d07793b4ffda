//! [`Fairness::Strict`]: Fairness::Strict
//! [`Fairness::WorkConserving`]: Fairness::WorkConserving
//! [`FifoQueue`]: FifoQueue
//! [`LifoQueue`]: LifoQueue
//! [`PriorityQueue`]: PriorityQueue
//! [`Queue`]: Queue
//! [`Queue::close`]: Queue::close
//! [`Queue::close_now`]: Queue::close_now
//! [`Queue::closed`]: Queue::closed
//! [`Queue::drain`]: Queue::drain
//! [`Queue::force_send`]: Queue::force_send
//! [`Queue::into_channel`]: Queue::into_channel
//! [`Queue::peek`]: Queue::peek
//! [`Queue::recv`]: Queue::recv
//! [`Queue::recv_many`]: Queue::recv_many
//! [`Queue::reserve`]: Queue::reserve
//! [`Queue::send`]: Queue::send
//! [`Queue::set_capacity`]: Queue::set_capacity
//! [`Receiver`]: Receiver
//! [`RingQueue`]: RingQueue
//! [`SendFuture::cancel`]: SendFuture::cancel
//! [`Sender`]: Sender
//! [`Sender::downgrade`]: Sender::downgrade
//! [`Sender::into_sink`]: Sender::into_sink
//! [`Slot`]: Slot
//! [`rendezvous`]: Queue::rendezvous
#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "ring"), forbid(unsafe_code))]
#![deny(unsafe_code)]
#![warn(clippy::unwrap_used)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod blocking;
mod channel;
mod closed;
#[expect(
    unnameable_types,
    missing_debug_implementations,
    reason = "sealed: what is public here can be named by nobody outside"
)]
mod engine;
mod error;
mod methods;
mod order;
mod queue;
mod recv;
mod reserve;
mod send;

#[cfg(feature = "sink")]
pub use channel::SendSink;
pub use channel::{IntoIter, Iter, Receiver, Sender, TryIter, WeakReceiver, WeakSender};
pub use closed::ClosedFuture;
pub use engine::Fairness;
pub use error::{
    RecvError, RecvTimeoutError, ReserveError, ReserveTimeoutError, SendError, SendTimeoutError,
    TryRecvError, TryReserveError, TrySendError,
};
#[cfg(feature = "ring")]
pub use order::Ring;
pub use order::{Adjustable, Fifo, Lifo, Order, Priority, Unranked};
#[cfg(feature = "ring")]
pub use queue::RingQueue;
pub use queue::{FifoQueue, LifoQueue, PriorityQueue, Queue};
pub use recv::{RecvFuture, RecvManyFuture, RecvOwned, RecvRankedFuture};
pub use reserve::{ReserveFuture, Slot};
pub use send::{SendFuture, SendOwned};
