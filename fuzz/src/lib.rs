//! Operation sequences against naive models.
//!
//! Each target reads its operations from bytes and panics where the crate and the model disagree;
//! any source of bytes can drive it.

mod clocks;
mod fn_cache;
mod lrus;
mod operations;
mod queues;
mod ratelimiter;
mod semaphores;
mod waitlists;

/// A function that reads operations from bytes.
pub type Target = fn(&[u8]);

/// The targets by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("manual-clock", clocks::manual),
    ("system-clock", clocks::system),
    ("waitlist", waitlists::list),
    ("waitheap", waitlists::heap),
    ("ratelimiter", ratelimiter::window),
    ("fifo-queue", queues::fifo),
    ("lifo-queue", queues::lifo),
    ("priority-queue", queues::by_priority),
    ("ring-queue", queues::ring),
    ("semaphore", semaphores::fifo),
    ("priority-semaphore", semaphores::by_priority),
    ("fn-cache", fn_cache::histories),
    ("lru", lrus::plain),
    ("ttl-lru", lrus::expiring),
];
