//! Schedulers: what each operation costs with so many items pending, and how late an item comes.
//!
//! All operations are measured as processor time of the thread that does them, with a consumer that
//! waits for an item ahead of all others; each contender in turns.

#![expect(
    clippy::disallowed_methods,
    reason = "the peer runs on the time of its runtime"
)]

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_scheduler::{Items, Scheduler};
use benches::{Figures, figure, float, in_turns, median, nanos_each};
use cpu_time::ThreadTime;
use futures_lite::Stream;
use testkit::count_allocations;
use tokio::runtime::{Builder, Runtime};
use tokio::task::unconstrained;
use tokio_util::time::DelayQueue;
use tokio_util::time::delay_queue::Key;

#[global_allocator]
static ALLOC: testkit::CountingAllocator = testkit::CountingAllocator::new();

/// What a timeout of a connection or a session is like.
type Payload = u64;

/// Before all others, so that inserting one of them wakes nobody and sets no timer.
const AHEAD: Duration = Duration::from_secs(20);

fn main() {
    let figures = Figures::from_args();
    let sizes = [
        ("1k", 1_000, 401_usize),
        ("10k", 10_000, 41),
        ("100k", 100_000, 9),
        ("1m", 1_000_000, 3),
    ];
    for (name, items, runs) in sizes {
        let runs = figures.size(runs, runs.div_ceil(10).max(3));
        let [insert, reschedule, cancel] =
            ["insert", "reschedule", "cancel"].map(|what| format!("scheduler/{what}_{name}_cpu"));
        if figures.want(&[&insert, &reschedule, &cancel]) {
            let many = Many::new(items);
            let measured = in_turns(
                runs,
                &[
                    ("ours", &|| many.ours()),
                    ("tokio-util", &|| many.delay_queue()),
                ],
            );
            for (contender, values) in measured {
                for (scenario, value) in [&insert, &reschedule, &cancel].iter().zip(values) {
                    figure(scenario, contender, value, "ns");
                }
            }
        }
        let measures: [(_, Measure); 2] = [("fire", mean), ("longest_take", longest)];
        for (what, measure) in measures {
            let scenario = format!("scheduler/{what}_{name}_cpu");
            if !figures.want(&[&scenario]) {
                continue;
            }
            let fired = in_turns(
                runs.div_ceil(8).max(3),
                &[
                    ("ours", &|| {
                        [in_time(|lead| fire_ours(items, lead, measure))]
                    }),
                    ("tokio-util", &|| {
                        [in_time(|lead| fire_delay_queue(items, lead, measure))]
                    }),
                ],
            );
            for (contender, [value]) in fired {
                figure(&scenario, contender, value, "ns");
            }
        }
    }
    if figures.want(&["scheduler/bytes_per_item"]) {
        let say = |contender, bytes| figure("scheduler/bytes_per_item", contender, bytes, "bytes");
        say(
            "ours",
            bytes(|at| {
                let scheduler = Scheduler::new();
                for at in at {
                    scheduler.schedule_at(*at, 0_u64).unwrap();
                }
                scheduler
            }),
        );
        let runtime = runtime();
        let _entered = runtime.enter();
        say(
            "tokio-util",
            bytes(|at| {
                let mut queue = DelayQueue::new();
                for at in at {
                    queue.insert_at(0_u64, (*at).into());
                }
                queue
            }),
        );
    }
    lateness(&figures);
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// Nanoseconds of this thread's time for each of `operations`.
fn each(operations: usize, work: impl FnOnce()) -> f64 {
    let begun = ThreadTime::now();
    work();
    nanos_each(begun.elapsed(), operations)
}

/// What so many operations say: nanoseconds of this thread's time.
type Measure = fn(usize, &mut dyn FnMut()) -> f64;

fn mean(operations: usize, operation: &mut dyn FnMut()) -> f64 {
    each(operations, || (0..operations).for_each(|_| operation()))
}

fn longest(operations: usize, operation: &mut dyn FnMut()) -> f64 {
    let all = (0..operations).map(|_| each(1, &mut *operation));
    all.fold(0.0, f64::max)
}

fn poll_stream(items: &mut Items<Payload>) -> Poll<Option<async_scheduler::Due<Payload>>> {
    Pin::new(items).poll_next(&mut Context::from_waker(Waker::noop()))
}

fn poll_queue(queue: &mut DelayQueue<Payload>) -> Poll<Option<Payload>> {
    let polled = queue.poll_expired(&mut Context::from_waker(Waker::noop()));
    polled.map(|expired| expired.map(tokio_util::time::delay_queue::Expired::into_inner))
}

/// When so many items come, and the orders in which they are moved and cancelled.
struct Many {
    delays: Vec<Duration>,
    moved: Vec<usize>,
    cancelled: Vec<usize>,
}

impl Many {
    fn new(items: usize) -> Self {
        let mut random = testkit::rng(17);
        let delay = |_| Duration::from_micros(random.u64(30_000_000..90_000_000));
        let delays = (0..items).map(delay).collect();
        let mut moved: Vec<usize> = (0..items).collect();
        let mut cancelled = moved.clone();
        random.shuffle(&mut moved);
        random.shuffle(&mut cancelled);
        Self {
            delays,
            moved,
            cancelled,
        }
    }

    /// The instants at which they come, and those that they are moved to.
    fn times(&self) -> (Vec<Instant>, Vec<Instant>) {
        let now = Instant::now();
        let times: Vec<_> = self.delays.iter().map(|delay| now + *delay).collect();
        let later = times.iter().rev().copied().collect();
        (times, later)
    }

    fn ours(&self) -> [f64; 3] {
        let (count, (times, later)) = (self.delays.len(), self.times());
        let scheduler = Scheduler::new();
        scheduler.schedule_in(AHEAD, 0).unwrap();
        let mut consumer = scheduler.stream();
        assert!(poll_stream(&mut consumer).is_pending());
        let mut tokens = Vec::with_capacity(count);
        let insert = each(count, || {
            for (payload, at) in (0..).zip(&times) {
                tokens.push(scheduler.schedule_at(*at, payload).unwrap());
            }
        });
        let reschedule = each(count, || {
            for &index in &self.moved {
                black_box(scheduler.reschedule(tokens[index], later[index]));
            }
        });
        let cancel = each(count, || {
            for &index in &self.cancelled {
                black_box(scheduler.cancel(tokens[index]));
            }
        });
        assert_eq!(scheduler.len(), 1);
        [insert, reschedule, cancel]
    }

    fn delay_queue(&self) -> [f64; 3] {
        let (count, (times, later)) = (self.delays.len(), self.times());
        let runtime = runtime();
        runtime.block_on(unconstrained(async {
            let mut queue = DelayQueue::new();
            queue.insert(0, AHEAD);
            assert!(poll_queue(&mut queue).is_pending());
            let mut keys: Vec<Key> = Vec::with_capacity(count);
            let insert = each(count, || {
                for (payload, at) in (0..).zip(&times) {
                    keys.push(queue.insert_at(payload, (*at).into()));
                }
            });
            let reschedule = each(count, || {
                for &index in &self.moved {
                    queue.reset_at(&keys[index], later[index].into());
                }
            });
            let cancel = each(count, || {
                for &index in &self.cancelled {
                    black_box(queue.try_remove(&keys[index]));
                }
            });
            assert_eq!(queue.len(), 1);
            [insert, reschedule, cancel]
        }))
    }
}

/// When so many items come: within 20 ms, beginning after `lead`.
fn soon(items: usize, lead: Duration) -> Vec<Instant> {
    let mut random = testkit::rng(19);
    let begin = Instant::now() + lead;
    let after = |_| begin + Duration::from_nanos(random.u64(..20_000_000));
    (0..items).map(after).collect()
}

/// Waits until all of them have come.
fn wait_for(times: &[Instant]) -> Duration {
    let last = times.iter().max().expect("there are some");
    last.saturating_duration_since(Instant::now()) + Duration::from_millis(3)
}

/// Runs `fire` with more and more time to insert the items before the first of them comes.
fn in_time(fire: impl Fn(Duration) -> Option<f64>) -> f64 {
    let leads = (0..).map(|doubled| Duration::from_millis(4) * (1 << doubled));
    let mut fired = leads.filter_map(fire);
    fired.next().expect("some lead is long enough")
}

/// Takes so many items that have all come due.
fn fire_ours(items: usize, lead: Duration, measure: Measure) -> Option<f64> {
    let times = soon(items, lead);
    let scheduler = Scheduler::new();
    let mut consumer = scheduler.stream();
    assert!(poll_stream(&mut consumer).is_pending());
    for (payload, at) in (0..).zip(&times) {
        scheduler.schedule_at(*at, payload).unwrap();
    }
    if scheduler.peek()? <= Instant::now() {
        return None;
    }
    std::thread::sleep(wait_for(&times));
    let spent = measure(items, &mut || {
        assert!(black_box(poll_stream(&mut consumer)).is_ready());
    });
    assert!(scheduler.is_idle());
    Some(spent)
}

fn fire_delay_queue(items: usize, lead: Duration, measure: Measure) -> Option<f64> {
    let times = soon(items, lead);
    runtime().block_on(unconstrained(async {
        let mut queue = DelayQueue::new();
        queue.insert(0, AHEAD);
        assert!(poll_queue(&mut queue).is_pending());
        for (payload, at) in (0..).zip(&times) {
            queue.insert_at(payload, (*at).into());
        }
        if *times.iter().min()? <= Instant::now() {
            return None;
        }
        tokio::time::sleep(wait_for(&times)).await;
        let spent = measure(items, &mut || {
            assert!(black_box(poll_queue(&mut queue)).is_ready());
        });
        assert_eq!(queue.len(), 1);
        Some(spent)
    }))
}

/// What an item takes, with 2^17 of them in a queue that began empty.
fn bytes<Q>(fill: impl FnOnce(&[Instant]) -> Q) -> f64 {
    let mut random = testkit::rng(23);
    let now = Instant::now() + AHEAD;
    let times: Vec<_> = (0..1 << 17)
        .map(|_| now + Duration::from_micros(random.u64(..60_000_000)))
        .collect();
    let mut queue = None;
    let allocations = count_allocations(|| queue = Some(fill(&times)));
    drop(queue);
    float(usize::try_from(allocations.live_bytes).unwrap()) / float(times.len())
}

/// The median lateness of items that come after 2 to 5 ms.
fn lateness(figures: &Figures) {
    if !figures.want(&["scheduler/lateness"]) {
        return;
    }
    let rounds = figures.size(101, 31);
    let runtime = runtime();
    let late = |once: &dyn Fn(Duration)| {
        let mut random = testkit::rng(13);
        let each = |_| {
            let delay = Duration::from_micros(random.u64(2_000..5_000));
            let begun = Instant::now();
            once(delay);
            let late = begun.elapsed().checked_sub(delay);
            nanos_each(late.expect("an item came early"), 1)
        };
        median((0..rounds).map(each).collect())
    };
    let scheduler = Scheduler::<Payload>::new();
    let ours = late(&|delay| {
        scheduler.schedule_in(delay, 7).unwrap();
        let due = runtime.block_on(scheduler.next());
        assert_eq!(due.map(async_scheduler::Due::into_inner), Some(7));
    });
    figure("scheduler/lateness", "ours", ours, "ns");
    let theirs = late(&|delay| {
        let taken = runtime.block_on(async {
            let mut queue = DelayQueue::new();
            queue.insert(7, delay);
            poll_fn(|cx| queue.poll_expired(cx)).await
        });
        assert_eq!(
            taken.map(tokio_util::time::delay_queue::Expired::into_inner),
            Some(7)
        );
    });
    figure("scheduler/lateness", "tokio-util", theirs, "ns");
}
