//! The priority of whatever runs: of a task while it is polled, of a plain thread within a scope.
//!
//! A [`PrioritySemaphore`](crate::PrioritySemaphore) asks for it where a request does not say its
//! own, so that code in between need not pass a priority on.
//! The default is 0; lower is more urgent.
//!
//! - A future has it by [`with_priority`](PriorityExt::with_priority): in every poll, on whatever
//!   thread, and when it is dropped.
//! - Plain code has it by [`scope`], which also goes by the name of
//!   [`with_priority_sync`](crate::with_priority_sync) at the root of the crate.
//!
//! Both nest, the inner one counts, and the outer priority is back after a panic.
//!
//! A task or a thread that is started inside does **not** inherit it: it runs elsewhere, and at
//! another time.
//! Give it along with [`inherit_priority`](PriorityExt::inherit_priority), or with [`current`] and
//! [`scope`].
//!
//! There is no guard that keeps a priority until it is dropped: held across an `.await`, it would
//! leak into whatever the thread polls next.
//!
//! # Runtime compatibility
//!
//! None is needed: it is a thread-local variable that is set for the time of each poll.
//! A combinator that polls a future outside the scope in which it was made has it see the outer
//! priority; put `with_priority` on that very future.
//!
//! # Examples
//!
//! ```
//! use async_priority_semaphore::context::{PriorityExt, current, scope};
//!
//! futures_lite::future::block_on(async {
//!     assert_eq!(current(), 0);
//!     async {
//!         assert_eq!(current(), -5);
//!         async { assert_eq!(current(), 9) }.with_priority(9).await;
//!         assert_eq!(current(), -5);
//!     }
//!     .with_priority(-5)
//!     .await;
//! });
//! assert_eq!(scope(-5, current), -5);
//! ```

use crate::Priority;
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

thread_local! {
    static CURRENT: Cell<Priority> = const { Cell::new(0) };
}

/// Returns the priority of whatever runs; 0 if nothing has set one.
///
/// # Examples
///
/// A thread that is to go on with the priority of the one that starts it:
///
/// ```
/// use async_priority_semaphore::context::{current, scope};
/// use std::thread;
///
/// scope(-5, || {
///     let mine = current();
///     let thread = thread::spawn(move || scope(mine, current));
///     assert_eq!(thread.join().unwrap(), -5);
/// });
/// assert_eq!(current(), 0);
/// ```
#[inline]
pub fn current() -> Priority {
    // On some systems the variable is gone while a thread ends.
    CURRENT.try_with(Cell::get).unwrap_or_default()
}

/// Runs `f` with that priority, on this thread.
///
/// For synchronous code: an `async` block that `f` returns is polled later, outside.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{PrioritySemaphore, context};
///
/// let semaphore = PrioritySemaphore::new(1);
/// let permit = context::scope(-5, || semaphore.acquire_blocking()).unwrap();
/// # drop(permit);
/// ```
#[doc(alias = "with_priority_sync")]
pub fn scope<R>(priority: Priority, f: impl FnOnce() -> R) -> R {
    let _restored = Restored(replace(priority));
    f()
}

/// Puts the outer priority back, also when unwinding.
struct Restored(Priority);

impl Drop for Restored {
    #[inline]
    fn drop(&mut self) {
        replace(self.0);
    }
}

#[inline]
fn replace(priority: Priority) -> Priority {
    let replaced = CURRENT.try_with(|current| current.replace(priority));
    replaced.unwrap_or_default()
}

/// Gives futures a priority.
///
/// # Examples
///
/// ```
/// use async_priority_semaphore::{PriorityExt, PrioritySemaphore};
///
/// async fn save(disk: &PrioritySemaphore) {
///     let _permit = disk.acquire().await.unwrap(); // as urgent as the caller
/// }
///
/// let disk = PrioritySemaphore::new(2);
/// futures_lite::future::block_on(save(&disk).with_priority(-5));
/// ```
pub trait PriorityExt: Future {
    /// Runs the future with that priority, wherever it is polled.
    ///
    /// The future of an acquire has a method of the same name, which sets the priority of that one
    /// request.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses what dropping the inner future loses; its destructors run with the
    /// priority too.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PriorityExt;
    /// use async_priority_semaphore::context::current;
    ///
    /// let task = async { current() }.with_priority(3);
    /// assert_eq!(futures_lite::future::block_on(task), 3);
    /// ```
    fn with_priority(self, priority: Priority) -> WithPriority<Self>
    where
        Self: Sized,
    {
        WithPriority {
            future: Some(self),
            priority,
        }
    }

    /// Runs the future with the priority that is current now, in this call: for tasks that are
    /// spawned.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses what dropping the inner future loses; its destructors run with the
    /// priority too.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PriorityExt;
    /// use async_priority_semaphore::context::{current, scope};
    ///
    /// fn spawn<T: Send + 'static>(task: impl Future<Output = T> + Send + 'static) -> T {
    ///     let thread = std::thread::spawn(|| futures_lite::future::block_on(task));
    ///     thread.join().unwrap()
    /// }
    ///
    /// scope(-5, || {
    ///     assert_eq!(spawn(async { current() }.inherit_priority()), -5);
    ///     assert_eq!(spawn(async { current() }), 0);
    /// });
    /// ```
    fn inherit_priority(self) -> WithPriority<Self>
    where
        Self: Sized,
    {
        self.with_priority(current())
    }
}

impl<F: Future> PriorityExt for F {}

pin_project! {
    /// Runs a future with a priority; from [`PriorityExt`].
    ///
    /// Fused: polled after completion, it is pending.
    ///
    /// # Cancel safety
    ///
    /// Dropping it loses what dropping the inner future loses; its destructors run with the
    /// priority too.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::context::{PriorityExt, WithPriority};
    /// use std::future::{Ready, ready};
    ///
    /// let future: WithPriority<Ready<u8>> = ready(7).with_priority(-5);
    /// assert_eq!(future.priority(), -5);
    /// assert_eq!(futures_lite::future::block_on(future), 7);
    /// ```
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    pub struct WithPriority<F> {
        // `None` once it is done: it is dropped inside the scope, and not polled again.
        #[pin]
        future: Option<F>,
        priority: Priority,
    }

    impl<F> PinnedDrop for WithPriority<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                scope(*this.priority, || this.future.set(None));
            }
        }
    }
}

impl<F> WithPriority<F> {
    /// Returns the priority that the future runs with.
    ///
    /// # Examples
    ///
    /// ```
    /// use async_priority_semaphore::PriorityExt;
    ///
    /// assert_eq!(async {}.with_priority(-5).priority(), -5);
    /// ```
    pub fn priority(&self) -> Priority {
        self.priority
    }
}

impl<F: Future> Future for WithPriority<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        scope(*this.priority, || {
            let Some(future) = this.future.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            let polled = future.poll(cx);
            if polled.is_ready() {
                this.future.set(None);
            }
            polled
        })
    }
}

impl<F: fmt::Debug> fmt::Debug for WithPriority<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithPriority")
            .field("future", &self.future)
            .field("priority", &self.priority)
            .finish()
    }
}
