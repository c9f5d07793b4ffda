//! async-merge-streams.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_merge_streams::Merge as OurMerge;
use futures_core::Stream;

use super::{Merge, Source};
use crate::outcome::Outcome;

pub(crate) type Ours = OurMerge<Source>;

impl Merge for Ours {
    fn of(sources: Vec<Source>) -> Self {
        async_merge_streams::merge(sources)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        Stream::poll_next(Pin::new(self), cx)
    }

    fn push(&mut self, source: Source) -> Outcome {
        self.push(source);
        Ok(())
    }
}
