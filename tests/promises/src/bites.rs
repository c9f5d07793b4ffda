//! That the probes bite: each was seen to fail, on a peer of the table or on a primitive of straw
//! that is wrong on purpose.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::document::row;
use crate::outcome::Verdict;
use crate::primitive::Promise;
use crate::{batcher, cache, channel, delay_queue, limiter, merge, primitives, semaphore};

/// A probe, as file and function, and a fault that it finds.
pub(crate) type Bite<F> = (&'static str, &'static str, F);

/// What every file of straw has: the fault of the contenders that this thread makes, and the test.
macro_rules! straw {
    ($promises:expr) => {
        thread_local! {
            static FAULT: std::cell::Cell<Fault> = const { std::cell::Cell::new(Fault::None) };
        }

        #[test]
        fn the_probes_find_the_faults() {
            $crate::bites::check($promises, |fault| FAULT.set(fault), Fault::None, BITES);
        }
    };
}
pub(crate) use straw;

/// How long a race is tried; a fault of straw is no matter of luck.
const RACE: Duration = Duration::from_millis(50);

/// What takes longer than this is locked up.
const LIMIT: Duration = Duration::from_secs(3);

/// Runs each probe on straw without fault, which keeps the promise, and with the fault, which
/// breaks it.
pub(crate) fn check<F: Copy + Debug + Send + PartialEq + 'static>(
    promises: fn() -> Vec<Promise>,
    make_with: fn(F),
    sound: F,
    bites: &[Bite<F>],
) {
    for (file, name, fault) in bites {
        for fault in [sound, *fault] {
            let (file, name) = (*file, *name);
            let run = move || {
                make_with(fault);
                let promises = promises();
                let promise = promises
                    .iter()
                    .find(|it| it.file == file && it.name == name);
                promise.expect("a probe of that name").probe.run(RACE)
            };
            let verdict = catch_unwind(AssertUnwindSafe(|| testkit::watchdog(LIMIT, run)));
            // A watchdog that barks has found a deadlock.
            let verdict = verdict.unwrap_or_else(|_| Verdict::Broken("deadlock".to_owned()));
            let expected = fault == sound;
            assert_eq!(
                verdict == Verdict::Kept,
                expected,
                "{file}::{name} with {fault:?}: {verdict:?}"
            );
        }
    }
}

/// A row of which all cells say "kept" needs a fault of straw.
#[test]
fn every_probe_was_seen_to_fail() {
    let by_straw = [
        seen(channel::straw::BITES),
        seen(semaphore::straw::BITES),
        seen(cache::straw::BITES),
        seen(delay_queue::straw::BITES),
        seen(batcher::straw::BITES),
        seen(merge::straw::BITES),
        seen(limiter::straw::BITES),
    ]
    .concat();
    for primitive in primitives() {
        for promise in &primitive.contenders[0].promises {
            let by_a_peer = row(promise.says).is_some_and(|row| row.contains("**"));
            assert!(
                by_a_peer || by_straw.contains(&(promise.file, promise.name)),
                "nothing breaks {}::{}: add a fault of straw",
                promise.file,
                promise.name
            );
        }
    }
}

/// The probes of these bites.
fn seen<F>(bites: &[Bite<F>]) -> Vec<(&'static str, &'static str)> {
    bites.iter().map(|bite| (bite.0, bite.1)).collect()
}
