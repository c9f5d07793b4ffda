//! prof
use async_single_flight::flight::*;
use async_single_flight::store::*;
use async_single_flight::Group;
use std::hint::black_box;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use std::hash::BuildHasher;
fn ready<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!(),
    }
}
struct Nowhere;
impl Berth for Nowhere {
    type Slot = Arc<Flight<Self>>;
    type Tag = Place<u64>;
    type Value = u64;
    type Note = ();
    fn judge(&mut self, _: &Place<u64>, _: &u64) {}
    fn land(self, _: &Self::Slot, _: Option<()>) {}
    fn desert(self, _: &Self::Slot) {}
}
fn time<T>(name: &str, mut f: impl FnMut() -> T) {
    let n = 200_000;
    let mut best = f64::MAX;
    for _ in 0..10 {
        let t = Instant::now();
        for _ in 0..n { black_box(f()); }
        best = best.min(t.elapsed().as_nanos() as f64 / n as f64);
    }
    println!("{name:<40} {best:.1} ns");
}
fn main() {
    time("arc alloc 224", || Arc::new([0u8; 208]));
    time("box alloc 40", || Box::new([0u8; 40]));
    time("catch_unwind", || std::panic::catch_unwind(|| black_box(1)));
    time("oncelock set", || { let l = OnceLock::new(); let _ = l.set(black_box(1u64)); l });
    time("arc clone", { let a = Arc::new(1); move || Arc::clone(&a) });
    time("waker from arc", { struct W; impl std::task::Wake for W { fn wake(self: Arc<Self>) {} } let a = Arc::new(W); move || Waker::from(Arc::clone(&a)) });
    let m = async_waitlist::sync::Mutex::new(0u64);
    time("lock unlock", || *m.lock() += 1);
    time("instant now", Instant::now);
    time("LoadId", async_single_flight::cycle::LoadId::new);
    time("flight new", || Flight::new(Place::new(1, 2u64), Nowhere, FAN_OUT, async { 7 }));
    time("flight new arc", || Arc::new(Flight::new(Place::new(1, 2u64), Nowhere, FAN_OUT, async { 7 })));
    time("flight new poll", || ready(Wait::claimed(Arc::new(Flight::new(Place::new(1, 2u64), Nowhere, FAN_OUT, async { 7 })))));
    let group: Group<u64, u64> = Group::new();
    let mut k = 0;
    time("group work", || { k += 1; ready(group.work(k, move || async move { k })) });
    time("group work unpolled", || { k += 1; group.work(k, move || async move { k }) });
    let h = async_single_flight::DefaultHashBuilder::default();
    for cap in [10_000usize, 1_000_000_000] {
    let store: Store<Arc<Flight<Nowhere>>> = Store::new(std::num::NonZeroUsize::new(cap), None);
    let now = Instant::now();
    let slot = || Arc::new(Flight::<Nowhere>::landed(Place::new(h.hash_one(k), k), k));
    time("landed", &slot);
    let mut k = 0u64;

    time(&format!("store enter, land {cap}"), || { k += 1;
        let hash = h.hash_one(k);
        match store.enter(hash, k, now, |k| Arc::new(Flight::landed(Place::new(hash, k), k))) {
            Entered::Filed(s) => store.land(&s, Lifetime::unlimited(now)),
            _ => unreachable!(),
        } });
    time(&format!("store enter, discard {cap}"), || { k += 1;
        let hash = h.hash_one(k);
        match store.enter(hash, k, now, |k| Arc::new(Flight::landed(Place::new(hash, k), k))) {
            Entered::Filed(s) => store.discard(&s),
            _ => unreachable!(),
        } });
    }
}
