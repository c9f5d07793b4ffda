//! Two faults of the Python original, measured there.

mod support;

use std::task::Poll;
use std::time::Duration;
use support::{LONG, Lab, MS, poll};

const NANO: Duration = Duration::from_nanos(1);

/// The original waited for the time that had *elapsed* in place of the rest, doubling: with an
/// interval of 0.5 s an item left after 0.79 s, a batch after 0.92 s.
#[test]
fn one_item_leaves_exactly_at_max_wait() {
    let mut lab = Lab::new(100, 500 * MS);
    // Long after the driver's first poll: the loop's start has nothing to do with it.
    lab.advance(7 * MS);
    lab.put([1]);
    lab.advance((500 * MS).checked_sub(NANO).unwrap());
    assert!(lab.script.seen().is_empty());
    lab.advance(NANO);
    assert_eq!(lab.script.seen(), [vec![1]]);

    // And again, with items that come one after another.
    lab.put([2]);
    lab.advance(200 * MS);
    lab.put([3]);
    lab.advance(200 * MS);
    lab.put([4]);
    lab.advance((100 * MS).checked_sub(NANO).unwrap());
    assert_eq!(lab.script.seen().len(), 1);
    lab.advance(NANO);
    assert_eq!(lab.script.seen()[1], [2, 3, 4]);
}

/// The original's `stop` waited the interval out, and its final limit lost items.
#[test]
fn stop_delivers_a_part_batch_without_waiting_for_the_clock() {
    let mut lab = Lab::new(100, LONG);
    lab.put([1, 2, 3]);
    let mut stop = lab.handle.stop(Duration::MAX);
    assert!(poll(&mut stop).is_pending());
    assert!(lab.run(), "the stop wakes the driver");
    let Poll::Ready(report) = poll(&mut stop) else {
        panic!("it waits for the clock");
    };
    assert_eq!((report.delivered, report.undelivered), (3, 0));
    assert_eq!(lab.script.seen(), [vec![1, 2, 3]]);
    assert!(lab.driver.is_none(), "and the driver has ended");
}

#[test]
fn at_its_limit_a_stop_gives_the_rest_back() {
    let mut lab = Lab::new(2, LONG);
    lab.script.then(support::Act::Hang);
    lab.put([1, 2, 3]);
    let mut stop = lab.handle.stop(10 * MS);
    assert!(poll(&mut stop).is_pending());
    lab.run();
    lab.advance(10 * MS);
    let Poll::Ready(report) = poll(&mut stop) else {
        panic!("its limit is over");
    };
    assert_eq!(
        (report.delivered, report.failed, report.undelivered),
        (0, 2, 1)
    );
    assert_eq!(report.returned, [3]);
    assert!(lab.run() && lab.driver.is_none(), "the driver gives up too");
}
