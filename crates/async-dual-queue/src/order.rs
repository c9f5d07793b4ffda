//! The orders in which items leave a queue: types without values.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

pub(crate) use crate::engine::Fresh;
use crate::engine::{Engine, Guarded, MutexEngine};

/// The order in which items leave a queue: [`Fifo`], [`Lifo`], [`Priority`] or, with the feature
/// `ring`, `Ring`.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Fifo, Lifo, Order, Queue};
///
/// fn first_of_two<O: Order<Message<char> = char> + async_dual_queue::Unranked>(
///     queue: &Queue<char, O>,
/// ) -> char {
///     queue.try_send('a').unwrap();
///     queue.try_send('b').unwrap();
///     queue.try_recv().unwrap()
/// }
///
/// assert_eq!(first_of_two::<Fifo>(&Queue::unbounded()), 'a');
/// assert_eq!(first_of_two::<Lifo>(&Queue::unbounded()), 'b');
/// ```
pub trait Order: Mechanism {}

impl<M: Mechanism> Order for M {}

/// The orders in which an item is sent by itself: all but [`Priority`].
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Queue, Unranked};
///
/// fn feed<O: Unranked>(queue: &Queue<u32, O>) {
///     assert!(queue.try_send(7).is_ok());
/// }
///
/// feed(&async_dual_queue::FifoQueue::bounded(1));
/// ```
pub trait Unranked: Mechanism<Rank = ()> {}

/// The orders whose queue may be unbounded, of capacity zero, resized, strict, reserved in and
/// evicted from: all but `Ring`.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Adjustable, LifoQueue, Queue};
///
/// fn double<T, O: Adjustable>(queue: &Queue<T, O>) {
///     if let Some(capacity) = queue.capacity() {
///         queue.set_capacity(2 * capacity);
///     }
/// }
///
/// let queue = LifoQueue::<u32>::bounded(4);
/// double(&queue);
/// assert_eq!(queue.capacity(), Some(8));
/// ```
pub trait Adjustable: Guarded {}

impl<G: Guarded> Adjustable for G {}

/// The private side of [`Order`].
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait Mechanism: Sized + 'static {
    /// What an item is sent with beside itself: its priority, or nothing.
    type Rank;

    /// What is sent and what errors give back: the item, with its priority if there is one.
    type Message<T>;

    /// What does the work.
    type Engine<T>: Engine<T, Self::Rank>;

    /// Puts an item and its priority together.
    fn message<T>(item: T, rank: Self::Rank) -> Self::Message<T>;

    /// Takes them apart.
    fn parts<T>(message: Self::Message<T>) -> (T, Self::Rank);
}

/// First in, first out.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Fifo, Queue};
///
/// let queue: Queue<u32, Fifo> = Queue::bounded(2);
/// queue.try_send(1).unwrap();
/// queue.try_send(2).unwrap();
/// assert_eq!(queue.try_recv(), Ok(1));
/// ```
pub enum Fifo {}

/// Last in, first out: a stack.
///
/// Items whose senders wait for room are not on the stack yet; they get there in the order in
/// which their senders came.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Lifo, Queue};
///
/// let queue: Queue<u32, Lifo> = Queue::bounded(2);
/// queue.try_send(1).unwrap();
/// queue.try_send(2).unwrap();
/// assert_eq!(queue.try_recv(), Ok(2));
/// ```
pub enum Lifo {}

/// The smallest `P` first, and in the order of arrival among equals.
///
/// Items whose senders wait for room take part: the most urgent of all is received next.
/// For the largest first use [`Reverse`](std::cmp::Reverse).
///
/// `P`'s `Ord` runs under the queue's lock and must not call the queue.
/// If it panics, the operation fails with that panic, and the queue is as it was before.
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Priority, Queue};
///
/// let queue: Queue<&str, Priority<u8>> = Queue::unbounded();
/// queue.try_send("low", 9).unwrap();
/// queue.try_send("high", 1).unwrap();
/// assert_eq!(queue.try_recv(), Ok("high"));
/// ```
pub struct Priority<P>(Infallible, PhantomData<fn() -> P>);

/// First in, first out, on a ring of fixed size that is used without a lock; with the feature
/// `ring`.
///
/// It is faster than [`Fifo`] above all between threads, and can less: its capacity is fixed and
/// not zero, there are no reservations, no eviction, no `peek`, and no [`Fairness::Strict`].
///
/// [`Fairness::Strict`]: crate::Fairness::Strict
///
/// # Examples
///
/// ```
/// use async_dual_queue::{Queue, Ring};
/// use std::num::NonZeroUsize;
///
/// let queue: Queue<u32, Ring> = Queue::with_capacity(NonZeroUsize::MIN);
/// queue.try_send(7).unwrap();
/// assert_eq!(queue.try_recv(), Ok(7));
/// ```
#[cfg(feature = "ring")]
#[cfg_attr(docsrs, doc(cfg(feature = "ring")))]
pub enum Ring {}

impl Unranked for Fifo {}
impl Unranked for Lifo {}
#[cfg(feature = "ring")]
impl Unranked for Ring {}

/// Fills in [`Mechanism`] for an order whose messages are bare items.
macro_rules! unranked_mechanism {
    ($order:ty, $engine:ty) => {
        impl Mechanism for $order {
            type Rank = ();
            type Message<T> = T;
            type Engine<T> = $engine;

            #[inline]
            fn message<T>(item: T, (): ()) -> T {
                item
            }

            #[inline]
            fn parts<T>(item: T) -> (T, ()) {
                (item, ())
            }
        }
    };
}

unranked_mechanism!(Fifo, MutexEngine<T, Self>);
unranked_mechanism!(Lifo, MutexEngine<T, Self>);
#[cfg(feature = "ring")]
unranked_mechanism!(Ring, crate::engine::RingEngine<T>);

impl<P: Ord + 'static> Mechanism for Priority<P> {
    type Rank = P;
    type Message<T> = (T, P);
    type Engine<T> = MutexEngine<T, Self>;

    #[inline]
    fn message<T>(item: T, priority: P) -> (T, P) {
        (item, priority)
    }

    #[inline]
    fn parts<T>(message: (T, P)) -> (T, P) {
        message
    }
}

impl fmt::Debug for Fifo {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl fmt::Debug for Lifo {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

#[cfg(feature = "ring")]
impl fmt::Debug for Ring {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl<P> fmt::Debug for Priority<P> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {}
    }
}
