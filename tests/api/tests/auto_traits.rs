//! The table of traits: every public type of every crate, with what it has and what it must not
//! have. A wrong row does not compile.

use std::cell::Cell;
use std::error::Error as StdError;
use std::fmt::{Debug, Display};
use std::future::{Pending, Ready};
use std::hash::Hash;
use std::marker::PhantomPinned;
use std::rc::Rc;

use async_clock::{ManualClock, SystemClock};
use testkit::assert_auto_traits;

/// Neither `Send` nor `Sync`.
type Local = Rc<()>;
/// `Send`, not `Sync`.
type SendOnly = Cell<()>;
/// Not `Unpin`.
type Pinned = PhantomPinned;
/// A future that is none of the three.
type LocalFuture = std::pin::Pin<Box<dyn Future<Output = ()>>>;

mod clock {
    //! async-clock.

    use super::*;
    use async_clock::alarm::{Alarm, Fired};
    use async_clock::{
        AdvanceYielding, AsyncIoClock, AsyncIoTimer, Clock, Drive, Elapsed, Interval, ManualTimer,
        MissedTick, NextTick, Sleep, SystemTimer, Tick, Timeout, Timer, TokioClock, TokioTimer,
        WaitForTimers, WallClock,
    };

    // Clocks are handles: shared freely and cheap to clone.
    assert_auto_traits! {
        SystemClock: Send Sync Unpin Copy Default Debug Clock WallClock;
        ManualClock: Send Sync Unpin Clone !Copy Default Debug Clock WallClock;
        TokioClock: Send Sync Unpin Clone !Copy Debug Clock !WallClock;
        AsyncIoClock: Send Sync Unpin Copy Default Debug Clock WallClock;
    }

    // Dropping a timer cancels it, so there is one of each.
    assert_auto_traits! {
        SystemTimer: Send Sync Unpin !Clone Debug Timer;
        ManualTimer: Send Sync Unpin !Clone Debug Timer;
        TokioTimer: Send Sync Unpin !Clone Debug Timer;
        AsyncIoTimer: Send Sync Unpin !Clone Debug Timer;
    }

    // Futures: `Unpin` unless they hold one that is not.
    assert_auto_traits! {
        Sleep<SystemClock>: Send Sync Unpin !Clone Debug Future;
        Sleep<ManualClock>: Send Sync Unpin !Clone Debug Future;
        Sleep<TokioClock>: Send Sync Unpin !Clone Debug Future;
        Sleep<AsyncIoClock>: Send Sync Unpin !Clone Debug Future;
        Timeout<Pending<()>, SystemClock>: Send Sync Unpin !Clone Debug Future;
        Timeout<Ready<Local>, SystemClock>: !Send !Sync Unpin Debug Future;
        Timeout<Ready<SendOnly>, SystemClock>: Send !Sync Unpin Debug Future;
        Timeout<Pinned, SystemClock>: Send Sync !Unpin Debug !Future;
        Timeout<LocalFuture, ManualClock>: !Send !Sync Unpin !Debug Future;
        NextTick<'static, SystemClock>: Send Sync Unpin !Clone Debug Future;
        NextTick<'static, ManualClock>: Send Sync Unpin !Clone Debug Future;
        AdvanceYielding: Send Sync Unpin !Clone Debug Future;
        WaitForTimers<'static>: Send Sync Unpin !Clone Debug Future;
        Drive<'static, Pending<()>>: Send Sync Unpin !Clone Debug Future;
        Drive<'static, Ready<Local>>: !Send !Sync Unpin Debug Future;
        Drive<'static, Pinned>: Send Sync !Unpin Debug !Future;
    }

    assert_auto_traits! {
        Interval<SystemClock>: Send Sync Unpin !Clone Debug !Future;
        Interval<ManualClock>: Send Sync Unpin !Clone Debug !Future;
        Alarm<SystemClock>: Send Sync Unpin !Clone Default Debug;
        Alarm<ManualClock>: Send Sync Unpin !Clone Default Debug;
        Fired: Send Sync Unpin !Clone !Default Debug;
        Tick: Send Sync Unpin Copy Debug PartialEq;
        MissedTick: Send Sync Unpin Copy Debug PartialEq Default;
        Elapsed: Send Sync Unpin Copy Debug PartialEq Display StdError;
    }
}

mod waitlist {
    //! async-waitlist.

    use super::*;
    use async_waitlist::blocking::Backoff;
    use async_waitlist::sync::{Mutex, MutexGuard};
    use async_waitlist::{Iter, Key, Polled, Released, Trash, WaitHeap, WaitList, WakeBatch};

    // The lists follow their payloads, and hold them unpinned.
    assert_auto_traits! {
        WaitList<u32>: Send Sync Unpin !Clone Default Debug;
        WaitList<SendOnly>: Send !Sync Unpin Debug;
        WaitList<Local>: !Send !Sync Unpin Debug;
        WaitHeap<u8, u32>: Send Sync Unpin !Clone Default Debug;
        WaitHeap<SendOnly, ()>: Send !Sync Unpin Debug;
        WaitHeap<u8, Local>: !Send !Sync Unpin Debug;
        WaitHeap<Local, ()>: !Send !Sync Unpin Debug;
        Iter<'static, u32>: Send Sync Unpin;
        Iter<'static, SendOnly>: !Send !Sync Unpin;
        Trash<u32>: Send Sync Unpin !Clone Debug;
        Trash<Local>: !Send !Sync Unpin Debug;
        Trash<u32, Local>: !Send !Sync Unpin Debug;
    }

    // One future owns a key.
    assert_auto_traits! {
        Key: Send Sync Unpin !Copy !Clone Debug;
        Polled: Send Sync Unpin Copy Debug PartialEq Hash;
        Released<u32>: Send Sync Unpin !Clone Debug;
        Released<Local>: !Send !Sync Unpin Debug;
        WakeBatch: Send Sync Unpin !Clone Default Debug;
        Backoff: Send Sync Unpin Debug;
    }

    assert_auto_traits! {
        Mutex<u32>: Send Sync Unpin !Clone Default Debug;
        Mutex<SendOnly>: Send Sync Unpin Debug;
        Mutex<Local>: !Send !Sync Unpin Debug;
        MutexGuard<'static, u32>: !Send Sync Unpin !Clone Debug;
    }
}

mod dual_queue {
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
}

mod lockout {
    //! async-lockout.

    use super::*;
    use async_lockout::{
        Acquire, AcquireOwned, FifoLockout, FifoLockoutBuilder, Locked, Lockout, Pass, Tag,
        TryAcquireError, Wait, WaitOwned,
    };

    // Lockouts are handles.
    assert_auto_traits! {
        Lockout: Send Sync Unpin Clone !Copy Default Debug;
        Lockout<ManualClock>: Send Sync Unpin Clone !Copy Default Debug;
        FifoLockout: Send Sync Unpin Clone !Copy Default Debug;
        FifoLockout<ManualClock>: Send Sync Unpin Clone !Copy Default Debug;
        FifoLockoutBuilder<ManualClock>: Send Sync Unpin Debug;
    }

    assert_auto_traits! {
        Wait<'static, SystemClock>: Send Sync Unpin !Clone Debug Future;
        WaitOwned<ManualClock>: Send Sync Unpin !Clone Debug Future;
        Acquire<'static, SystemClock>: Send Sync Unpin !Clone Debug Future;
        AcquireOwned<ManualClock>: Send Sync Unpin !Clone Debug Future;
    }

    // A pass is one turn, a tag one lock.
    assert_auto_traits! {
        Pass<SystemClock>: Send Sync Unpin !Clone Debug;
        Tag<SystemClock>: Send Sync Unpin !Clone Debug;
        Locked: Send Sync Unpin Copy Debug PartialEq Display StdError;
        TryAcquireError: Send Sync Unpin Copy Debug PartialEq Display StdError;
    }
}

mod ratelimiter {
    //! async-ratelimiter.

    use super::*;
    use async_ratelimiter::{
        Acquire, AcquireBy, AcquireByError, AcquireError, AcquireGuard, AcquireTimeoutError,
        Builder, Gcra, Guard, Keyed, KeyedAcquire, KeyedAcquireBy, KeyedBuilder, Policy,
        QuantizedLog, RateLimiter, Ready, Reservation, RetryAfter, SlidingLog, Stats,
        TryAcquireError,
    };

    // Limiters are handles.
    assert_auto_traits! {
        RateLimiter: Send Sync Unpin Clone !Copy Debug;
        RateLimiter<Gcra, ManualClock>: Send Sync Unpin Clone !Copy Debug;
        Builder<SlidingLog, SystemClock>: Send Sync Unpin Clone Debug;
        SlidingLog: Send Sync Unpin Copy Default Debug Policy;
        QuantizedLog: Send Sync Unpin Copy Default Debug Policy;
        Gcra: Send Sync Unpin Copy !Default Debug Policy;
    }

    assert_auto_traits! {
        Acquire<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
        Acquire<'static, QuantizedLog, ManualClock>: Send Sync Unpin !Clone Debug Future;
        AcquireBy<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
        AcquireGuard<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
        Ready<'static, 'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
    }

    // Keyed limiters are as their keys are.
    assert_auto_traits! {
        Keyed<String>: Send Sync Unpin Clone !Copy Debug;
        Keyed<Local>: !Send !Sync Unpin Clone Debug;
        KeyedBuilder<String, SlidingLog, SystemClock>: Send Sync Unpin Debug;
        KeyedAcquire<'static, String, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug Future;
        KeyedAcquire<'static, Local, SlidingLog, SystemClock>: !Send !Sync Unpin Debug Future;
        KeyedAcquireBy<'static, String, Gcra, ManualClock>: Send Sync Unpin !Clone Debug Future;
    }

    // A permit is counted once.
    assert_auto_traits! {
        Guard<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug;
        Reservation<'static, SlidingLog, SystemClock>: Send Sync Unpin !Clone Debug;
    }

    assert_auto_traits! {
        RetryAfter: Send Sync Unpin Copy Debug PartialEq Hash;
        Stats: Send Sync Unpin Copy Debug PartialEq;
        AcquireError: Send Sync Unpin Copy Debug PartialEq Display StdError;
        TryAcquireError: Send Sync Unpin Copy Debug PartialEq Display StdError;
        AcquireByError: Send Sync Unpin Copy Debug PartialEq Display StdError;
        AcquireTimeoutError: Send Sync Unpin Copy Debug PartialEq Display StdError;
    }
}

mod priority_semaphore {
    //! async-priority-semaphore.

    use super::*;
    use async_priority_semaphore::context::WithPriority;
    use async_priority_semaphore::{
        Acquire, AcquireError, AcquireOwned, AcquireTimeoutError, Aging, AnySemaphore, OwnedPermit,
        Permit, PrioritySemaphore, PrioritySemaphoreBuilder, Semaphore, Ties, TryAcquireError,
    };

    // Shared by reference or in an `Arc`.
    assert_auto_traits! {
        Semaphore: Send Sync Unpin !Clone !Default Debug AnySemaphore;
        PrioritySemaphore: Send Sync Unpin !Clone !Default Debug AnySemaphore;
        PrioritySemaphoreBuilder: Send Sync Unpin Clone Debug;
        Aging: Send Sync Unpin Copy Default Debug PartialEq Hash;
        Ties: Send Sync Unpin Copy Default Debug PartialEq Hash;
    }

    assert_auto_traits! {
        Acquire<'static>: Send Sync Unpin !Clone Debug Future;
        Acquire<'static, PrioritySemaphore>: Send Sync Unpin !Clone Debug Future;
        AcquireOwned: Send Sync Unpin !Clone Debug Future;
        AcquireOwned<PrioritySemaphore>: Send Sync Unpin !Clone Debug Future;
        WithPriority<Ready<()>>: Send Sync Unpin !Clone Debug Future;
        WithPriority<LocalFuture>: !Send !Sync Unpin Future;
        WithPriority<Pinned>: Send Sync !Unpin Debug !Future;
        WithPriority<SendOnly>: Send !Sync Unpin Debug !Future;
    }

    // A permit is given back once.
    assert_auto_traits! {
        Permit<'static>: Send Sync Unpin !Clone Debug;
        Permit<'static, PrioritySemaphore>: Send Sync Unpin !Clone Debug;
        OwnedPermit: Send Sync Unpin !Clone Debug;
        OwnedPermit<PrioritySemaphore>: Send Sync Unpin !Clone Debug;
        AcquireError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
        TryAcquireError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
        AcquireTimeoutError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    }
}

mod lru {
    //! async-lru.

    use super::*;
    use async_lru::sync::{Cached, Occupied, Stats};
    use async_lru::{
        DefaultHashBuilder, DefaultHasher, Drain, DrainExpired, Entry, Evicted, ExtractIf,
        Inserted, IntoIter, Iter, IterMut, Keys, LiveIter, Lookup, LruCache, OccupiedEntry,
        TooHeavy, TtlLruCache, TtlLruCacheBuilder, VacantEntry, Values, WeightedLruCache, sync,
    };
    use std::hash::{BuildHasher, Hasher};

    // A map is as its keys and values are.
    assert_auto_traits! {
        LruCache<u64, String>: Send Sync Unpin Clone !Copy Debug;
        LruCache<Local, u64>: !Send !Sync Unpin Clone;
        LruCache<u64, SendOnly>: Send !Sync Unpin !Copy;
        DefaultHashBuilder: Send Sync Unpin Clone Default Debug BuildHasher;
        DefaultHasher: Send Sync Unpin Clone Debug Hasher;
        Inserted<u64, String>: Send Sync Unpin Clone Debug PartialEq Hash;
    }

    // Its clock counts too, and the closure that weighs.
    assert_auto_traits! {
        TtlLruCache<u64, String>: Send Sync Unpin Clone !Copy Debug;
        TtlLruCache<Local, u64>: !Send !Sync Unpin Clone;
        TtlLruCache<u64, SendOnly, ManualClock>: Send !Sync Unpin !Copy;
        TtlLruCacheBuilder<Local, Local>: Send Sync Unpin !Clone Debug;
        Lookup<'static, u64, String>: Send Sync Unpin Clone Debug PartialEq;
        WeightedLruCache<u64, String>: Send Sync Unpin !Clone Debug;
        WeightedLruCache<Local, u64>: !Send !Sync Unpin;
        WeightedLruCache<u64, u64, Local>: !Send !Sync Unpin;
        TooHeavy<u64, String>: Send Sync Unpin Clone Debug PartialEq Display StdError;
        TooHeavy<Local, SendOnly>: !Send !Sync Unpin Debug Display StdError;
    }

    // Entries are shared, so a map for threads is for keys and values that are.
    assert_auto_traits! {
        sync::LruCache<u64, String>: Send Sync Unpin !Clone Debug;
        sync::LruCache<u64, SendOnly>: !Send !Sync Unpin Debug;
        sync::LruCache<Local, u64>: !Send !Sync Unpin Debug;
        sync::TtlLruCache<u64, String>: Send Sync Unpin !Clone Debug;
        sync::TtlLruCache<u64, SendOnly, ManualClock>: !Send !Sync Unpin Debug;
        sync::Inserted<u64, String>: Send Sync Unpin Clone Debug !PartialEq;
        Cached<u64, String>: Send Sync Unpin Clone !Copy Debug;
        Cached<u64, SendOnly>: !Send !Sync Unpin Clone;
        Occupied<u64, String>: Send Sync Unpin !Clone Debug Display StdError;
        Occupied<Local, SendOnly>: !Send !Sync Unpin Debug Display StdError;
        Stats: Send Sync Unpin Copy Default Debug PartialEq;
    }

    assert_auto_traits! {
        LiveIter<'static, u64, String>: Send Sync Unpin Clone Debug Iterator;
        LiveIter<'static, u64, SendOnly>: !Send !Sync Unpin Iterator;
        DrainExpired<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
        Iter<'static, u64, String>: Send Sync Unpin Clone Debug Iterator;
        Iter<'static, u64, SendOnly>: !Send !Sync Unpin Iterator;
        IterMut<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
        Keys<'static, u64, String>: Send Sync Unpin Debug Iterator;
        Values<'static, u64, String>: Send Sync Unpin Debug Iterator;
        IntoIter<u64, String>: Send Sync Unpin Debug Iterator;
        Drain<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
        Evicted<'static, u64, String>: Send Sync Unpin !Clone Debug Iterator;
        ExtractIf<'static, u64, String, fn(&u64, &mut String) -> bool>: Send Sync Unpin Iterator;
        Entry<'static, u64, String>: Send Sync Unpin !Clone Debug;
        OccupiedEntry<'static, u64, String>: Send Sync Unpin !Clone Debug;
        VacantEntry<'static, u64, String>: Send Sync Unpin !Clone Debug;
    }
}
