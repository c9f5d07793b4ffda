//! A waker that tells when it is cloned, woken or dropped.
//!
//! A waker made from an `Arc<impl Wake>` shows its wakes and the drop of its *last* clone; each
//! clone and each drop are seen by a vtable alone.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

/// What happens to a waker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Cloned,
    Woken,
    /// Dropped, or used up by a wake.
    Dropped,
}

type Hook = Box<dyn Fn(Event) + Send + Sync>;

/// What a waker's data pointer points to; `Hook` alone would be a wide pointer.
struct Hooked(Hook);

/// Returns a waker that reports to `hook`, before a clone is made and after the rest is done.
pub(crate) fn hooked(hook: impl Fn(Event) + Send + Sync + 'static) -> Waker {
    let data = Arc::into_raw(Arc::new(Hooked(Box::new(hook)))).cast();
    // SAFETY: `VTABLE` keeps the contract of `RawWaker`: `data` is a counted reference, which
    // `clone` adds to and `wake` and `drop` take from, and `Hooked` is `Send` and `Sync`.
    unsafe { Waker::new(data, &VTABLE) }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop_waker);

/// Borrows what `data` points to.
///
/// # Safety
///
/// `data` comes from a waker of `hooked` that is alive during the call.
unsafe fn borrow(data: *const ()) -> ManuallyDrop<Arc<Hooked>> {
    // SAFETY: `data` came out of `Arc::into_raw`, and the waker's reference to it is not given up,
    // because the `Arc` is never dropped here.
    ManuallyDrop::new(unsafe { Arc::from_raw(data.cast()) })
}

/// # Safety
///
/// As for [`borrow`].
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the caller's promise.
    let hooked = unsafe { borrow(data) };
    (hooked.0)(Event::Cloned);
    let data = Arc::into_raw(Arc::clone(&hooked)).cast();
    RawWaker::new(data, &VTABLE)
}

/// # Safety
///
/// As for [`borrow`], and the caller's waker ends here.
unsafe fn wake(data: *const ()) {
    // SAFETY: the caller gives up its reference, which came out of `Arc::into_raw`.
    let hooked = unsafe { Arc::<Hooked>::from_raw(data.cast()) };
    (hooked.0)(Event::Woken);
    (hooked.0)(Event::Dropped);
}

/// # Safety
///
/// As for [`borrow`].
unsafe fn wake_by_ref(data: *const ()) {
    // SAFETY: the caller's promise.
    let hooked = unsafe { borrow(data) };
    (hooked.0)(Event::Woken);
}

/// # Safety
///
/// As for [`borrow`], and the caller's waker ends here.
unsafe fn drop_waker(data: *const ()) {
    // SAFETY: the caller gives up its reference, which came out of `Arc::into_raw`.
    let hooked = unsafe { Arc::<Hooked>::from_raw(data.cast()) };
    (hooked.0)(Event::Dropped);
}
