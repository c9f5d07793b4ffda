//! Operations of some nanoseconds, the contenders in short turns.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::{Figures, figure, float, nanos_each};

/// What a batch takes: long for the clock, and short for the processor, whose speed changes by half
/// within milliseconds, with its neighbours' work.
const BATCH: Duration = Duration::from_micros(40);

/// What a batch of many operations may take.
const LONG_BATCH: Duration = Duration::from_millis(20);

/// The processor time of a scenario for each of its contenders.
const TIME: Duration = Duration::from_millis(100);

/// One contender: runs its operation so often, and tells how long that took.
type Contender = (&'static str, Box<dyn FnMut(usize) -> Duration>);

/// The contenders of one scenario, which take turns by batches.
///
/// What it prints is the nanoseconds per operation in the quickest batch: nothing makes an operation
/// faster than it is.
pub struct Turns {
    contenders: Vec<Contender>,
    /// The operations of a batch, unless it takes too long.
    least: usize,
}

impl Turns {
    /// Measures the contenders that `add` adds, and prints what they need, if the scenario is wanted.
    pub fn take(figures: &Figures, scenario: &str, add: impl FnOnce(&mut Self)) {
        Self::take_each(figures, scenario, 1, add);
    }

    /// The same, with each operation counted as so many.
    pub fn take_each(
        figures: &Figures,
        scenario: &str,
        elements: usize,
        add: impl FnOnce(&mut Self),
    ) {
        if !figures.want(&[scenario]) {
            return;
        }
        let mut turns = Self::new();
        add(&mut turns);
        for (contender, quickest) in turns.quickest(figures.size(TIME, TIME / 5)) {
            figure(scenario, contender, quickest / float(elements), "ns");
        }
    }

    fn new() -> Self {
        Self {
            contenders: Vec::new(),
            least: 1,
        }
    }

    /// Has a batch contain at least so many operations, unless it takes 20 ms then.
    ///
    /// For those that use so much memory that few of them would only measure how the caches fill
    /// after the turns of the others.
    pub fn at_least(&mut self, operations: usize) {
        self.least = operations;
    }

    /// Adds a contender.
    pub fn add<T>(&mut self, contender: &'static str, mut operation: impl FnMut() -> T + 'static) {
        self.add_timed(contender, move |operations| {
            let begun = Instant::now();
            for _ in 0..operations {
                black_box(operation());
            }
            begun.elapsed()
        });
    }

    /// Adds a contender that looks at the clock itself.
    pub fn add_timed(
        &mut self,
        contender: &'static str,
        run: impl FnMut(usize) -> Duration + 'static,
    ) {
        self.contenders.push((contender, Box::new(run)));
    }

    /// Nanoseconds per operation.
    fn quickest(&mut self, each: Duration) -> Vec<(&'static str, f64)> {
        let least = self.least;
        let runs = self.contenders.iter_mut().map(|(_, run)| run);
        let sizes: Vec<usize> = runs.map(|run| size(run, least)).collect();
        let mut quickest = vec![f64::INFINITY; sizes.len()];
        let enough = each.as_secs_f64() * float(sizes.len());
        // Processor time: a busy machine shall not make for fewer turns.
        let begun = ThreadTime::now();
        while quickest.contains(&f64::INFINITY) || begun.elapsed().as_secs_f64() < enough {
            let turns = self.contenders.iter_mut().zip(&sizes).zip(&mut quickest);
            for (((_, run), &size), quickest) in turns {
                *quickest = quickest.min(nanos_each(run(size), size));
            }
        }
        let names = self.contenders.iter().map(|(name, _)| *name);
        names.zip(quickest).collect()
    }
}

impl fmt::Debug for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.contenders.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

/// How many operations make a batch; they are warm then.
fn size(run: &mut dyn FnMut(usize) -> Duration, least: usize) -> usize {
    let mut operations = 1;
    loop {
        // The quickest of a few, lest an interruption pass for a long operation.
        let quickest = (0..5).map(|_| run(operations)).min().unwrap_or_default();
        if quickest >= LONG_BATCH || (quickest >= BATCH && operations >= least) {
            return operations;
        }
        operations *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Turns};

    #[test]
    fn the_quickest_turn_counts() {
        let mut turns = Turns::new();
        turns.add_timed("even", |runs| {
            Duration::from_nanos(30) * u32::try_from(runs).unwrap()
        });
        let mut turn = 0;
        turns.add_timed("uneven", move |runs| {
            turn += 1;
            let each = if turn % 3 == 0 { 20 } else { 70 };
            Duration::from_nanos(each) * u32::try_from(runs).unwrap()
        });
        let quickest = turns.quickest(Duration::from_millis(1));
        let expected = [("even", 30.0), ("uneven", 20.0)];
        for ((contender, value), (name, expected)) in quickest.into_iter().zip(expected) {
            assert_eq!(contender, name);
            assert!((value - expected).abs() < 1e-6, "{name}: {value}");
        }
    }
}
