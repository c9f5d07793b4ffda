//! Seeds are fixed, distinct, and printed when a test fails.

use std::collections::HashSet;
use std::process::Command;
use std::{env, panic};

use testkit::{rng, seeds, with_seeds};

/// Set when this program runs itself, to have a test fail.
const FAIL: &str = "TESTKIT_TESTS_FAIL";

#[test]
fn seeds_are_fixed_and_distinct() {
    if env::var_os("TESTKIT_SEED").is_some() {
        return;
    }
    let once: Vec<u64> = seeds(1000).collect();
    assert!(seeds(1000).eq(once.iter().copied()));
    assert_eq!(once.iter().collect::<HashSet<_>>().len(), 1000);
    let drawn: HashSet<u64> = once.iter().map(|&seed| rng(seed).u64(..)).collect();
    assert_eq!(drawn.len(), 1000);
}

#[test]
fn the_seed_of_a_panic_is_printed_and_repeats_it() {
    if env::var_os(FAIL).is_some() {
        with_seeds(100, |rng| assert_ne!(rng.u32(..10), 3, "drew a three"));
        return;
    }
    let run = |seed: Option<&str>| {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args([
            "--exact",
            "the_seed_of_a_panic_is_printed_and_repeats_it",
            "--nocapture",
        ]);
        command.env(FAIL, "1").env_remove("TESTKIT_SEED");
        if let Some(seed) = seed {
            command.env("TESTKIT_SEED", seed);
        }
        let output = command.output().expect("this program runs");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    let first = run(None);
    let (_, seed) = first
        .split_once("TESTKIT_SEED=")
        .unwrap_or_else(|| panic!("in {first}"));
    let seed = seed.lines().next().expect("a line");
    assert!(
        run(Some(seed)).contains(&format!("the seed was {seed}")),
        "{seed} fails alone"
    );
}
