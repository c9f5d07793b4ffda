//! `StreamMap` of tokio-stream, with numbers as keys.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use tokio_stream::StreamMap;

use super::super::{Merge, Source};
use crate::outcome::Outcome;

pub(crate) struct TokioStream {
    map: StreamMap<usize, Source>,
    keys: usize,
}

impl Merge for TokioStream {
    fn of(sources: Vec<Source>) -> Self {
        let keys = sources.len();
        let map = sources.into_iter().enumerate().collect();
        Self { map, keys }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        let item = Pin::new(&mut self.map).poll_next(cx);
        item.map(|item| item.map(|(_, item)| item))
    }

    fn push(&mut self, source: Source) -> Outcome {
        self.map.insert(self.keys, source);
        self.keys += 1;
        Ok(())
    }
}
