//! How a merge is polled: in turns, within a budget, and past sources that panic.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};

use super::Merge;
use crate::index::Index;

/// How many polls of sources may be in vain before the task yields.
const POLLS: usize = 128;

/// How often a source may be found woken right after a poll in vain before the task yields.
///
/// Once may be a wake from before that poll; more often, sources wake themselves to let others
/// have their turns.
const WOKEN: usize = 2;

/// What one poll of a merge may still do.
#[derive(Debug)]
pub(crate) struct Budget {
    polls: usize,
    woken: usize,
}

impl Budget {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            polls: POLLS,
            woken: WOKEN,
        }
    }

    /// Counts a poll that gave nothing to give.
    #[inline]
    pub(crate) fn spend(&mut self) {
        self.polls = self.polls.saturating_sub(1);
    }
}

/// Lets other tasks have their turns.
fn yield_now<T>(cx: &Context<'_>) -> Poll<T> {
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// How far a poll has come.
pub(crate) enum Turn<T> {
    /// A source has given an item.
    Item(Index, T),
    /// There are no sources.
    Empty,
    /// No source is ready.
    Idle,
    /// Others shall have their turns.
    Spent,
}

impl<S: Stream + Unpin> Merge<S> {
    /// Polls the sources in turns until one has an item.
    pub(crate) fn turn(&mut self, budget: &mut Budget) -> Turn<S::Item> {
        while !self.is_empty() {
            // Those that keep waking themselves join in the next poll.
            let renew = budget.woken > 0;
            let position = match self.ready.next(renew) {
                Some(_) if budget.polls == 0 => return Turn::Spent,
                Some(position) => position,
                None if renew => return Turn::Idle,
                None => return Turn::Spent,
            };
            if let Some((index, item)) = self.poll_source(position, budget) {
                return Turn::Item(index, item);
            }
        }
        Turn::Empty
    }

    /// The same, as a task does it: it is woken when there is more to do.
    #[inline]
    pub(crate) fn poll_item(
        &mut self,
        cx: &Context<'_>,
        budget: &mut Budget,
    ) -> Poll<Option<(Index, S::Item)>> {
        match self.at_once(budget) {
            Some(found) => Poll::Ready(Some(found)),
            None => self.poll_on(cx, budget),
        }
    }

    fn poll_on(&mut self, cx: &Context<'_>, budget: &mut Budget) -> Poll<Option<(Index, S::Item)>> {
        loop {
            match self.turn(budget) {
                Turn::Item(index, item) => return Poll::Ready(Some((index, item))),
                Turn::Empty => return Poll::Ready(None),
                Turn::Idle if self.ready.park(cx.waker()) => return Poll::Pending,
                // A source was woken meanwhile.
                Turn::Idle => {}
                Turn::Spent => return yield_now(cx),
            }
        }
    }

    /// Has each of the sources that are ready now polled once by [`poll_rest`](Self::poll_rest).
    pub(crate) fn begin_rest(&mut self) {
        self.ready.take();
        self.ready.rewind();
    }

    /// Polls the rest of the round until a source has an item; `None` at its end.
    pub(crate) fn poll_rest(
        &mut self,
        cx: &Context<'_>,
        budget: &mut Budget,
    ) -> Poll<Option<(Index, S::Item)>> {
        while let Some(position) = self.ready.rest() {
            if budget.polls == 0 {
                return yield_now(cx);
            }
            if let Some(found) = self.poll_source(position, budget) {
                return Poll::Ready(Some(found));
            }
        }
        Poll::Ready(None)
    }

    fn poll_source(&mut self, position: usize, budget: &mut Budget) -> Option<(Index, S::Item)> {
        match self.poll_at(position) {
            Poll::Ready(Some(found)) => Some(found),
            polled => {
                self.end_turn(position, polled.is_ready(), budget);
                None
            }
        }
    }

    /// The item of the source whose turn it is, if that has one: a short way around
    /// [`turn`](Self::turn), which goes on where this ends.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "an item that is handed on in registers costs half as much"
    )]
    pub(crate) fn at_once(&mut self, budget: &mut Budget) -> Option<(Index, S::Item)> {
        if budget.polls == 0 {
            return None;
        }
        let position = self.ready.next(budget.woken > 0)?;
        match self.poll_at(position) {
            Poll::Ready(Some(found)) => Some(found),
            polled => {
                self.end_turn(position, polled.is_ready(), budget);
                None
            }
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "an item that is handed on in registers costs half as much"
    )]
    fn poll_at(&mut self, position: usize) -> Poll<Option<(Index, S::Item)>> {
        self.ready.advance(position);
        let polling = Polling {
            merge: self,
            position,
        };
        let slot = polling.merge.sources.at(position);
        let polled = match &mut slot.stream {
            Some(stream) => Pin::new(stream).poll_next(&mut Context::from_waker(&slot.waker)),
            // A late wake for one that is gone.
            None => Poll::Pending,
        };
        mem::forget(polling);
        let index = self.sources.index(position);
        polled.map(|item| item.map(|item| (index, item)))
    }

    /// Drops a source that has ended; one that had nothing waits for its waker.
    fn end_turn(&mut self, position: usize, ended: bool, budget: &mut Budget) {
        if ended {
            self.discard(position);
        } else {
            self.ready.cool(position);
            if self.ready.is_woken(position) {
                budget.woken = budget.woken.saturating_sub(1);
            }
        }
        budget.spend();
    }

    /// Drops a source.
    fn discard(&mut self, position: usize) {
        self.ready.cool(position);
        let stream = self.sources.take(position);
        drop(stream);
    }
}

/// A source under way: it is discarded if it panics.
struct Polling<'a, S: Stream + Unpin> {
    merge: &'a mut Merge<S>,
    position: usize,
}

impl<S: Stream + Unpin> Drop for Polling<'_, S> {
    fn drop(&mut self) {
        self.merge.discard(self.position);
    }
}

impl<S: Stream + Unpin> Stream for Merge<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let polled = self.get_mut().poll_item(cx, &mut Budget::new());
        polled.map(|found| found.map(|(_, item)| item))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let hints = self.sources.iter().map(|(_, stream)| stream.size_hint());
        hints.fold((0, Some(0)), |(low, high), (lowest, highest)| {
            let sum = |high: usize| high.checked_add(highest?);
            (low.saturating_add(lowest), high.and_then(sum))
        })
    }
}

impl<S: Stream + Unpin> FusedStream for Merge<S> {
    fn is_terminated(&self) -> bool {
        self.is_empty()
    }
}
