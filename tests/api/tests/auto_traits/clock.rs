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
