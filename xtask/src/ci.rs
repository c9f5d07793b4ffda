//! Everything that a change has to pass.

use std::time::{Duration, Instant};

use crate::Result;
use crate::steps;
use crate::tidy;
use crate::workspace::Workspace;

type Step = (&'static str, fn(&Workspace) -> Result);

/// In the order in which a mistake is cheapest to find.
///
/// Without the tests: `.ci/run` has run these by `cargo test --workspace`, doctests and all, and
/// `tests/api` turns on every feature of every crate there.
const STEPS: &[Step] = &[
    ("fmt", steps::fmt),
    ("tidy", tidy::run),
    ("clippy", steps::clippy),
    ("features", steps::features),
    ("doc", steps::doc),
    ("deny", steps::deny),
    ("package", steps::package),
    ("loom", |workspace| {
        steps::loom(workspace, None, steps::BOUND)
    }),
    ("asan", steps::asan),
    ("fuzz", |workspace| {
        steps::fuzz(workspace, None, steps::FUZZ_SECONDS)
    }),
];

/// Runs every step, whatever the others say, and fails if any failed.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let mut results: Vec<(&str, Duration, Result)> = Vec::new();
    for (name, step) in STEPS {
        println!("\n=== {name}");
        let start = Instant::now();
        let result = step(workspace);
        if let Err(message) = &result {
            println!("{name} failed: {message}");
        }
        results.push((name, start.elapsed(), result));
    }

    println!("\n=== summary");
    for (name, time, result) in &results {
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        println!("{name:<10} {:>7.1} s  {verdict}", time.as_secs_f64());
    }
    let total: Duration = results.iter().map(|(_, time, _)| *time).sum();
    println!("{:<10} {:>7.1} s", "all", total.as_secs_f64());
    let failed: Vec<&str> = results
        .iter()
        .filter(|(.., result)| result.is_err())
        .map(|(name, ..)| *name)
        .collect();
    println!(
        "steps: {} passed, {} failed",
        results.len() - failed.len(),
        failed.len()
    );
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("failed: {}", failed.join(", ")))
    }
}
