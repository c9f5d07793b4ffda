//! A job at a time of day, tested without waiting for the night, on a clock that is set meanwhile.

use async_clock::{ManualClock, WallClock};
use async_scheduler::{Misfire, Scheduler};
use futures_lite::future::block_on;
use std::time::{Duration, SystemTime};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: u64 = 24 * 3600;

/// The next 02:00 UTC. With a library that knows time zones, its next 02:00 there.
fn at_two(after: SystemTime) -> Option<SystemTime> {
    let seconds = after.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    let since_two = (seconds + DAY - 2 * 3600) % DAY;
    // From whole seconds: `after` may lie between two of them.
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds + DAY - since_two))
}

fn main() {
    let midnight = SystemTime::UNIX_EPOCH + Duration::from_secs(20_000 * DAY);
    let clock = ManualClock::starting_at(midnight);
    let scheduler = Scheduler::wall_with_clock(clock.clone());
    // A night that was missed by more than six hours is left out.
    let misfire = Misfire::coalesce().grace(6 * HOUR);
    let made = scheduler.schedule_every(at_two, misfire, "backup");
    made.expect("it is open");

    let due = block_on(clock.drive(scheduler.next())).expect("it is open");
    assert_eq!(due.scheduled_for(), midnight + 2 * HOUR);
    drop(due);

    // The machine is suspended for three days, and wakes up at 03:00.
    clock.jump_wall_forward(3 * 24 * HOUR + HOUR);
    let due = block_on(clock.drive(scheduler.next())).expect("it is open");
    assert_eq!(due.scheduled_for(), midnight + 74 * HOUR);
    assert!(due.late_by() >= HOUR && due.late_by() < HOUR + Duration::from_secs(2));
    assert!(clock.system_now() < midnight + 76 * HOUR);
    assert_eq!(scheduler.peek(), Some(midnight + 98 * HOUR));
}
