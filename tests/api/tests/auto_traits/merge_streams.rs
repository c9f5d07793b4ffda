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
