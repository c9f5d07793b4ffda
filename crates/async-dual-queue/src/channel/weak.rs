//! Handles that do not keep the queue open.

use std::fmt;
use std::sync::{Arc, Weak};

use super::{Receiver, Sender, Shared, revive};
use crate::order::{Fifo, Order};

/// Writes a weak handle of one side.
macro_rules! weak {
    ($(#[$docs:meta])* $weak:ident, $strong:ident, $count:ident, $make:literal) => {
        $(#[$docs])*
        pub struct $weak<T, O: Order = Fifo> {
            shared: Weak<Shared<T, O>>,
        }

        impl<T, O: Order> $weak<T, O> {
            pub(super) fn new(shared: &Arc<Shared<T, O>>) -> Self {
                Self { shared: Arc::downgrade(shared) }
            }

            /// Makes a full handle; `None` if the last one is gone.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = $make]
            /// assert!(weak.upgrade().is_some());
            /// ```
            #[must_use]
            pub fn upgrade(&self) -> Option<$strong<T, O>> {
                let shared = self.shared.upgrade()?;
                revive(&shared.$count).then(|| $strong::counted(shared))
            }
        }

        impl<T, O: Order> Clone for $weak<T, O> {
            fn clone(&self) -> Self {
                Self { shared: Weak::clone(&self.shared) }
            }
        }

        impl<T, O: Order> fmt::Debug for $weak<T, O> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($weak)).finish_non_exhaustive()
            }
        }
    };
}

weak! {
    /// A handle from which a [`Sender`] can be made as long as there is another; from
    /// [`Sender::downgrade`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
    /// let weak = sender.downgrade();
    /// drop(sender);
    /// assert!(receiver.is_closed());
    /// assert!(weak.upgrade().is_none());
    /// ```
    WeakSender, Sender, senders,
    "let (sender, _receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
let weak = sender.downgrade();"
}

weak! {
    /// A handle from which a [`Receiver`] can be made as long as there is another; from
    /// [`Receiver::downgrade`].
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
    /// let weak = receiver.downgrade();
    /// drop(receiver);
    /// assert!(sender.is_closed());
    /// assert!(weak.upgrade().is_none());
    /// ```
    WeakReceiver, Receiver, receivers,
    "let (_sender, receiver) = async_dual_queue::FifoQueue::<u32>::bounded(1).into_channel();
let weak = receiver.downgrade();"
}
