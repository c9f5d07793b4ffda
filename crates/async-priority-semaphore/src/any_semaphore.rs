//! What the two semaphores have in common, as far as types must name it.

use crate::line::Line;
use crate::pool::Pool;

/// A semaphore of this crate: [`Semaphore`](crate::Semaphore) or
/// [`PrioritySemaphore`](crate::PrioritySemaphore).
///
/// Permits and futures are generic over it.
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{AnySemaphore, Permit, PrioritySemaphore, Semaphore};
///
/// fn all_but_one<'a, S: AnySemaphore>(permit: &mut Permit<'a, S>) -> Option<Permit<'a, S>> {
///     permit.split(permit.num_permits() - 1)
/// }
///
/// let (semaphore, by_priority) = (Semaphore::new(5), PrioritySemaphore::new(5));
/// let mut permit = semaphore.try_acquire_many(5).unwrap();
/// assert_eq!(all_but_one(&mut permit).unwrap().num_permits(), 4);
/// let mut permit = by_priority.try_acquire_many(3).unwrap();
/// assert_eq!(all_but_one(&mut permit).unwrap().num_permits(), 2);
/// ```
pub trait AnySemaphore: HasPool {}

impl<S: HasPool> AnySemaphore for S {}

/// The private side of [`AnySemaphore`].
#[expect(
    unnameable_types,
    reason = "sealed: nobody outside implements or calls it"
)]
pub trait HasPool: Send + Sync + 'static {
    /// Those who wait.
    type Line: Line;

    /// The permits, and those who wait.
    fn pool(&self) -> &Pool<Self::Line>;
}
