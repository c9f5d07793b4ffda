//! What rate limiters promise: how many are let through in a window, in which order, and when.

use std::cell::Cell;
use std::num::NonZeroU32;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use async_clock::ManualClock;
use async_ratelimiter::{Gcra, Keyed, RateLimiter};
use benches::{Figures, figure, float, nanos_each};
use cpu_time::ProcessTime;
use governor::clock::FakeRelativeClock;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Jitter, Quota};
use leaky_bucket::RateLimiter as LeakyBucket;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

const SECOND: Duration = Duration::from_secs(1);

fn main() {
    let figures = Figures::from_args();
    for n in [1, 2, 7, 100, 10_000] {
        windows(&figures, NonZeroU32::new(n).unwrap());
    }
    waiters(&figures);
    keyed(&figures);
}

/// The most permits granted in any window of a second, over random traces with bursts in them.
fn windows(figures: &Figures, n: NonZeroU32) {
    let log = format!("ratelimiter/most_in_a_window_{n}");
    let gcra = format!("ratelimiter/most_in_a_window_{n}_gcra");
    if figures.want(&[&log, &gcra]) {
        let bursts = figures.size(1000, 200);
        let clock = ManualClock::new();
        let limiter = RateLimiter::builder(n, SECOND).clock(clock.clone()).build();
        let take = || limiter.try_acquire().is_ok();
        let most = most_in_a_window(bursts, n, take, |by| clock.advance(by));
        figure(&log, "ours", most, "permits");

        let clock = ManualClock::new();
        let burst = NonZeroU32::new(n.get().div_ceil(2)).unwrap();
        let limiter = RateLimiter::builder(n, SECOND)
            .policy(Gcra::never_exceed(burst))
            .clock(clock.clone())
            .build();
        let take = || limiter.try_acquire().is_ok();
        let most = most_in_a_window(bursts, n, take, |by| clock.advance(by));
        figure(&gcra, "ours", most, "permits");

        let clock = FakeRelativeClock::default();
        let quota = Quota::with_period(SECOND / n.get()).unwrap().allow_burst(n);
        let limiter = governor::RateLimiter::direct_with_clock(quota, clock.clone());
        let take = || limiter.check().is_ok();
        let most = most_in_a_window(bursts, n, take, |by| clock.advance(by));
        figure(&log, "governor", most, "permits");
        figure(&gcra, "governor", most, "permits");
    }
}

fn most_in_a_window(
    bursts: usize,
    n: NonZeroU32,
    take: impl Fn() -> bool,
    advance: impl Fn(Duration),
) -> f64 {
    let tick = Duration::from_nanos(1);
    let mut random = testkit::rng(19);
    let (mut now, mut grants) = (Duration::ZERO, Vec::new());
    for _ in 0..bursts {
        let wanted = match random.u32(..4) {
            0 => 1,
            1 => random.u32(1..=n.get()),
            _ => u32::MAX,
        };
        let granted = (0..wanted).take_while(|_| take()).count();
        grants.extend(std::iter::repeat_n(now, granted));
        let by = match random.u32(..9) {
            0 => Duration::ZERO,
            1 => tick,
            2 => SECOND / n.get(),
            3 => SECOND / 2,
            4 => Duration::from_nanos(999_999_999),
            5 => SECOND,
            6 => SECOND + tick,
            7 => 3 * SECOND,
            _ => Duration::from_nanos(random.u64(..1_000_000_000)),
        };
        now += by;
        advance(by);
    }
    // The window that begins at each grant, and ends before a second is over.
    let within = |start: usize| grants.partition_point(|at| *at < grants[start] + SECOND) - start;
    float((0..grants.len()).map(within).max().unwrap_or(0))
}

/// What became of many waiters.
struct Waited {
    /// By the one that was polled most often.
    polls: usize,
    /// Pairs that were let through in another order than they came, in per cent.
    inversions: f64,
    /// When the last was let through, by the instant at which it could have been.
    last: f64,
}

fn waiters(figures: &Figures) {
    const EVERY: Duration = Duration::from_millis(2);
    const PER_SECOND: NonZeroU32 = NonZeroU32::new(500).unwrap();
    const ONE: NonZeroU32 = NonZeroU32::MIN;
    let log = ["polls", "inversions", "time"].map(|what| format!("ratelimiter/500_waiters_{what}"));
    let gcra = log.clone().map(|scenario| format!("{scenario}_gcra"));
    let wanted: Vec<&str> = log.iter().chain(&gcra).map(String::as_str).collect();
    if !figures.want(&wanted) {
        return;
    }
    let say = |scenarios: &[&[String; 3]], contender, outcome: Waited| {
        for [polls, inversions, time] in scenarios {
            let worst = float(outcome.polls);
            figure(polls, contender, worst, "polls of the worst");
            figure(inversions, contender, outcome.inversions, "% of pairs");
            figure(time, contender, outcome.last, "× the ideal");
        }
    };
    let limiter = RateLimiter::new(ONE, EVERY);
    let outcome = wait(EVERY, || {
        let limiter = limiter.clone();
        async move { limiter.acquire().await.unwrap() }
    });
    say(&[&log], "ours", outcome);

    let limiter = RateLimiter::builder(PER_SECOND, SECOND)
        .policy(Gcra::smooth(ONE))
        .build();
    let outcome = wait(EVERY, || {
        let limiter = limiter.clone();
        async move { limiter.acquire().await.unwrap() }
    });
    say(&[&gcra], "ours", outcome);

    let limiter = || {
        let quota = Quota::per_second(PER_SECOND).allow_burst(ONE);
        Rc::new(DefaultDirectRateLimiter::direct(quota))
    };
    let plain = limiter();
    let outcome = wait(EVERY, || {
        let limiter = Rc::clone(&plain);
        async move { limiter.until_ready().await }
    });
    say(&[&log, &gcra], "governor", outcome);

    // As its docs advise for many waiters.
    let jittered = limiter();
    let outcome = wait(EVERY, || {
        let limiter = Rc::clone(&jittered);
        async move { limiter.until_ready_with_jitter(Jitter::up_to(EVERY)).await }
    });
    say(&[&log, &gcra], "governor-jitter", outcome);

    let limiter = LeakyBucket::builder()
        .max(1)
        .initial(1)
        .refill(1)
        .interval(EVERY)
        .build();
    let limiter = Rc::new(limiter);
    let outcome = wait(EVERY, || {
        let limiter = Rc::clone(&limiter);
        async move { limiter.acquire_one().await }
    });
    say(&[&log, &gcra], "leaky-bucket", outcome);
}

/// 500 tasks of one executor; the limiter lets one through at once and another `every` so often.
fn wait<F: Future<Output = ()> + 'static>(every: Duration, acquire: impl Fn() -> F) -> Waited {
    const WAITERS: u32 = 500;

    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let count = Rc::new(Count::default());
    let begun = Instant::now();
    let tasks = LocalSet::new();
    for _ in 0..WAITERS {
        tasks.spawn_local(Counted {
            acquire: Box::pin(acquire()),
            count: Rc::clone(&count),
            place: None,
            polls: 0,
        });
    }
    runtime.block_on(tasks);
    let ideal = every * (WAITERS - 1);
    let order = count.order.take();
    let pairs = |at: usize| {
        order[at + 1..]
            .iter()
            .filter(|later| **later < order[at])
            .count()
    };
    let inverted: usize = (0..order.len()).map(pairs).sum();
    let all = order.len() * (order.len() - 1) / 2;
    Waited {
        polls: count.most_polls.get(),
        inversions: 100.0 * float(inverted) / float(all),
        last: begun.elapsed().as_secs_f64() / ideal.as_secs_f64(),
    }
}

#[derive(Default)]
struct Count {
    came: Cell<usize>,
    /// The places of those that were let through, in that order.
    order: Cell<Vec<usize>>,
    most_polls: Cell<usize>,
}

/// A task that counts how often it is polled until its permit is granted.
struct Counted<F> {
    acquire: Pin<Box<F>>,
    count: Rc<Count>,
    /// How many were polled before it for the first time.
    place: Option<usize>,
    polls: usize,
}

impl<F: Future<Output = ()>> Future for Counted<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let count = Rc::clone(&self.count);
        let next = || count.came.replace(count.came.get() + 1);
        let place = *self.place.get_or_insert_with(next);
        self.polls += 1;
        if self.acquire.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        let mut order = count.order.take();
        order.push(place);
        count.order.set(order);
        count.most_polls.set(count.most_polls.get().max(self.polls));
        Poll::Ready(())
    }
}

/// Nanoseconds per try on a million keys, the k-th as frequent as 1 / k.
fn keyed(figures: &Figures) {
    const KEYS: f64 = 1e6;
    const PERMITS: NonZeroU32 = NonZeroU32::new(100).unwrap();

    let (log, gcra) = (
        "ratelimiter/keyed_zipf_1m",
        "ratelimiter/keyed_zipf_1m_gcra",
    );
    if !figures.want(&[log, gcra]) {
        return;
    }
    let tries = figures.size(4_000_000, 1_000_000);
    let mut random = testkit::rng(23);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and a million"
    )]
    let keys: Vec<u64> = (0..tries).map(|_| KEYS.powf(random.f64()) as u64).collect();
    let each = |attempt: &dyn Fn(&u64) -> bool| {
        let begun = ProcessTime::now();
        let granted = keys.iter().filter(|key| attempt(key)).count();
        assert!(granted > 0, "no key is exhausted at first");
        nanos_each(begun.elapsed(), tries)
    };
    let limiter = Keyed::<u64>::builder(PERMITS, SECOND).build();
    figure(
        log,
        "ours",
        each(&|key| limiter.try_acquire(key).is_ok()),
        "ns",
    );
    drop(limiter);
    let limiter = DefaultKeyedRateLimiter::<u64>::dashmap(Quota::per_second(PERMITS));
    let governor = each(&|key| limiter.check_key(key).is_ok());
    figure(log, "governor", governor, "ns");
    figure(gcra, "governor", governor, "ns");
    drop(limiter);
    let smooth = Gcra::smooth(PERMITS);
    let limiter = Keyed::<u64>::builder(PERMITS, SECOND)
        .policy(smooth)
        .build();
    figure(
        gcra,
        "ours",
        each(&|key| limiter.try_acquire(key).is_ok()),
        "ns",
    );
}
