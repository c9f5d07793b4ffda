//! The watchdog ends what hangs and passes on the rest.

use std::future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use testkit::{watchdog, with_seeds, within_seconds};

#[test]
fn the_result_of_the_body_is_returned() {
    assert_eq!(within_seconds(10, || String::from("done")), "done");
}

#[test]
#[should_panic(expected = "still running after 20ms")]
fn a_body_that_hangs_panics() {
    watchdog(Duration::from_millis(20), || {
        futures_lite::future::block_on(future::pending::<()>());
    });
}

#[test]
#[should_panic(expected = "still running after 20ms; the seed was 0x")]
fn a_seed_that_hangs_is_named() {
    watchdog(Duration::from_millis(20), || {
        with_seeds(3, |_| {
            futures_lite::future::block_on(future::pending::<()>());
        });
    });
}

#[test]
#[should_panic(expected = "the body's own words")]
fn a_panic_goes_on_in_the_caller() {
    within_seconds(10, || panic!("the body's own words"));
}

#[test]
fn the_body_has_the_name_of_its_caller() {
    let caller = thread::current().name().map(str::to_owned);
    let body = within_seconds(10, || thread::current().name().map(str::to_owned));
    assert_eq!(body, caller);
}

#[test]
fn a_body_that_was_left_behind_goes_on_by_itself() {
    let (go_on, told) = channel();
    let (ended, end) = channel();
    let body = move || {
        told.recv().expect("the test holds the sender");
        ended.send("ended").expect("the test holds the receiver");
    };
    let result = catch_unwind(AssertUnwindSafe(|| {
        watchdog(Duration::from_millis(20), body);
    }));
    assert!(result.is_err());
    go_on.send(()).expect("the body waits");
    assert_eq!(end.recv_timeout(Duration::from_secs(10)), Ok("ended"));
}
