//! async-dual-queue.

use super::*;
use async_dual_queue::{
    ClosedFuture, Fairness, Fifo, IntoIter, Iter, Lifo, Priority, Queue, Receiver, RecvError,
    RecvFuture, RecvManyFuture, RecvOwned, RecvRankedFuture, RecvTimeoutError, ReserveError,
    ReserveFuture, ReserveTimeoutError, Ring, SendError, SendFuture, SendOwned, SendSink,
    SendTimeoutError, Sender, Slot, TryIter, TryRecvError, TryReserveError, TrySendError,
    WeakReceiver, WeakSender,
};

// A queue is shared by reference, as soon as its items may change threads.
assert_auto_traits! {
    Queue<u32>: Send Sync Unpin !Clone Default Debug;
    Queue<SendOnly, Lifo>: Send Sync Unpin !Clone Default Debug;
    Queue<Local>: !Send !Sync Unpin Debug;
    Queue<Pinned>: Send Sync !Unpin Debug;
    Queue<u32, Priority<SendOnly>>: Send Sync Unpin !Clone Default Debug;
    Queue<u32, Priority<Local>>: !Send !Sync Unpin Debug;
    Queue<SendOnly, Ring>: Send Sync Unpin !Clone !Default Debug;
    Queue<Local, Ring>: !Send !Sync Debug;
    Fifo: Send Sync Unpin !Clone Debug;
    Lifo: Send Sync Unpin !Clone Debug;
    Priority<Local>: Send Sync Unpin !Clone Debug;
    Ring: Send Sync Unpin !Clone Debug;
    Fairness: Send Sync Unpin Copy Default Debug PartialEq;
}

// Handles are counted, so cloning one is not copying it.
assert_auto_traits! {
    Sender<SendOnly, Fifo>: Send Sync Unpin Clone !Copy Debug;
    Sender<Local, Fifo>: !Send !Sync Unpin Clone Debug;
    Receiver<SendOnly, Ring>: Send Sync Unpin Clone !Copy Debug;
    Receiver<Local, Fifo>: !Send !Sync Unpin Clone Debug;
    WeakSender<SendOnly, Fifo>: Send Sync Unpin Clone !Copy Debug;
    WeakReceiver<SendOnly, Fifo>: Send Sync Unpin Clone !Copy Debug;
    SendSink<u32, Fifo>: Send Sync Unpin !Clone Debug;
    SendSink<Local, Fifo>: !Send !Sync Unpin Debug;
}

// A send holds its item; a receive holds none.
assert_auto_traits! {
    SendFuture<'static, u32, Fifo>: Send Sync Unpin !Clone Debug Future;
    SendFuture<'static, SendOnly, Ring>: Send !Sync Unpin !Clone Debug Future;
    SendFuture<'static, Local, Fifo>: !Send !Sync Unpin Debug Future;
    SendFuture<'static, Pinned, Fifo>: Send Sync Unpin Debug Future;
    SendOwned<u32, Priority<u8>>: Send Sync Unpin !Clone Debug Future;
    RecvFuture<'static, SendOnly, Fifo>: Send Sync Unpin !Clone Debug Future;
    RecvFuture<'static, Local, Fifo>: !Send !Sync Unpin Debug Future;
    RecvOwned<SendOnly, Ring>: Send Sync Unpin !Clone Debug Future;
    RecvRankedFuture<'static, u32, u8>: Send Sync Unpin !Clone Debug Future;
    RecvManyFuture<'static, u32, Fifo>: Send Sync Unpin !Clone Debug Future;
    RecvManyFuture<'static, SendOnly, Fifo>: Send !Sync Unpin !Clone Debug Future;
    ReserveFuture<'static, u32, Fifo>: Send Sync Unpin !Clone Debug Future;
    Slot<'static, SendOnly, Fifo>: Send Sync Unpin !Clone Debug;
    ClosedFuture<'static, SendOnly, Ring>: Send Sync Unpin !Clone Debug Future;
}

assert_auto_traits! {
    Iter<'static, SendOnly, Fifo>: Send Sync Unpin Debug;
    TryIter<'static, SendOnly, Fifo>: Send Sync Unpin Debug;
    IntoIter<SendOnly, Fifo>: Send Sync Unpin Debug;
}

// Errors own what was refused, and print without it.
assert_auto_traits! {
    SendError<u32>: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    SendError<LocalFuture>: !Send !Sync Unpin Debug Display StdError;
    TrySendError<u32>: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    SendTimeoutError<u32>: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    RecvError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    TryRecvError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    RecvTimeoutError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    ReserveError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    TryReserveError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    ReserveTimeoutError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
}
