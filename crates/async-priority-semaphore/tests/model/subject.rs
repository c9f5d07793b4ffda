//! Both semaphores behind one trait, for the model.

use async_priority_semaphore::{
    AcquireError, AcquireOwned, Aging, AnySemaphore, OwnedPermit, Priority, PrioritySemaphore,
    Semaphore, Ties, TryAcquireError, context,
};
use std::fmt::Debug;
use std::sync::Arc;

/// How the line is ordered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    Fifo,
    Priority(Aging, Ties),
}

pub(crate) type Acquired<S> = Result<OwnedPermit<S>, AcquireError>;

pub(crate) trait Subject: AnySemaphore + Debug + Sized + 'static {
    type Acquire: Future<Output = Acquired<Self>> + Unpin + Debug;

    fn make(permits: usize, order: Order) -> Arc<Self>;
    fn acquire(self: &Arc<Self>, permits: u32, priority: Option<Priority>) -> Self::Acquire;
    fn set_priority(future: &mut Self::Acquire, priority: Priority);
    fn try_acquire(
        self: &Arc<Self>,
        permits: u32,
        priority: Priority,
    ) -> Result<OwnedPermit<Self>, TryAcquireError>;
    fn add_permits(&self, permits: usize);
    fn forget_permits(&self, permits: usize) -> usize;
    fn reduce_permits(&self, permits: usize);
    fn close(&self) -> bool;
    /// Free permits, waiters, whether it is closed.
    fn outline(&self) -> (usize, usize, bool);
    fn assert_invariants(&self);
}

macro_rules! common {
    () => {
        fn add_permits(&self, permits: usize) {
            self.add_permits(permits);
        }
        fn forget_permits(&self, permits: usize) -> usize {
            self.forget_permits(permits)
        }
        fn reduce_permits(&self, permits: usize) {
            self.reduce_permits(permits);
        }
        fn close(&self) -> bool {
            self.close()
        }
        fn outline(&self) -> (usize, usize, bool) {
            (self.available_permits(), self.waiting(), self.is_closed())
        }
        fn assert_invariants(&self) {
            self.assert_invariants();
        }
    };
}

impl Subject for Semaphore {
    type Acquire = AcquireOwned<Self>;
    common!();

    fn make(permits: usize, _: Order) -> Arc<Self> {
        Arc::new(Self::new(permits))
    }
    fn acquire(self: &Arc<Self>, permits: u32, _: Option<Priority>) -> Self::Acquire {
        self.acquire_many_owned(permits)
    }
    fn set_priority(_: &mut Self::Acquire, _: Priority) {}
    fn try_acquire(
        self: &Arc<Self>,
        permits: u32,
        _: Priority,
    ) -> Result<OwnedPermit<Self>, TryAcquireError> {
        self.try_acquire_many_owned(permits)
    }
}

impl Subject for PrioritySemaphore {
    type Acquire = AcquireOwned<Self>;
    common!();

    fn make(permits: usize, order: Order) -> Arc<Self> {
        let builder = Self::builder(permits);
        Arc::new(match order {
            Order::Priority(aging, ties) => builder.aging(aging).ties(ties).build(),
            Order::Fifo => builder.build(),
        })
    }
    fn acquire(self: &Arc<Self>, permits: u32, priority: Option<Priority>) -> Self::Acquire {
        let acquire = self.acquire_many_owned(permits);
        match priority {
            Some(priority) => acquire.with_priority(priority),
            None => acquire,
        }
    }
    fn set_priority(future: &mut Self::Acquire, priority: Priority) {
        future.set_priority(priority);
    }
    fn try_acquire(
        self: &Arc<Self>,
        permits: u32,
        priority: Priority,
    ) -> Result<OwnedPermit<Self>, TryAcquireError> {
        context::scope(priority, || self.try_acquire_many_owned(permits))
    }
}
