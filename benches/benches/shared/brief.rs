//! Groups of many benchmarks that take some nanoseconds each.

use std::time::Duration;

use criterion::BenchmarkGroup;

use crate::processor::{Criterion, Processor};

pub(crate) type Group<'a> = BenchmarkGroup<'a, Processor>;

/// A group whose benchmarks are short: millions of operations fit into a few hundredths of a second,
/// and the median over the rounds does the rest.
pub(crate) fn brief<'a>(criterion: &'a mut Criterion, scenario: &str) -> Group<'a> {
    let mut group = criterion.benchmark_group(scenario);
    group.warm_up_time(Duration::from_millis(30));
    group.measurement_time(Duration::from_millis(120));
    group
}
