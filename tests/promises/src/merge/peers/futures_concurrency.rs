//! The merge of a vector of futures-concurrency.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_concurrency::stream::Merge as _;
use futures_core::Stream;

use super::super::{Merge, Source};

pub(crate) struct FuturesConcurrency(Source);

impl Merge for FuturesConcurrency {
    fn of(sources: Vec<Source>) -> Self {
        Self(Box::pin(sources.merge()))
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        Pin::new(&mut self.0).poll_next(cx)
    }
}
