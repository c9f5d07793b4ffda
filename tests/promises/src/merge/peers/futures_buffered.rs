//! futures-buffered's merge that grows.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_buffered::MergeUnbounded;
use futures_core::Stream;

use super::super::{Merge, Source};
use crate::outcome::Outcome;

pub(crate) type FuturesBuffered = MergeUnbounded<Source>;

impl Merge for FuturesBuffered {
    fn of(sources: Vec<Source>) -> Self {
        sources.into_iter().collect()
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        Stream::poll_next(Pin::new(self), cx)
    }

    fn push(&mut self, source: Source) -> Outcome {
        self.push(source);
        Ok(())
    }
}
