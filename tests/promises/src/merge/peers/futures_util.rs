//! `select_all` of futures-util.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{SelectAll, select_all};

use super::super::{Merge, Source};
use crate::outcome::Outcome;

pub(crate) type FuturesUtil = SelectAll<Source>;

impl Merge for FuturesUtil {
    fn of(sources: Vec<Source>) -> Self {
        select_all(sources)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        Stream::poll_next(Pin::new(self), cx)
    }

    fn push(&mut self, source: Source) -> Outcome {
        self.push(source);
        Ok(())
    }
}
