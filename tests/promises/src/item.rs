//! What travels through channels and is kept by caches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::callbacks::Callback;

/// A numbered item that may tell of its end.
pub(crate) struct Item {
    number: usize,
    end: End,
}

/// What happens when the item is dropped.
enum End {
    Silent,
    Counted(Arc<AtomicUsize>),
    CallsBack(Callback),
}

impl Item {
    pub(crate) fn new(number: usize) -> Self {
        Self {
            number,
            end: End::Silent,
        }
    }

    /// Adds one to the counter when it is dropped.
    pub(crate) fn counted(number: usize, drops: &Arc<AtomicUsize>) -> Self {
        Self {
            number,
            end: End::Counted(Arc::clone(drops)),
        }
    }

    /// Calls back when it is dropped.
    pub(crate) fn calling(callback: Callback) -> Self {
        Self {
            number: 0,
            end: End::CallsBack(callback),
        }
    }

    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        match &self.end {
            End::Silent => {}
            End::Counted(drops) => drop(drops.fetch_add(1, Ordering::SeqCst)),
            End::CallsBack(callback) => callback.call(),
        }
    }
}
