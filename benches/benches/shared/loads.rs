//! What the benchmarks of the function cache share: the caches, all with the same hasher, and loads.
#![allow(dead_code, reason = "no program uses all of it")]

use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_clock::SystemClock;
use async_fn_cache::FnCache;
use foldhash::fast::RandomState;

pub(crate) type Ours<K, V> = FnCache<K, V, SystemClock, RandomState>;
pub(crate) type QuickCache<K, V> =
    quick_cache::sync::Cache<K, V, quick_cache::UnitWeighter, RandomState>;
pub(crate) type Moka<K, V> = moka::future::Cache<K, V, RandomState>;
pub(crate) type OnceMap<K, V> = asyncband::once::OnceMap<K, V, RandomState>;
pub(crate) type UnaryGroup<K, V> = async_singleflight::UnaryGroup<K, V, RandomState>;

pub(crate) fn ours<K, V>(capacity: usize) -> Ours<K, V>
where
    K: std::hash::Hash + Eq,
{
    FnCache::builder()
        .capacity(NonZeroUsize::new(capacity).expect("a capacity"))
        .hasher(RandomState::default())
        .build()
}

pub(crate) fn quick_cache<K, V>(capacity: usize) -> QuickCache<K, V>
where
    K: std::hash::Hash + Eq + Clone,
    V: Clone,
{
    quick_cache::sync::Cache::with(
        capacity,
        capacity as u64,
        quick_cache::UnitWeighter,
        RandomState::default(),
        quick_cache::sync::DefaultLifecycle::default(),
    )
}

pub(crate) fn moka<K, V>(capacity: usize) -> Moka<K, V>
where
    K: std::hash::Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    moka::future::Cache::builder()
        .max_capacity(capacity as u64)
        .build_with_hasher(RandomState::default())
}

/// The output of a future that is ready at its first poll.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "for all contenders alike, as a poll by `.await` mostly is"
)]
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it is ready at once"),
    }
}

/// Pending until it was woken from outside so many times; a poll without that changes nothing.
#[derive(Debug)]
pub(crate) struct Tick(Arc<Ticker>);

/// What wakes a [`Tick`].
#[derive(Debug)]
pub(crate) struct Ticker {
    left: AtomicUsize,
    waker: Mutex<Option<Waker>>,
    started: AtomicUsize,
}

impl Ticker {
    pub(crate) fn new(wakes: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(wakes),
            waker: Mutex::default(),
            started: AtomicUsize::new(0),
        })
    }

    /// A load, which counts as started when it is polled for the first time.
    pub(crate) async fn load(self: Arc<Self>) -> u64 {
        self.started.fetch_add(1, Ordering::Relaxed);
        Tick(self).await
    }

    /// Wakes the load once more.
    pub(crate) fn tick(&self) {
        self.left.fetch_sub(1, Ordering::Relaxed);
        let waker = self.waker.lock().expect("no panic").take();
        waker.expect("the load is pending").wake();
    }

    pub(crate) fn started(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }
}

impl Future for Tick {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        if self.0.left.load(Ordering::Relaxed) == 0 {
            return Poll::Ready(1);
        }
        *self.0.waker.lock().expect("no panic") = Some(cx.waker().clone());
        Poll::Pending
    }
}
