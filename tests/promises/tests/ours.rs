//! Ours keep every promise; `cargo xtask promises` looks at the peers too, and for longer.

use std::process::Command;

/// Each probe in a process of its own, the races for a moment.
fn findings_of(filter: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_promises"))
        .args(["--quick", "--ours", filter])
        .output()
        .expect("the program of this crate");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("lines of text");
    text.lines().map(str::to_owned).collect()
}

fn keeps_every_promise(package: &str) {
    let findings = findings_of(package);
    assert!(!findings.is_empty(), "{package} was not looked at");
    for finding in findings {
        let parts: Vec<&str> = finding.split('\t').collect();
        let [primitive, file, _, says, contender, .., verdict, fact] = parts[..] else {
            panic!("not a finding: {finding}");
        };
        assert!(
            matches!(verdict, "kept" | "lacks"),
            "{contender}, {primitive}/{file}: {says}: {fact}"
        );
    }
}

#[test]
fn async_dual_queue() {
    keeps_every_promise("async-dual-queue");
}

#[test]
fn async_priority_semaphore() {
    keeps_every_promise("async-priority-semaphore");
}

#[test]
fn async_fn_cache() {
    keeps_every_promise("async-fn-cache");
}

#[test]
fn async_single_flight() {
    keeps_every_promise("async-single-flight");
}

#[test]
fn async_scheduler() {
    keeps_every_promise("async-scheduler");
}

#[test]
fn async_waterfall() {
    keeps_every_promise("async-waterfall");
}

#[test]
fn async_merge_streams() {
    keeps_every_promise("async-merge-streams");
}

#[test]
fn async_ratelimiter() {
    keeps_every_promise("async-ratelimiter");
}
