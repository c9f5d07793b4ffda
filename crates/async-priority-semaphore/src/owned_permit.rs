//! `OwnedPermit`: permits that are held together with a handle of their semaphore.

use crate::{AnySemaphore, Semaphore};
use std::fmt;
use std::sync::Arc;

/// Permits of a semaphore behind an `Arc`, given back when dropped, by unwinding too.
///
/// It keeps the semaphore alive, and is not tied to the thread or task that acquired it.
/// One that is leaked (`mem::forget`) takes its permits out of circulation, as
/// [`forget`](Self::forget) does.
///
/// # Panics
///
/// Dropping it gives the permits to those who wait, and wakes them.
/// If a waker panics, the panic goes on here, once all are woken; the permits have found their
/// owners.
/// While this thread unwinds already, such a panic ends here.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::Semaphore;
/// use std::sync::Arc;
///
/// let semaphore = Arc::new(Semaphore::new(3));
/// let permit = semaphore.try_acquire_many_owned(2).unwrap();
/// std::thread::spawn(move || drop(permit)).join().unwrap();
/// assert_eq!(semaphore.available_permits(), 3);
/// ```
#[must_use = "dropping it gives the permits back"]
pub struct OwnedPermit<S: AnySemaphore = Semaphore> {
    semaphore: Arc<S>,
    permits: usize,
}

impl<S: AnySemaphore> OwnedPermit<S> {
    /// The permits are taken already.
    #[inline]
    pub(crate) fn new(semaphore: Arc<S>, permits: u32) -> Self {
        let permits = permits as usize;
        Self { semaphore, permits }
    }

    /// How many permits it holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// assert_eq!(semaphore.try_acquire_many_owned(2).unwrap().num_permits(), 2);
    /// ```
    #[inline]
    pub fn num_permits(&self) -> usize {
        self.permits
    }

    /// Takes `permits` of its permits out into one of their own; `None`, and nothing changes, if it
    /// holds fewer.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(5));
    /// let mut permit = semaphore.try_acquire_many_owned(5).unwrap();
    /// drop(permit.split(3).unwrap()); // gives three back early
    /// assert_eq!((permit.num_permits(), semaphore.available_permits()), (2, 3));
    /// assert!(permit.split(3).is_none());
    /// ```
    pub fn split(&mut self, permits: usize) -> Option<Self> {
        self.permits = self.permits.checked_sub(permits)?;
        let semaphore = Arc::clone(&self.semaphore);
        Some(Self { semaphore, permits })
    }

    /// Adds the permits of another one.
    ///
    /// # Panics
    ///
    /// If `other` belongs to another semaphore, or if both hold more than `usize::MAX` together.
    /// Its permits are then given back.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(5));
    /// let mut permit = semaphore.try_acquire_owned().unwrap();
    /// permit.merge(semaphore.try_acquire_many_owned(3).unwrap());
    /// assert_eq!(permit.num_permits(), 4);
    /// ```
    #[track_caller]
    pub fn merge(&mut self, mut other: Self) {
        assert!(
            Arc::ptr_eq(&self.semaphore, &other.semaphore),
            "permits of two semaphores cannot be merged"
        );
        let sum = self.permits.checked_add(other.permits);
        self.permits = sum.expect("a permit holds at most usize::MAX permits");
        other.permits = 0;
    }

    /// Takes its permits out of circulation: they are not given back.
    ///
    /// [`Semaphore::add_permits`] adds others.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::Semaphore;
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::new(3));
    /// semaphore.try_acquire_owned().unwrap().forget();
    /// assert_eq!(semaphore.available_permits(), 2);
    /// ```
    pub fn forget(mut self) {
        self.permits = 0;
    }
}

impl<S: AnySemaphore> Drop for OwnedPermit<S> {
    #[inline]
    fn drop(&mut self) {
        if self.permits > 0 {
            // Where `MAX_PERMITS` are free already, those that come back are not missed.
            let _fits = self.semaphore.pool().give(self.permits);
        }
    }
}

impl<S: AnySemaphore> fmt::Debug for OwnedPermit<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("permits", &self.permits)
            .finish_non_exhaustive()
    }
}
