//! A scheduler under threads: each payload comes out once, in one way, and nobody waits for ever.

use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Waker;
use std::thread;
use std::time::Duration;

use async_scheduler::{Every, Misfire, Scheduler, Token};
use fastrand::Rng;
use testkit::{Drops, Item, poll_n};

const THREADS: usize = 8;
const ITEMS: usize = 40;

fn short(rng: &mut Rng) -> Duration {
    Duration::from_nanos(rng.u64(..200_000))
}

struct Payload {
    id: usize,
    _item: Item,
}

/// How often each payload came out.
struct Out(Vec<AtomicUsize>);

impl Out {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_| AtomicUsize::new(0)).collect())
    }

    fn saw(&self, payload: &Payload) {
        self.0[payload.id].fetch_add(1, Ordering::SeqCst);
    }

    fn total(&self) -> usize {
        self.0
            .iter()
            .map(|count| count.load(Ordering::SeqCst))
            .sum()
    }
}

/// Takes items until the end, in all colours, and gives up in between.
fn consume(scheduler: &Scheduler<Payload>, out: &Out, rng: &mut Rng) {
    loop {
        let due = match rng.u8(..8) {
            0 => scheduler.try_next().ok(),
            1 => {
                let mut given_up = scheduler.next_owned();
                poll_n(Pin::new(&mut given_up), Waker::noop(), rng.usize(..3)).flatten()
            }
            2 => match scheduler.next_blocking_timeout(short(rng)) {
                Ok(None) => return,
                Ok(due) => due,
                Err(_) => None,
            },
            _ => match scheduler.next_blocking() {
                None => return,
                due => due,
            },
        };
        if let Some(due) = due {
            out.saw(&due);
            if rng.bool() {
                thread::yield_now();
            }
        }
    }
}

#[test]
fn each_payload_comes_out_once_and_consumers_end() {
    stress::rounds(|rng| {
        let (drops, out) = (Drops::new(), Out::new(THREADS / 2 * ITEMS));
        let scheduler = Scheduler::new();
        let tokens = Mutex::new(Vec::<Token>::new());
        let feeding = AtomicUsize::new(THREADS / 2);
        stress::threads(THREADS, rng, |thread, rng| {
            if thread >= THREADS / 2 {
                return consume(&scheduler, &out, rng);
            }
            for n in 0..ITEMS {
                let payload = Payload {
                    id: thread * ITEMS + n,
                    _item: drops.item(),
                };
                let delay = if rng.u8(..8) == 0 {
                    Duration::MAX
                } else {
                    short(rng)
                };
                let token = scheduler.schedule_in(delay, payload).expect("it is open");
                tokens.lock().unwrap().push(token);
                let other = {
                    let tokens = tokens.lock().unwrap();
                    tokens[rng.usize(..tokens.len())]
                };
                match rng.u8(..6) {
                    0 | 1 => {
                        scheduler.reschedule_in(other, short(rng));
                    }
                    2 => scheduler
                        .cancel(other)
                        .iter()
                        .for_each(|payload| out.saw(payload)),
                    3 if rng.u8(..16) == 0 => {
                        scheduler
                            .clear()
                            .iter()
                            .for_each(|payload| out.saw(payload));
                    }
                    _ => {}
                }
            }
            // The last one ends it, in one way or the other.
            if feeding.fetch_sub(1, Ordering::SeqCst) == 1 {
                if rng.bool() {
                    scheduler
                        .close()
                        .iter()
                        .for_each(|payload| out.saw(payload));
                } else {
                    for token in &*tokens.lock().unwrap() {
                        scheduler.reschedule_in(*token, short(rng));
                    }
                    scheduler.close_after_drain();
                }
                scheduler.join_blocking();
                assert!(scheduler.is_idle());
            }
        });
        assert_eq!(out.total(), out.0.len());
        assert!(out.0.iter().all(|count| count.load(Ordering::SeqCst) == 1));
        assert_eq!((drops.live(), drops.dropped()), (0, out.0.len()));
    });
}

#[test]
fn of_cancelling_and_yielding_exactly_one_wins() {
    stress::rounds(|rng| {
        let (drops, out) = (Drops::new(), Out::new(ITEMS));
        let scheduler = Scheduler::new();
        let tokens: Vec<Token> = (0..ITEMS)
            .map(|id| {
                let payload = Payload {
                    id,
                    _item: drops.item(),
                };
                scheduler.schedule_in(short(rng), payload).unwrap()
            })
            .collect();
        scheduler.close_after_drain();
        stress::threads(4, rng, |thread, rng| {
            if thread < 2 {
                return consume(&scheduler, &out, rng);
            }
            for token in &tokens {
                scheduler
                    .cancel(*token)
                    .iter()
                    .for_each(|payload| out.saw(payload));
                if rng.bool() {
                    thread::yield_now();
                }
            }
        });
        assert!(out.0.iter().all(|count| count.load(Ordering::SeqCst) == 1));
        assert_eq!(drops.live(), 0);
    });
}

#[test]
fn what_recurs_ends_when_it_is_cancelled_and_not_before() {
    stress::rounds(|rng| {
        let scheduler = Scheduler::new();
        let every = Every::new(short(rng) / 10 + Duration::from_nanos(1));
        let token = scheduler
            .schedule_every(every, Misfire::burst(), ())
            .unwrap();
        let seen = AtomicUsize::new(0);
        stress::threads(4, rng, |thread, _| {
            if thread > 0 {
                while let Some(due) = scheduler.next_blocking() {
                    assert_eq!(due.token(), token);
                    seen.fetch_add(1, Ordering::SeqCst);
                }
                return;
            }
            while seen.load(Ordering::SeqCst) < 20 {
                thread::yield_now();
            }
            scheduler.cancel(token); // which may come while it is handed out
            scheduler.join_blocking();
            assert!(scheduler.is_idle());
            scheduler.close();
        });
    });
}
