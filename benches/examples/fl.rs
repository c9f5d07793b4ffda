//! prof
use async_single_flight::flight::*;
use async_single_flight::store::*;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
#[inline(always)]
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
fn main() {
    let n: u64 = std::env::args().nth(1).map_or(30_000_000, |a| a.parse().unwrap());
    for k in 0..n {
        black_box(ready(Wait::claimed(Arc::new(Flight::new(Place::new(k, k), Nowhere, FAN_OUT, async move { k })))).unwrap());
    }
}
