//! The primitives that this crate and its siblings are built on: the real ones, or loom's under
//! `--cfg loom`. Outside the promises of semantic versioning.
//!
//! A primitive that is written against this module can be checked by loom as it is.
//! Outside loom the mutex is that of `parking_lot`: it does not poison, and under contention it
//! spins before it parks.
//! Under loom `Mutex::new` is not `const`; all else has the same signatures.

use std::fmt;
use std::ops::{Deref, DerefMut};

#[cfg(not(loom))]
pub use std::{
    hint,
    sync::{Arc, atomic},
    thread,
};

#[cfg(loom)]
pub use loom::{
    hint,
    sync::{Arc, atomic},
    thread,
};

#[cfg(not(loom))]
use parking_lot as imp;

#[cfg(loom)]
use loom::sync as imp;

/// A mutex that does not poison.
///
/// # Examples
///
/// ```
/// use async_waitlist::sync::Mutex;
///
/// static COUNT: Mutex<u32> = Mutex::new(0);
/// *COUNT.lock() += 1;
/// assert_eq!(*COUNT.lock(), 1);
/// ```
pub struct Mutex<T>(imp::Mutex<T>);

/// The access to what a [`Mutex`] guards; unlocks when dropped.
#[must_use = "the mutex is unlocked when the guard is dropped"]
pub struct MutexGuard<'a, T>(imp::MutexGuard<'a, T>);

#[cfg(not(loom))]
impl<T> Mutex<T> {
    /// Creates an unlocked mutex.
    #[inline]
    #[must_use]
    pub const fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    /// Locks, blocking the thread until that is possible.
    #[inline]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock())
    }

    /// Lends the value without locking: nobody else can have the mutex.
    #[inline]
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// Takes the value out.
    #[inline]
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

#[cfg(loom)]
impl<T> Mutex<T> {
    /// Creates an unlocked mutex.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(imp::Mutex::new(value))
    }

    /// Locks, blocking the thread until that is possible.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        MutexGuard(self.0.lock().expect("a panic ends the model"))
    }

    /// Lends the value without locking: nobody else can have the mutex.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().expect("a panic ends the model")
    }

    /// Takes the value out.
    pub fn into_inner(self) -> T {
        self.0.into_inner().expect("a panic ends the model")
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

// Opaque: the value's `Debug` would be foreign code under the lock.
impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex").finish_non_exhaustive()
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutexGuard").finish_non_exhaustive()
    }
}
