//! Requests that fail are tried again later and later; workers share what is due, and a heartbeat
//! goes on beside them.

use async_scheduler::{Every, Misfire, Scheduler};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);

#[derive(Clone, Debug)]
enum Job {
    Request { id: u32, tries: u32 },
    Heartbeat,
}

fn main() {
    let scheduler = Scheduler::new();
    let heartbeat = scheduler
        .schedule_every(Every::new(5 * MS), Misfire::coalesce(), Job::Heartbeat)
        .expect("it is open");
    for id in 0..6 {
        let job = Job::Request { id, tries: 0 };
        scheduler.schedule_in(MS, job).expect("it is open");
    }

    let answered = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(due) = scheduler.next_blocking() {
                    match &*due {
                        Job::Heartbeat => {}
                        // The far side is busy: the request `id` succeeds at its `id`th repetition.
                        Job::Request { id, tries } if tries < id => {
                            let (id, tries) = (*id, tries + 1);
                            let later = Job::Request { id, tries };
                            let again = scheduler.schedule_in(MS * 2_u32.pow(tries), later);
                            again.expect("it is closed when all are answered");
                        }
                        Job::Request { .. } => {
                            if answered.fetch_add(1, Ordering::SeqCst) == 5 {
                                scheduler.cancel(heartbeat);
                                scheduler.close_after_drain();
                            }
                        }
                    }
                }
            });
        }
    });
    assert_eq!(answered.load(Ordering::SeqCst), 6);
    scheduler.join_blocking();
}
