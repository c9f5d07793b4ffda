//! Who waits for whom, among loads that wait inside loads; for authors of caches.
//!
//! A load that waits for its own key, or a ring of loads each of which waits for the next, would
//! never end.
//! So a wait that is polled inside a load enters an [`Edge`] from that load to the one it waits for,
//! which stands as long as the wait does, and a wait that would close a ring is refused.
//!
//! What counts is that waits nest by polling, on whatever threads: a ring that leads through a task
//! which somebody spawned and joins is not seen.
//! An edge counts also if its wait is raced against a timeout, so a ring that the timeout would
//! have broken is refused too.
//!
//! Waits outside of loads come by here for one thread-local read.
//! The edges of the whole process stand in one table behind one mutex, which only nested waits
//! touch, and under which nothing is called.
//!
//! # Examples
//!
//! ```
//! use async_single_flight::cycle::{Edge, LoadId, Polling};
//!
//! let (outer, inner) = (LoadId::new(), LoadId::new());
//! let polling = Polling::enter(outer); // while the outer load is polled
//! let parent = Polling::innermost().unwrap();
//! let edge = Edge::enter(parent, inner).unwrap();
//!
//! assert!(Edge::enter(inner, outer).is_err()); // the inner one must not wait for the outer one
//! drop(edge);
//! assert!(Edge::enter(inner, outer).is_ok());
//! # drop(polling);
//! ```

use crate::LoadError;
use hashbrown::HashTable;
use std::cell::Cell;
use std::collections::HashSet;
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names a load in the whole process, and is never used twice.
///
/// # Examples
///
/// ```
/// use async_single_flight::cycle::LoadId;
///
/// assert_ne!(LoadId::new(), LoadId::new());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoadId(NonZeroU64);

impl LoadId {
    /// Returns a name that nobody else has.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::cycle::LoadId;
    ///
    /// let id = LoadId::new();
    /// assert_eq!(id, id);
    /// ```
    #[inline]
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a default that differs each time would surprise"
    )]
    pub fn new() -> Self {
        NEXT.with(|next| {
            let id = next.get();
            // At the end of its block, the thread takes another one.
            let id = if id % BLOCK == 0 { new_block() } else { id };
            next.set(id.wrapping_add(1));
            Self(NonZeroU64::MIN.saturating_add(id))
        })
    }
}

/// A thread names so many loads between two looks at what all threads share.
const BLOCK: u64 = 1 << 16;

#[cold]
fn new_block() -> u64 {
    // The real atomic under loom too: it may be static, and orders nothing.
    static NEXT_BLOCK: AtomicU64 = AtomicU64::new(0);
    // Relaxed: only the values must differ.
    NEXT_BLOCK.fetch_add(BLOCK, Ordering::Relaxed)
}

/// Says that a load is being polled on this thread, until it is dropped.
///
/// It must be dropped on the thread that made it, and in the reverse order if there are several: it
/// is a guard, to be kept in a local variable.
///
/// # Examples
///
/// ```
/// use async_single_flight::cycle::{LoadId, Polling};
///
/// let (outer, inner) = (LoadId::new(), LoadId::new());
/// let polling = Polling::enter(outer);
/// {
///     let _nested = Polling::enter(inner);
///     assert_eq!(Polling::innermost(), Some(inner));
/// }
/// assert_eq!(Polling::innermost(), Some(outer));
/// drop(polling);
/// assert_eq!(Polling::innermost(), None);
/// ```
#[derive(Debug)]
#[must_use = "the load counts as being polled until this is dropped"]
pub struct Polling {
    outer: Option<LoadId>,
    /// Not `Send`: the other end is in this thread's storage.
    here: PhantomData<*const ()>,
}

impl Polling {
    /// Says that `load` is being polled on this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::cycle::{LoadId, Polling};
    ///
    /// let load = LoadId::new();
    /// let _polling = Polling::enter(load);
    /// assert_eq!(Polling::innermost(), Some(load));
    /// ```
    #[inline]
    pub fn enter(load: LoadId) -> Self {
        Self {
            outer: INNERMOST.with(|innermost| innermost.replace(Some(load))),
            here: PhantomData,
        }
    }

    /// The load that is being polled on this thread; of several, the innermost.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::cycle::Polling;
    ///
    /// assert_eq!(Polling::innermost(), None); // we are not in a load
    /// ```
    #[inline]
    pub fn innermost() -> Option<LoadId> {
        INNERMOST.with(Cell::get)
    }
}

impl Drop for Polling {
    #[inline]
    fn drop(&mut self) {
        INNERMOST.with(|innermost| innermost.set(self.outer));
    }
}

/// Says that a load waits for another one, until it is dropped.
///
/// # Examples
///
/// ```
/// use async_single_flight::cycle::{Edge, LoadId};
///
/// let (parent, child) = (LoadId::new(), LoadId::new());
/// let edge = Edge::enter(parent, child).unwrap();
/// assert_eq!(edge.parent(), parent);
/// ```
#[derive(Debug)]
#[must_use = "the wait counts until this is dropped"]
pub struct Edge {
    parent: LoadId,
    child: LoadId,
}

impl Edge {
    /// Says that `parent` waits for `child`, unless that would never end.
    ///
    /// Takes time in the number of loads that `child` waits for, directly and indirectly.
    ///
    /// # Errors
    ///
    /// [`LoadError::Cycle`] if `child` waits for `parent` already, directly or not, or is the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::LoadError;
    /// use async_single_flight::cycle::{Edge, LoadId};
    ///
    /// let load = LoadId::new();
    /// assert_eq!(Edge::enter(load, load).unwrap_err(), LoadError::Cycle);
    /// ```
    pub fn enter(parent: LoadId, child: LoadId) -> Result<Self, LoadError> {
        let mut edges = edges();
        if leads_to(&edges, child, parent) {
            return Err(LoadError::Cycle);
        }
        edges.insert_unique(hash(parent), (parent, child), |edge| hash(edge.0));
        Ok(Self { parent, child })
    }

    /// The load that waits.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::cycle::{Edge, LoadId};
    ///
    /// let parent = LoadId::new();
    /// assert_eq!(Edge::enter(parent, LoadId::new()).unwrap().parent(), parent);
    /// ```
    pub fn parent(&self) -> LoadId {
        self.parent
    }

    /// Counts the waits inside loads, in the whole process: for tests, where none may stay behind.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_single_flight::cycle::{Edge, LoadId};
    ///
    /// let before = Edge::count();
    /// let edge = Edge::enter(LoadId::new(), LoadId::new()).unwrap();
    /// assert_eq!(Edge::count(), before + 1);
    /// drop(edge);
    /// assert_eq!(Edge::count(), before);
    /// ```
    #[must_use]
    pub fn count() -> usize {
        edges().len()
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        let this = (self.parent, self.child);
        let mut edges = edges();
        if let Ok(edge) = edges.find_entry(hash(self.parent), |edge| *edge == this) {
            edge.remove();
        }
        if edges.is_empty() && edges.capacity() > KEPT {
            *edges = Edges::new();
        }
    }
}

/// Pairs of parent and child; the same pair may be there more than once.
type Edges = HashTable<(LoadId, LoadId)>;

/// A table with room for so many edges is kept when it falls empty.
const KEPT: usize = 1024;

// The real ones under loom too, as nothing is called under this lock. But what belongs to a thread
// is a matter of loom's, whose threads share one of the system's.
#[cfg(not(loom))]
thread_local! {
    static INNERMOST: Cell<Option<LoadId>> = const { Cell::new(None) };
}
#[cfg(loom)]
loom::thread_local! {
    static INNERMOST: Cell<Option<LoadId>> = Cell::new(None);
}

thread_local! {
    /// The next name of this thread's block; a multiple of its size is that of another one.
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

fn edges() -> MutexGuard<'static, Edges> {
    static EDGES: Mutex<Edges> = Mutex::new(Edges::new());
    EDGES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether `to` is `from`, or can be reached from it.
fn leads_to(edges: &Edges, from: LoadId, to: LoadId) -> bool {
    if from == to {
        return true;
    }
    let children = |of: LoadId| {
        let of_this = move |edge: &&(LoadId, LoadId)| edge.0 == of;
        edges.iter_hash(hash(of)).filter(of_this).map(|edge| edge.1)
    };
    let mut todo: Vec<LoadId> = children(from).collect();
    let mut seen = HashSet::new();
    while let Some(load) = todo.pop() {
        if load == to {
            return true;
        }
        if seen.insert(load) {
            todo.extend(children(load));
        }
    }
    false
}

/// Spreads consecutive numbers over all bits.
fn hash(load: LoadId) -> u64 {
    /// 2^64 divided by the golden ratio.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let spread = load.0.get().wrapping_mul(SPREAD);
    spread ^ (spread >> 32)
}
