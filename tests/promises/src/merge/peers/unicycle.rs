//! unicycle's `StreamsUnordered`.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use unicycle::StreamsUnordered;

use super::super::{Merge, Source};
use crate::outcome::Outcome;

pub(crate) type Unicycle = StreamsUnordered<Source>;

impl Merge for Unicycle {
    fn of(sources: Vec<Source>) -> Self {
        let mut merge = Self::new();
        for source in sources {
            merge.push(source);
        }
        merge
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        Stream::poll_next(Pin::new(self), cx)
    }

    fn push(&mut self, source: Source) -> Outcome {
        self.push(source);
        Ok(())
    }
}
