//! Values whose drops are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the drops of the items it made.
///
/// # Examples
///
/// ```
/// let drops = testkit::Drops::new();
/// let (kept, lost) = (drops.item(), drops.item());
/// drop(lost);
/// assert_eq!((drops.live(), drops.dropped()), (1, 1));
/// drop(kept);
/// assert_eq!(drops.live(), 0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Drops {
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

impl Drops {
    /// Returns a counter without items.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes an item.
    #[must_use]
    pub fn item(&self) -> Item {
        self.counts.made.fetch_add(1, Ordering::SeqCst);
        Item {
            counts: Arc::clone(&self.counts),
        }
    }

    /// Returns the number of items that have been dropped.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.counts.dropped.load(Ordering::SeqCst)
    }

    /// Returns the number of items that exist.
    #[must_use]
    pub fn live(&self) -> usize {
        self.counts.made.load(Ordering::SeqCst) - self.dropped()
    }
}

/// A value of [`Drops::item`].
#[derive(Debug)]
pub struct Item {
    counts: Arc<Counts>,
}

impl Drop for Item {
    fn drop(&mut self) {
        self.counts.dropped.fetch_add(1, Ordering::SeqCst);
    }
}
