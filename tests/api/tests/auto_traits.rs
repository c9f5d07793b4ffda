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

mod single_flight {
    //! async-single-flight.

    use super::*;
    use async_single_flight::cycle::{Edge, LoadId, Polling};
    use async_single_flight::flight::{Berth, Flight, LocalFlight, Slot, Unfiled, Wait};
    use async_single_flight::store::{
        Entered, Filed, Found, Lifetime, Place, Removed, Stats, Store,
    };
    use async_single_flight::{Group, GroupBuilder, LoadError, Work, WorkChecked};
    use std::sync::Arc;

    /// Where the flights of the table are filed.
    struct Nowhere;

    impl Berth for Nowhere {
        type Slot = Arc<Flight<Self>>;
        type Tag = Place<u64>;
        type Value = u64;
        type Note = ();

        fn judge(&mut self, _tag: &Place<u64>, _value: &u64) {}
        fn land(self, _flight: &Self::Slot, _note: Option<()>) {}
        fn desert(self, _flight: &Self::Slot) {}
    }

    struct LocalNowhere;

    impl Berth for LocalNowhere {
        type Slot = Rc<LocalFlight<Self>>;
        type Tag = Place<u64>;
        type Value = u64;
        type Note = ();

        fn judge(&mut self, _tag: &Place<u64>, _value: &u64) {}
        fn land(self, _flight: &Self::Slot, _note: Option<()>) {}
        fn desert(self, _flight: &Self::Slot) {}
    }

    // Groups are handles, and as their keys and values are.
    assert_auto_traits! {
        Group<String, String>: Send Sync Unpin Clone !Copy Default Debug;
        Group<u64, Local>: !Send !Sync Unpin Clone Debug;
        Group<Local, u64>: !Send !Sync Unpin Clone Debug;
        GroupBuilder<u64, u64>: Send Sync Unpin !Clone Debug;
    }

    // Futures that own what they need, and only run what may go to other threads.
    assert_auto_traits! {
        Work<String, String>: Send Sync Unpin !Clone Debug Future;
        WorkChecked<String, String>: Send Sync Unpin !Clone Debug Future;
        Work<u64, Local>: !Send !Sync Unpin Debug !Future;
        Wait<Arc<Flight<Nowhere>>>: Send Sync Unpin !Clone Debug Future;
        Wait<Rc<LocalFlight<LocalNowhere>>>: !Send !Sync Unpin Debug Future;
    }

    assert_auto_traits! {
        Flight<Nowhere>: Send Sync !Clone Debug;
        LocalFlight<LocalNowhere>: !Send !Sync !Clone Debug;
        Arc<Flight<Nowhere>>: Slot Filed;
        Rc<LocalFlight<LocalNowhere>>: Slot Filed;
        Store<Arc<Flight<Nowhere>>>: Send Sync !Clone Debug;
        Store<Rc<LocalFlight<LocalNowhere>>>: !Send !Sync Debug;
        Unfiled<Local, Local>: Send Sync Unpin !Clone Default Debug;
        Entered<u64>: Send Sync Unpin Debug;
        Found<u64>: Send Sync Unpin Debug;
        Removed<u64>: Send Sync Unpin Debug;
        Lifetime: Send Sync Unpin Copy Debug PartialEq;
        Place<u64>: Send Sync Unpin Copy Debug;
        Stats: Send Sync Unpin Copy Default Debug PartialEq;
    }

    // What is noted in a thread's storage stays on that thread.
    assert_auto_traits! {
        Polling: !Send !Sync !Clone Debug;
        Edge: Send Sync Unpin !Clone Debug;
        LoadId: Send Sync Unpin Copy Debug PartialEq Hash;
        LoadError: Send Sync Unpin Clone !Copy Debug PartialEq Hash Display StdError;
    }
}

mod fn_cache {
    //! async-fn-cache.

    use super::*;
    use async_fn_cache::{
        By, ByArgs, CachedFn, FnCache, FnCacheBuilder, Get, GetChecked, Keep, KeyedBuilder,
        LocalCachedFn, LocalFnCache, LocalGet, LocalGetChecked, TryGetError, TtlFrom,
    };

    type Function = fn(u64) -> Ready<u64>;

    // Caches are handles, and as their keys and values are.
    assert_auto_traits! {
        FnCache<String, String>: Send Sync Unpin Clone !Copy Default Debug;
        FnCache<u64, u64, ManualClock>: Send Sync Unpin Clone !Copy Debug;
        FnCache<u64, Local>: !Send !Sync Unpin Clone Debug;
        FnCache<Local, u64>: !Send !Sync Unpin Clone Debug;
        CachedFn<u64, u64, Function>: Send Sync Unpin Clone !Copy Debug;
        LocalFnCache<u64, u64>: !Send !Sync Unpin Clone !Copy Debug;
        LocalCachedFn<u64, u64, Function>: !Send !Sync Unpin Clone !Copy Debug;
    }

    assert_auto_traits! {
        Get<String, String>: Send Sync Unpin !Clone Debug Future;
        GetChecked<String, String>: Send Sync Unpin !Clone Debug Future;
        Get<u64, Local>: !Send !Sync Unpin Debug !Future;
        LocalGet<Local, Local>: !Send !Sync Unpin !Clone Debug Future;
        LocalGetChecked<Local, Local>: !Send !Sync Unpin !Clone Debug Future;
    }

    assert_auto_traits! {
        FnCacheBuilder<u64, u64, SystemClock>: Send Sync Unpin !Clone Debug;
        FnCacheBuilder<u64, Local, SystemClock>: Send Sync Unpin !Clone Debug;
        KeyedBuilder<u64, fn(&u64) -> u64, u64, u64>: Send Sync Unpin !Clone Debug;
        ByArgs: Send Sync Unpin Copy Default Debug;
        By<fn(&u64) -> u64>: Send Sync Unpin Copy Debug;
        Keep: Send Sync Unpin Copy Default Debug PartialEq Hash;
        TtlFrom: Send Sync Unpin Copy Default Debug PartialEq Hash;
        TryGetError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    }
}

mod lru {
    //! async-lru.

    use super::*;
    use async_lru::{
        DefaultHashBuilder, DefaultHasher, Drain, Entry, Evicted, ExtractIf, Inserted, IntoIter,
        Iter, IterMut, Keys, LruCache, OccupiedEntry, VacantEntry, Values,
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

    assert_auto_traits! {
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

mod merge_streams {
    //! async-merge-streams.

    use super::*;
    use async_merge_streams::{
        Either, Index, Merge, MergeBatched, MergeErrors, OnError, Suppress, TryMerge, WithIndex,
    };
    use futures_core::stream::{FusedStream, Stream};
    use futures_lite::stream::{Empty, Once};

    /// A source, whose items are neither `Send` nor `Sync`.
    type LocalSource = Once<Local>;
    /// Those of a source that may fail.
    type Outcome<E> = Result<u32, E>;
    /// Not `Unpin`, so it has to be pinned before it is merged.
    type PinnedSource = Once<Pinned>;

    // A merge is as its sources are.
    assert_auto_traits! {
        Merge<Empty<u32>>: Send Sync Unpin !Clone Default Debug Stream FusedStream !Future;
        Merge<LocalSource>: !Send !Sync Unpin Debug Stream;
        Merge<Once<SendOnly>>: Send !Sync Unpin Debug Stream;
        Merge<Pinned>: Send Sync !Unpin Debug !Stream;
        WithIndex<Empty<u32>>: Send Sync Unpin !Clone Debug Stream FusedStream;
        WithIndex<LocalSource>: !Send !Sync Unpin Debug Stream;
        MergeBatched<Empty<u32>>: Send Sync Unpin !Clone Debug Stream FusedStream;
        MergeBatched<LocalSource>: !Send !Sync Unpin Debug Stream;
        MergeBatched<Empty<Pinned>>: Send Sync Unpin Debug Stream;
        TryMerge<Empty<Outcome<String>>, String>: Send Sync Unpin !Clone Debug Stream FusedStream;
        TryMerge<Empty<Outcome<Local>>, Local>: !Send !Sync Unpin Debug Stream;
        TryMerge<Empty<Outcome<Pinned>>, Pinned>: Send Sync Unpin Debug Stream;
        TryMerge<Empty<u32>, String>: Send Sync Debug !Stream;
        Suppress<Empty<Outcome<u8>>, fn(Index, u8)>: Send Sync Unpin !Clone Debug Stream FusedStream;
        Suppress<Once<Outcome<Local>>, fn(Index, Local)>: !Send !Sync Unpin Debug Stream;
        Either<Empty<u32>, Once<u32>>: Send Sync Unpin Clone Debug Stream;
        Either<LocalSource, Empty<Local>>: !Send !Sync Unpin Debug Stream;
        Either<PinnedSource, Empty<Pinned>>: Send Sync Debug;
    }

    assert_auto_traits! {
        Index: Send Sync Unpin Copy Debug PartialEq Ord Hash !Default;
        OnError: Send Sync Unpin Copy Debug PartialEq Hash Default;
        MergeErrors<String>: Send Sync Unpin Clone !Copy Debug Display PartialEq StdError;
        MergeErrors<Box<dyn StdError>>: !Send !Sync Unpin Debug Display StdError;
        MergeErrors<Local>: !Send !Sync Unpin Clone Debug !StdError;
    }
}

mod scheduler {
    //! async-scheduler.

    use super::*;
    use async_scheduler::{
        Base, Due, Elapsed, Every, Items, Join, JoinOwned, Misfire, Next, NextOwned, Recurrence,
        ScheduleError, Scheduler, TimePoint, Token, TryNextError,
    };
    use futures_lite::Stream;
    use std::time::{Instant, SystemTime};

    // A handle, shared by reference as soon as its payloads may change threads.
    assert_auto_traits! {
        Scheduler<u32>: Send Sync Unpin Clone !Copy Default Debug;
        Scheduler<u32, SystemTime>: Send Sync Unpin Clone !Copy Default Debug;
        Scheduler<SendOnly, Instant, ManualClock>: Send Sync Unpin Clone !Copy Default Debug;
        Scheduler<Pinned>: Send Sync Unpin Clone Debug;
    }

    /// Names without generics, which the table wants.
    macro_rules! alias {
        ($($alias:ident = $trait:path;)*) => {$(
            trait $alias: $trait {}
            impl<T: $trait> $alias for T {}
        )*};
    }

    alias! {
        BaseOfSystem = Base<SystemClock>;
        BaseOfManual = Base<ManualClock>;
        BaseOfTokio = Base<async_clock::TokioClock>;
        RecursAtInstants = Recurrence<Instant>;
    }

    // Times of day need a clock that tells them.
    assert_auto_traits! {
        Instant: BaseOfSystem BaseOfManual BaseOfTokio TimePoint;
        SystemTime: BaseOfSystem BaseOfManual !BaseOfTokio TimePoint;
    }

    // Futures hold no payload; what they yield does.
    assert_auto_traits! {
        Next<'static, SendOnly>: Send Sync Unpin !Clone Debug Future;
        NextOwned<SendOnly, SystemTime, ManualClock>: Send Sync Unpin !Clone Debug Future;
        Items<SendOnly>: Send Sync Unpin !Clone Debug !Future Stream;
        Items<Pinned, SystemTime>: Send Sync Unpin !Clone Debug Stream;
        Join<'static, SendOnly>: Send Sync Unpin !Clone Debug Future;
        JoinOwned<SendOnly, SystemTime, ManualClock>: Send Sync Unpin !Clone Debug Future;
        Due<u32>: Send Sync Unpin !Clone Debug;
        Due<SendOnly>: Send !Sync Unpin !Clone Debug;
        Due<Pinned, SystemTime, ManualClock>: Send Sync !Unpin !Clone Debug;
    }

    assert_auto_traits! {
        Token: Send Sync Unpin Copy Debug PartialEq Hash;
        Misfire: Send Sync Unpin Copy Default Debug PartialEq Hash;
        Every<Instant>: Send Sync Unpin Copy Debug PartialEq RecursAtInstants;
        Every<SystemTime>: Send Sync Unpin Copy Debug PartialEq !RecursAtInstants;
        fn(Instant) -> Option<Instant>: RecursAtInstants;
    }

    assert_auto_traits! {
        ScheduleError<u32>: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
        ScheduleError<LocalFuture>: !Send !Sync Unpin Debug Display StdError;
        TryNextError<Instant>: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
        Elapsed: Send Sync Unpin Copy Debug PartialEq Display StdError;
    }
}
