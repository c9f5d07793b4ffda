//! async-waterfall.

use super::*;
use async_waterfall::{
    Batch, Builder, Cause, Chunks, Counts, Driver, Event, Failure, Flush, FlushError, Overflow,
    Put, PutError, PutOwned, Report, Stop, Submit, SubmitError, Waterfall,
};
use futures_core::stream::{FusedStream, Stream};
use futures_lite::stream::Empty;

type Callback = fn(Batch<u32>) -> Ready<Result<(), ()>>;
type LocalCallback = fn(Batch<Local>) -> Ready<Result<(), Local>>;

// Handles, and as their items, replies and errors are.
assert_auto_traits! {
    Waterfall<u32, String, String>: Send Sync Unpin Clone !Copy Debug;
    Waterfall<SendOnly, SendOnly, String>: Send Sync Unpin Clone Debug;
    Waterfall<Local, (), ()>: !Send !Sync Unpin Clone Debug;
    Waterfall<u32, Local, ()>: !Send !Sync Unpin Clone Debug;
    Builder<u32, String>: Send !Sync Unpin !Clone Debug;
}

// Futures that own what they need; only the driver is as the callback and its future are.
assert_auto_traits! {
    Put<'static, u32, (), ()>: Send Sync Unpin !Clone Debug Future;
    Put<'static, Local, (), ()>: !Send !Sync Unpin !Clone Debug Future;
    PutOwned<SendOnly, (), ()>: Send !Sync Unpin !Clone Debug Future;
    Submit<SendOnly, SendOnly, ()>: Send !Sync Unpin !Clone Debug Future;
    Flush<SendOnly, (), ()>: Send Sync Unpin !Clone Debug Future;
    Stop<SendOnly, (), ()>: Send Sync Unpin !Clone Debug Future;
    Driver<u32, (), (), Callback, Ready<Result<(), ()>>>: Send !Sync Unpin !Clone Debug Future;
    Driver<Local, (), Local, LocalCallback, Ready<Result<(), Local>>>: !Send !Sync Unpin Debug Future;
    Batch<u32>: Send Sync Unpin !Clone Debug Iterator;
    Batch<Local>: !Send !Sync Unpin Debug Iterator;
    Chunks<Empty<u32>>: Send Sync Unpin !Clone Debug !Future Stream FusedStream;
}

assert_auto_traits! {
    Cause: Send Sync Unpin Copy Debug PartialEq Hash;
    Overflow: Send Sync Unpin Copy Default Debug PartialEq Hash;
    Counts: Send Sync Unpin Copy Default Debug PartialEq Hash;
    Report<u32>: Send Sync Unpin Clone !Copy Debug PartialEq;
    Event<u32, String>: Send Sync Unpin Clone !Copy Debug;
    Failure<String>: Send Sync Unpin Clone !Copy Debug Display;
    PutError<LocalFuture>: !Send !Sync Unpin Debug Display StdError;
    PutError<u32>: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
    SubmitError<u32, std::fmt::Error>: Send Sync Unpin !Copy Debug Display StdError;
    FlushError: Send Sync Unpin Copy Debug PartialEq Hash Display StdError;
}
