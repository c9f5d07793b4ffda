//! One batch with the callback, or on its way there again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use async_clock::{Clock, Sleep};

use super::ready::Place;
use crate::batch::Home;

/// A place for one batch at a time; what it allocates serves them all.
pub(super) struct Run<T, C: Clock, Fut> {
    pub(super) stage: Stage<C>,
    /// `Some` while the stage is `Called`.
    pub(super) future: Pin<Box<Option<Fut>>>,
    pub(super) home: Arc<Home<T>>,
    /// What the callback gets next; empty while it is called.
    pub(super) items: VecDeque<T>,
    /// For each item that is in flight its slot.
    pub(super) slots: Vec<u32>,
    pub(super) id: u64,
    /// How often the callback was called with these items.
    pub(super) attempts: u32,
    /// `None` if there is only one place: then the driver's own waker serves.
    pub(super) place: Option<Place>,
}

/// Moves: `Idle` → `Called` → `Idle`, or `Called` → `Waits` → `Called`.
pub(super) enum Stage<C: Clock> {
    /// Free for the next batch.
    Idle,
    /// The callback's future is there.
    Called,
    /// To be called again, after this.
    Waits(Sleep<C>),
}

impl<T, C: Clock, Fut> Run<T, C, Fut> {
    pub(super) fn new(place: Option<Place>) -> Self {
        Self {
            stage: Stage::Idle,
            future: Box::pin(None),
            home: Home::new(),
            items: VecDeque::new(),
            slots: Vec::new(),
            id: 0,
            attempts: 0,
            place,
        }
    }

    /// Takes what the callback has left; its future is gone by now.
    pub(super) fn left(&mut self) -> VecDeque<T> {
        let left = self.home.take();
        left.unwrap_or_else(|| {
            // The callback has kept its batch: when that comes home, nobody shall take it for the
            // next one.
            self.home = Home::new();
            VecDeque::new()
        })
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Idle)
    }
}
