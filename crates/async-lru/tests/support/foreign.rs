//! Keys and values whose code panics when it is told to.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

thread_local! {
    /// How many calls of foreign code are left before one panics.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
    /// How many values there are.
    static VALUES: Cell<isize> = const { Cell::new(0) };
}

/// Has a call panic after so many others.
pub(crate) fn panic_after(calls: usize) {
    LEFT.set(calls);
}

pub(crate) fn never_panic() {
    LEFT.set(usize::MAX);
}

/// Counts a call of foreign code, and panics at the one that was chosen.
pub(crate) fn called() {
    let left = LEFT.get();
    LEFT.set(left.saturating_sub(1));
    assert!(left != 0, "on purpose");
}

/// Takes what an operation returns, and drops it.
pub(crate) fn done<T>(_: T) {}

/// How many values of this thread were made and not dropped; one dropped twice counts against it.
pub(crate) fn values() -> isize {
    VALUES.get()
}

/// All keys have one of two hashes.
#[derive(Debug)]
pub(crate) struct Key(pub(crate) u32);

impl Clone for Key {
    fn clone(&self) -> Self {
        called();
        Self(self.0)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        called();
        (self.0 % 2).hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        called();
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Drop for Key {
    fn drop(&mut self) {
        // A second panic would abort.
        if !std::thread::panicking() {
            called();
        }
    }
}

#[derive(Debug)]
pub(crate) struct Value(pub(crate) u32);

impl Value {
    pub(crate) fn new(value: u32) -> Self {
        VALUES.set(VALUES.get() + 1);
        Self(value)
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        called();
        Self::new(self.0)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        VALUES.set(VALUES.get() - 1);
        if !std::thread::panicking() {
            called();
        }
    }
}
