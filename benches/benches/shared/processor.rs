//! Criterion, set up to count processor time.
//!
//! The processor time of all threads together is what an operation costs, wherever that is paid:
//! some peers have a thread of their own do a part of the work.
//! Other programs disturb it much less than they disturb the time on the wall.
//! What it does not show is how long a thread sleeps until it gets a lock; and where two threads
//! are measured, what others do for them is not counted.

use std::time::Duration;

use cpu_time::ProcessTime;
use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// Criterion with that measurement.
pub(crate) type Criterion = criterion::Criterion<Processor>;

/// The processor time of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processor;

/// The settings of every group, unless the command line says otherwise.
#[must_use]
pub(crate) fn criterion() -> Criterion {
    criterion::Criterion::default()
        .with_measurement(Processor)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20)
}

impl Measurement for Processor {
    type Intermediate = ProcessTime;
    type Value = Duration;

    fn start(&self) -> ProcessTime {
        ProcessTime::now()
    }

    fn end(&self, start: ProcessTime) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}
