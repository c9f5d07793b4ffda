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
