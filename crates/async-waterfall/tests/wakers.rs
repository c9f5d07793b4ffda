//! Wakers are foreign code: they may call back, be replaced, and panic.

mod support;

use async_waterfall::{Batch, Driver, Waterfall};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;
use support::{LONG, Lab, n, poll};
use testkit::hygiene::{Case, Crowd, Setup};
use testkit::{CountWaker, panicking, poll_once};

type Unit = Waterfall<u32, (), ()>;
type Ended = std::future::Ready<Result<(), ()>>;
type UnitDriver = Driver<u32, (), (), fn(Batch<u32>) -> Ended, Ended>;

fn well(batch: Batch<u32>) -> Ended {
    batch.for_each(drop);
    std::future::ready(Ok(()))
}

/// Batches that are never full, so that nothing goes by itself.
fn waterfall(capacity: usize) -> (Unit, UnitDriver) {
    Waterfall::builder(n(1000), Duration::MAX)
        .capacity(n(capacity))
        .build(well as fn(Batch<u32>) -> Ended)
}

/// Everything that takes the mutex and leaves the items as they are.
fn touch(handle: &Unit) {
    let _ = format!("{handle:?} {:?}", handle.counts());
    drop(handle.try_submit(7));
    let _ = handle.try_submit(7).map(async_waterfall::Submit::cancel);
    let mut put = handle.put(7);
    if handle.try_put(0).is_err() {
        let _ = poll(&mut put);
        let mut submit = handle.submit(7);
        let _ = poll(&mut submit);
    }
}

/// The same where there is room, which a put would use up.
fn touch_room(handle: &Unit) {
    let _ = format!("{handle:?} {:?}", handle.counts());
    let _ = handle.try_submit(7).map(async_waterfall::Submit::cancel);
    let mut submit = handle.submit(7);
    let _ = poll(&mut submit);
}

#[test]
fn put_is_clean() {
    Case::new("put that waits for room", || {
        let (handle, mut driver) = waterfall(1);
        handle.try_put(1).unwrap();
        Setup {
            future: handle.put_owned(2),
            fire: Box::new(move || assert!(poll(&mut driver).is_pending())),
            touch: Arc::new(move || touch(&handle)),
        }
    })
    .crowd(|| {
        let (handle, mut driver) = waterfall(40);
        (0..40).for_each(|item| handle.try_put(item).unwrap());
        Crowd {
            futures: (0..40).map(|item| handle.put_owned(item)).collect(),
            fire: Box::new(move || assert!(poll(&mut driver).is_pending())),
        }
    })
    .fused()
    .check();
    Case::new("put that is refused", || {
        let (handle, driver) = waterfall(1);
        handle.try_put(1).unwrap();
        let closed = handle.clone();
        Setup {
            future: handle.put_owned(2),
            fire: Box::new(move || {
                closed.close();
                drop(driver);
            }),
            touch: Arc::new(move || touch(&handle)),
        }
    })
    .crowd(|| {
        let (handle, driver) = waterfall(1);
        handle.try_put(1).unwrap();
        Crowd {
            futures: (0..40).map(|item| handle.put_owned(item)).collect(),
            fire: Box::new(move || drop(driver)),
        }
    })
    .fused()
    .check();
}

#[test]
fn submit_is_clean() {
    Case::new("submit", || {
        let (handle, mut driver) = waterfall(1000);
        let closed = handle.clone();
        Setup {
            future: handle.submit(1),
            fire: Box::new(move || {
                closed.close();
                let _ = poll(&mut driver);
            }),
            touch: Arc::new(move || touch_room(&handle)),
        }
    })
    .crowd(|| {
        let (handle, mut driver) = waterfall(1000);
        Crowd {
            futures: (0..40).map(|item| handle.submit(item)).collect(),
            fire: Box::new(move || {
                handle.close();
                let _ = poll(&mut driver);
            }),
        }
    })
    .fused()
    .check();
    Case::new("submit that waits for room and is stopped", || {
        let (handle, driver) = waterfall(1);
        handle.try_put(1).unwrap();
        Setup {
            future: handle.submit(1),
            fire: Box::new(move || drop(driver)),
            touch: Arc::new(move || touch(&handle)),
        }
    })
    .crowd(|| {
        let (handle, driver) = waterfall(20);
        Crowd {
            futures: (0..40).map(|item| handle.submit(item)).collect(),
            fire: Box::new(move || drop(driver)),
        }
    })
    .fused()
    .check();
}

#[test]
fn flush_is_clean() {
    Case::new("flush", || {
        let (handle, mut driver) = waterfall(1000);
        handle.try_put(1).unwrap();
        Setup {
            future: handle.flush(),
            fire: Box::new(move || assert!(poll(&mut driver).is_pending())),
            touch: Arc::new(move || {
                let _ = format!("{handle:?}");
                let _ = poll(&mut handle.flush());
            }),
        }
    })
    .crowd(|| {
        let (handle, mut driver) = waterfall(1000);
        handle.try_put(1).unwrap();
        Crowd {
            futures: (0..40).map(|_| handle.flush()).collect(),
            fire: Box::new(move || assert!(poll(&mut driver).is_pending())),
        }
    })
    .fused()
    .check();
}

#[test]
fn stop_is_clean() {
    Case::new("stop", || {
        let (handle, mut driver) = waterfall(1000);
        handle.try_put(1).unwrap();
        Setup {
            future: handle.stop(Duration::MAX),
            fire: Box::new(move || assert!(poll(&mut driver).is_ready())),
            touch: Arc::new(move || {
                let _ = format!("{handle:?} {:?}", handle.take_undelivered());
                let _ = poll(&mut handle.flush());
                let _ = poll(&mut handle.stop(LONG));
            }),
        }
    })
    .crowd(|| {
        let (handle, mut driver) = waterfall(1000);
        handle.try_put(1).unwrap();
        Crowd {
            futures: (0..40).map(|_| handle.stop(Duration::MAX)).collect(),
            fire: Box::new(move || assert!(poll(&mut driver).is_ready())),
        }
    })
    .fused()
    .check();
}

#[test]
fn the_driver_is_clean() {
    for in_flight in [1, 3] {
        Case::new(format!("driver of {in_flight}"), move || {
            let (handle, driver) = Waterfall::builder(n(1000), Duration::MAX)
                .max_in_flight(n(in_flight))
                .build(well as fn(Batch<u32>) -> Ended);
            let (kept, fired) = (Arc::new(Mutex::new(Some(handle))), Mutex::new(None));
            let touched = Arc::clone(&kept);
            *fired.lock().unwrap() = Some(kept);
            Setup {
                future: driver,
                fire: Box::new(move || {
                    let kept = fired.lock().unwrap().take();
                    let handle = kept.and_then(|kept| kept.lock().unwrap().take());
                    drop(handle);
                }),
                touch: Arc::new(move || {
                    let handle = touched.lock().unwrap().clone();
                    handle.iter().for_each(touch_room);
                }),
            }
        })
        .fused()
        .check();
    }
}

#[test]
fn a_wakers_panic_in_the_driver_ends_there() {
    let mut lab = Lab::new(2, LONG);
    let mut bad = lab.handle.try_submit(1).unwrap();
    assert!(poll_once(&mut bad, &panicking()).is_pending());
    let mut good = lab.handle.try_submit(2).unwrap();
    let (count, waker) = CountWaker::new();
    assert!(poll_once(&mut good, &waker).is_pending());
    assert!(lab.run());
    assert_eq!(count.wakes(), 1);
    assert!(matches!(poll(&mut bad), Poll::Ready(Ok(10))));
    assert!(matches!(poll(&mut good), Poll::Ready(Ok(20))));
    lab.put([3, 4]);
    assert_eq!(lab.handle.counts().delivered, 4, "it goes on");
}

#[test]
fn the_panic_of_the_drivers_waker_goes_on_in_the_put_and_the_item_is_in() {
    let (handle, mut driver) = Waterfall::builder(n(1), LONG).build(well);
    assert!(poll_once(&mut driver, &panicking()).is_pending());
    let put = catch_unwind(AssertUnwindSafe(|| handle.try_put(1)));
    assert!(put.is_err());
    assert_eq!(handle.counts().queued, 1);
    assert!(poll_once(&mut driver, &panicking()).is_pending());
    let submit = catch_unwind(AssertUnwindSafe(|| poll(&mut handle.submit(2))));
    assert!(submit.is_err(), "it unwinds, and so the submit is dropped");
    assert_eq!(handle.counts().undelivered, 1);
    assert!(poll_once(&mut driver, Waker::noop()).is_pending());
    drop(handle);
    assert!(poll(&mut driver).is_ready());
}
