//! What the benchmarks share: the scenarios' settings, figures, and what the kernel counts.
//!
//! `README.md` says how the benchmarks are laid out and how they are run.

pub mod channels;
pub mod gate;
pub mod tasks;
pub mod turns;

use std::env;
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, OnceLock};
use std::task::{Wake, Waker};
use std::thread::{self, ScopedJoinHandle, Thread};
use std::time::{Duration, Instant};

use cpu_time::{ProcessTime, ThreadTime};

/// What a program that prints figures was asked for on its command line.
#[derive(Debug)]
pub struct Figures {
    measures: bool,
    quick: bool,
    pinned: bool,
    filter: Option<String>,
}

/// What a program is started with once more to measure on one processor.
const PINNED: &str = "--pinned";

impl Figures {
    /// Reads the command line: `--bench [--quick] [filter]`.
    ///
    /// Without `--bench`, which `cargo test --benches` leaves out, no figure is wanted.
    pub fn from_args() -> Self {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
        Self {
            measures: has("--bench"),
            quick: has("--quick"),
            pinned: has(PINNED),
            filter: arguments
                .iter()
                .find(|argument| !argument.starts_with('-'))
                .cloned(),
        }
    }

    /// Whether any of the scenarios is to be measured.
    pub fn want(&self, scenarios: &[&str]) -> bool {
        let filter = self.filter.as_deref().unwrap_or_default();
        self.measures && scenarios.iter().any(|each| each.contains(filter))
    }

    /// Measures with all processors, then on one: a program of its own each time, so that what looks
    /// at their number once sees the right one.
    ///
    /// The function gets the name of the regime, which belongs into that of the scenario.
    ///
    /// # Panics
    ///
    /// If the program can't be started once more, fails, or is not given one processor.
    pub fn in_each_regime(&self, measure: impl Fn(&str)) {
        if !self.measures {
            return;
        }
        if self.pinned {
            let processors = core_affinity::get_core_ids().unwrap_or_default();
            let pinned = core_affinity::set_for_current(processors[0]);
            assert!(pinned, "this program was not given a processor of its own");
            return measure("pinned");
        }
        measure("free");
        let program = env::current_exe().expect("a program knows where it is");
        let mut again = Command::new(program);
        again.args(env::args().skip(1)).arg(PINNED);
        let status = again.status().expect("it was started before");
        assert!(status.success(), "{status}");
    }

    /// Whether it is the program that [`in_each_regime`](Self::in_each_regime) started.
    pub fn is_pinned(&self) -> bool {
        self.pinned
    }

    /// The size of an experiment: the first normally, the second if it has to be quick.
    pub fn size<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }
}

/// Prints a figure for `cargo xtask bench`; less is better.
#[expect(clippy::print_stdout, reason = "this line is what the program is for")]
pub fn figure(scenario: &str, contender: &str, value: f64, unit: &str) {
    println!("figure {scenario} {contender} {value} {unit}");
}

/// A number as a figure: figures are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "below 2^53 nothing is lost")]
pub fn float(number: usize) -> f64 {
    number as f64
}

/// Nanoseconds per operation.
pub fn nanos_each(spent: Duration, operations: usize) -> f64 {
    spent.as_secs_f64() * 1e9 / float(operations)
}

/// The middle value of an odd number of values, the upper one of the two in the middle otherwise.
///
/// # Panics
///
/// If there is none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Runs each of the contenders so often, in turns, and returns the median of each of its values.
pub fn in_turns<'a, const VALUES: usize>(
    runs: usize,
    contenders: &[(&'a str, &dyn Fn() -> [f64; VALUES])],
) -> Vec<(&'a str, [f64; VALUES])> {
    let mut measured = vec![Vec::with_capacity(runs); contenders.len()];
    for _ in 0..runs {
        for (values, (_, run)) in measured.iter_mut().zip(contenders) {
            values.push(run());
        }
    }
    let middle = |values: Vec<[f64; VALUES]>| {
        std::array::from_fn(|at| median(values.iter().map(|value| value[at]).collect()))
    };
    let names = contenders.iter().map(|(name, _)| *name);
    names.zip(measured.into_iter().map(middle)).collect()
}

/// Runs `work` on `threads` threads at once and returns the processor time that one of them took,
/// on average.
///
/// All of them begin together.
///
/// # Panics
///
/// If `work` does.
pub fn on_threads(threads: u32, work: impl Fn() + Sync) -> Duration {
    let ready = Barrier::new(threads as usize);
    let each = || {
        ready.wait();
        let begun = ThreadTime::now();
        work();
        begun.elapsed()
    };
    let total: Duration = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(each)).collect();
        let ended = running.into_iter().map(ScopedJoinHandle::join);
        ended.map(|spent| spent.expect("the work panicked")).sum()
    });
    total / threads
}

/// Notes when its waker is woken for the last time of an expected number.
#[derive(Debug)]
pub struct LastWake {
    left: AtomicUsize,
    at: OnceLock<Instant>,
    waiting: Thread,
}

impl LastWake {
    /// Expects `wakes`; the calling thread is the one that will wait for them.
    pub fn after(wakes: usize) -> (Arc<Self>, Waker) {
        let last = Arc::new(Self {
            left: AtomicUsize::new(wakes),
            at: OnceLock::new(),
            waiting: thread::current(),
        });
        (Arc::clone(&last), last.into())
    }

    /// Waits for the last one and says when it came.
    ///
    /// # Panics
    ///
    /// If it does not come before `limit` has passed.
    pub fn wait(&self, limit: Duration) -> Instant {
        let begun = Instant::now();
        loop {
            if let Some(at) = self.at.get() {
                return *at;
            }
            let left = self.left.load(Ordering::SeqCst);
            assert!(begun.elapsed() < limit, "{left} wakes are missing");
            thread::park_timeout(limit);
        }
    }
}

impl Wake for LastWake {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let _ = self.at.set(Instant::now());
            self.waiting.unpark();
        }
    }
}

/// How often the threads of that name have gone to sleep by themselves.
///
/// Zero where there is no procfs.
pub fn sleeps_of(thread: &str) -> usize {
    let of_task = |status: String| {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
        line.trim().parse::<usize>().ok()
    };
    tasks()
        .filter(|task| {
            fs::read_to_string(task.join("comm")).is_ok_and(|name| name.trim() == thread)
        })
        .filter_map(|task| fs::read_to_string(task.join("status")).ok())
        .filter_map(of_task)
        .sum()
}

fn tasks() -> impl Iterator<Item = std::path::PathBuf> {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten();
    tasks.flatten().map(|task| task.path())
}

/// Waits until the threads in the background have worked off what they were given.
#[expect(
    clippy::disallowed_methods,
    reason = "the peers tell nobody when their queues are empty"
)]
pub fn settle() {
    let deadline = Instant::now() + Duration::from_secs(10);
    let mut before = ProcessTime::now();
    while Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
        if before.elapsed() < Duration::from_millis(1) {
            return;
        }
        before = ProcessTime::now();
    }
}
