//! Counts allocations.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicIsize, Ordering};

/// The system's allocator, with counters.
///
/// # Examples
///
/// ```
/// #[global_allocator]
/// static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();
///
/// let pushed = testkit::count_allocations(|| Vec::from([1_u64, 2, 3]));
/// assert_eq!((pushed.calls, pushed.bytes), (1, 24));
/// ```
#[derive(Debug, Default)]
pub struct CountingAllocator(());

impl CountingAllocator {
    /// Returns the allocator, for a `#[global_allocator]` static.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

/// What a thread allocated while a closure ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Allocations and re-allocations.
    pub calls: usize,
    /// The bytes asked for in these calls; a re-allocation asks for its whole new size.
    pub bytes: usize,
    /// The bytes allocated less the bytes freed: negative if what stood before was freed.
    pub live_bytes: isize,
}

/// Counts what this thread allocates while `f` runs.
///
/// What `f` returns is dropped after the count.
///
/// # Panics
///
/// If [`CountingAllocator`] is not the program's global allocator: every count would be zero.
///
/// # Examples
///
/// ```
/// #[global_allocator]
/// static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();
///
/// let boxed = testkit::count_allocations(|| drop(std::hint::black_box(Box::new(7_u32))));
/// assert_eq!(boxed, testkit::Allocations { calls: 1, bytes: 4, live_bytes: 0 });
/// ```
pub fn count_allocations<T>(f: impl FnOnce() -> T) -> Allocations {
    let before = counted();
    drop(black_box(Box::new(0_u8)));
    let start = counted();
    assert!(
        start.calls > before.calls,
        "CountingAllocator is not this program's global allocator"
    );
    let value = f();
    let end = counted();
    drop(value);
    Allocations {
        calls: end.calls - start.calls,
        bytes: end.bytes - start.bytes,
        live_bytes: end.live_bytes - start.live_bytes,
    }
}

/// Returns the bytes that the whole process has allocated and not freed.
///
/// It is zero where [`CountingAllocator`] is not the program's global allocator.
///
/// # Examples
///
/// ```
/// #[global_allocator]
/// static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();
///
/// let before = testkit::live_bytes();
/// let block = vec![0_u8; 1 << 20];
/// assert!(testkit::live_bytes() >= before + block.len());
/// ```
#[must_use]
pub fn live_bytes() -> usize {
    usize::try_from(LIVE.load(Ordering::SeqCst)).unwrap_or(0)
}

/// The bytes that live in the whole process.
static LIVE: AtomicIsize = AtomicIsize::new(0);

thread_local! {
    // Without a destructor and without lazy initialisation: the allocator may be called before and
    // after all other thread-locals.
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    static LIVE_HERE: Cell<isize> = const { Cell::new(0) };
}

fn counted() -> Allocations {
    Allocations {
        calls: CALLS.get(),
        bytes: BYTES.get(),
        live_bytes: LIVE_HERE.get(),
    }
}

/// Notes a call for `bytes`.
fn asked(bytes: usize) {
    CALLS.set(CALLS.get() + 1);
    BYTES.set(BYTES.get() + bytes);
}

/// Notes that a block of `old` bytes has become one of `new` bytes; no block has no bytes.
fn resized(old: usize, new: usize) {
    let change = signed(new) - signed(old);
    LIVE_HERE.set(LIVE_HERE.get() + change);
    LIVE.fetch_add(change, Ordering::SeqCst);
}

fn signed(bytes: usize) -> isize {
    isize::try_from(bytes).expect("no block is larger than isize::MAX")
}

// SAFETY: every call goes to `System` with the same arguments, and its result goes back as it is.
// The counters neither allocate nor panic: no size that a caller may ask for exceeds `isize::MAX`.
unsafe impl GlobalAlloc for CountingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        asked(layout.size());
        // SAFETY: the caller's promise on `layout`.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            resized(0, layout.size());
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        asked(layout.size());
        // SAFETY: the caller's promise on `layout`.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            resized(0, layout.size());
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        resized(layout.size(), 0);
        // SAFETY: the caller's promise on `block` and `layout`; the block came from `System`.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        asked(new_size);
        // SAFETY: the caller's promise on all three; the block came from `System`.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            resized(layout.size(), new_size);
        }
        moved
    }
}
