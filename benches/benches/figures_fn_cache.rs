//! Many callers of one load: who is woken, how long it takes until the last has its value, how often
//! the load is started; and what is allocated.

#[path = "shared/loads.rs"]
mod loads;

use std::future;
use std::hint::black_box;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use benches::turns::Turns;
use benches::{Figures, figure, float, median, nanos_each};
use cpu_time::ThreadTime;
use futures_util::FutureExt;
use futures_util::future::Shared;
use loads::{OnceMap, Ticker, UnaryGroup, moka, ours, quick_cache, ready};
use testkit::{CountingAllocator, count_allocations};

#[global_allocator]
static ALLOC: CountingAllocator = CountingAllocator::new();

const CALLERS: usize = 1000;

/// A caller, and the load that it brings; borrowed things are leaked.
type Caller = Pin<Box<dyn Future<Output = u64>>>;

fn main() {
    let figures = Figures::from_args();
    if figures.want(&["fn_cache/hit", "fn_cache/miss"]) {
        allocations();
    }
    hit(&figures);
    if figures.want(&["fn_cache/follower_wakes"]) {
        for (contender, make) in contenders() {
            let herd = Herd::new(1000, &make);
            let wakes = float(herd.run().1);
            figure("fn_cache/follower_wakes", contender, wakes, "wakes");
        }
    }
    for (scenario, wakes) in [
        ("fn_cache/1000_callers_1_wake_cpu", 1),
        ("fn_cache/1000_callers_1000_wakes_cpu", 1000),
    ] {
        if figures.want(&[scenario]) {
            until_the_last(scenario, wakes, figures.size(41, 11));
        }
    }
    if figures.want(&["fn_cache/starts_of_a_load_cancelled_100_times"]) {
        for (contender, make) in contenders() {
            let starts = float(cancelled(&make));
            figure(
                "fn_cache/starts_of_a_load_cancelled_100_times",
                contender,
                starts,
                "starts",
            );
        }
    }
}

/// A value that is there, of one key after the other.
fn hit(figures: &Figures) {
    const KEYS: u64 = 1000;
    const ROOMY: usize = 100_000;
    fn in_turns() -> impl FnMut() -> u64 {
        let mut keys = (0..KEYS).cycle();
        move || black_box(keys.next().unwrap_or_default())
    }
    Turns::take(figures, "fn_cache/hit", |turns| {
        let (cache, mut next) = (ours(ROOMY), in_turns());
        for key in 0..KEYS {
            let _ = ready(cache.get_with(key, move || future::ready(key)));
        }
        turns.add("ours", move || {
            let key = next();
            ready(cache.get_with(key, move || future::ready(key)))
        });
        let (cache, mut next) = (quick_cache(ROOMY), in_turns());
        (0..KEYS).for_each(|key| cache.insert(key, key));
        turns.add("quick_cache", move || {
            let key = next();
            ready(cache.get_or_insert_async(&key, async { Ok::<_, ()>(key) }))
        });
        let (cache, mut next) = (moka(ROOMY), in_turns());
        (0..KEYS).for_each(|key| ready(cache.insert(key, key)));
        turns.add("moka", move || {
            let key = next();
            ready(cache.get_with(key, async move { key }))
        });
    });
}

/// What makes the callers of a fresh load, one after another.
type Make = Box<dyn Fn() -> Box<dyn FnMut(&Arc<Ticker>) -> Caller>>;

fn contenders() -> Vec<(&'static str, Make)> {
    fn leak<T>(cache: T) -> &'static T {
        Box::leak(Box::new(cache))
    }
    fn make<T: 'static>(
        cache: impl Fn() -> T + 'static,
        call: impl Fn(&'static T, Arc<Ticker>) -> Caller + Copy + 'static,
    ) -> Make {
        Box::new(move || {
            let cache = leak(cache());
            Box::new(move |ticker| call(cache, Arc::clone(ticker)))
        })
    }
    vec![
        (
            "ours",
            make(
                || ours::<u64, u64>(10),
                |cache, ticker| Box::pin(cache.get_with(1, || ticker.load())),
            ),
        ),
        (
            "quick_cache",
            make(
                || quick_cache::<u64, u64>(10),
                |cache, ticker| {
                    Box::pin(async move {
                        let load = async { Ok::<_, ()>(ticker.load().await) };
                        cache
                            .get_or_insert_async(&1, load)
                            .await
                            .unwrap_or_default()
                    })
                },
            ),
        ),
        (
            "moka",
            make(
                || moka::<u64, u64>(10),
                |cache, ticker| Box::pin(cache.get_with(1, ticker.load())),
            ),
        ),
        (
            "asyncband",
            make(OnceMap::<u64, u64>::default, |cache, ticker| {
                Box::pin(cache.compute(1, async move || ticker.load().await))
            }),
        ),
        (
            "async_singleflight",
            make(UnaryGroup::<u64, u64>::new, |cache, ticker| {
                Box::pin(cache.work(&1, ticker.load()))
            }),
        ),
        (
            "futures-util",
            make(
                Mutex::<Option<Shared<Caller>>>::default,
                |shared, ticker| {
                    let mut first = shared.lock().expect("no panic");
                    let load = || (Box::pin(ticker.load()) as Caller).shared();
                    Box::pin(first.get_or_insert_with(load).clone())
                },
            ),
        ),
    ]
}

/// Processor time until the last caller has its value, the making of all callers included.
fn until_the_last(scenario: &str, wakes: usize, rounds: usize) {
    let contenders = contenders();
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..rounds {
        // In turns, so that a slow moment hits all of them.
        for ((contender, make), times) in contenders.iter().zip(&mut times) {
            if *contender == "futures-util" && wakes > 1 && times.len() == 3 {
                continue; // a fifth of a second each
            }
            let begun = ThreadTime::now();
            let herd = Herd::new(wakes, make);
            herd.run();
            times.push(nanos_each(begun.elapsed(), 1));
        }
    }
    for ((contender, _), times) in contenders.iter().zip(times) {
        figure(scenario, contender, median(times), "ns");
    }
}

/// Callers of one load, and a queue of those who were woken.
struct Herd {
    ticker: Arc<Ticker>,
    queue: Arc<Queue>,
    callers: Vec<(Waker, Option<Caller>)>,
    wakes: usize,
}

#[derive(Default)]
struct Queue(Mutex<Vec<usize>>);

struct Task(usize, Arc<Queue>);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.1.0.lock().expect("no panic").push(self.0);
    }
}

impl Herd {
    fn new(wakes: usize, make: &Make) -> Self {
        let (ticker, queue) = (Ticker::new(wakes), Arc::new(Queue::default()));
        let mut call = make();
        let callers = (0..CALLERS).map(|number| {
            let task = Arc::new(Task(number, Arc::clone(&queue)));
            (Waker::from(task), Some(call(&ticker)))
        });
        let callers = callers.collect();
        Self {
            ticker,
            queue,
            callers,
            wakes,
        }
    }

    /// Polls all of them, wakes the load as often as it wants, and polls who is woken, until the last
    /// is done. Returns the polls, and how often callers were woken that are not the first.
    fn run(mut self) -> (usize, usize) {
        let (mut polls, mut followers) = (0, 0);
        let mut left = self.callers.len();
        let mut woken: Vec<usize> = (0..left).collect();
        loop {
            for &number in &woken {
                let (waker, place) = &mut self.callers[number];
                let Some(caller) = place else { continue };
                polls += 1;
                if caller
                    .as_mut()
                    .poll(&mut Context::from_waker(waker))
                    .is_ready()
                {
                    *place = None;
                    left -= 1;
                }
            }
            if left == 0 {
                return (polls, followers);
            }
            woken.clear();
            mem::swap(&mut woken, &mut *self.queue.0.lock().expect("no panic"));
            if woken.is_empty() {
                assert!(self.wakes > 0, "{left} callers sleep for ever");
                self.wakes -= 1;
                self.ticker.tick();
                mem::swap(&mut woken, &mut *self.queue.0.lock().expect("no panic"));
            }
            followers += woken.iter().filter(|number| **number != 0).count();
        }
    }
}

/// How often a load is started whose leader is cancelled in the middle, a hundred times.
fn cancelled(make: &Make) -> usize {
    let ticker = Ticker::new(1);
    let mut call = make();
    let poll = |caller: &mut Caller| {
        let mut cx = Context::from_waker(Waker::noop());
        caller.as_mut().poll(&mut cx)
    };
    let mut leader = call(&ticker);
    assert!(poll(&mut leader).is_pending());
    for _ in 0..100 {
        let mut follower = call(&ticker);
        assert!(poll(&mut follower).is_pending());
        drop(leader);
        assert!(poll(&mut follower).is_pending());
        leader = follower;
    }
    ticker.tick();
    assert_eq!(poll(&mut leader), Poll::Ready(1));
    ticker.started()
}

fn allocations() {
    const TIMES: u64 = 1000;
    /// Per call: with the value there, and not there; in a cache that is full.
    fn count(mut get: impl FnMut(u64)) -> [f64; 2] {
        (0..20_000).for_each(&mut get);
        let [hits, misses] = [19_999..20_000, 20_000..20_000 + TIMES].map(|keys| {
            let times = TIMES / (keys.end - keys.start);
            count_allocations(|| (0..times).for_each(|_| keys.clone().for_each(&mut get)))
        });
        [hits, misses]
            .map(|each| float(each.calls) / float(usize::try_from(TIMES).expect("a small number")))
    }
    let ours = ours(10_000);
    let quick_cache = quick_cache(10_000);
    let moka = moka(10_000);
    let counted = [
        (
            "ours",
            count(|key| {
                let _ = ready(ours.get_with(key, move || future::ready(key)));
            }),
        ),
        (
            "quick_cache",
            count(|key| {
                let load = async { Ok::<_, ()>(key) };
                let _ = ready(quick_cache.get_or_insert_async(&key, load));
            }),
        ),
        (
            "moka",
            count(|key| {
                let _ = ready(moka.get_with(key, async move { key }));
            }),
        ),
    ];
    for (contender, [hits, misses]) in counted {
        figure("fn_cache/hit", contender, hits, "allocations");
        figure("fn_cache/miss", contender, misses, "allocations");
        figure("fn_cache/miss_full", contender, misses, "allocations");
    }
}
