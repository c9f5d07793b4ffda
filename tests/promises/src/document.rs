//! `PROMISES.md` is the table of today's promises and contenders.

use std::collections::BTreeSet;

use crate::primitives;

/// What `cargo xtask promises` wrote.
pub(crate) const TABLE: &str = include_str!("../../../PROMISES.md");

#[test]
fn each_promise_has_its_row_and_each_contender_its_column() {
    for primitive in primitives() {
        let contenders = primitive.contenders.iter().map(|contender| contender.name);
        let heading = format!("| | {} |", contenders.collect::<Vec<_>>().join(" | "));
        assert!(
            TABLE.lines().any(|line| line == heading),
            "run `cargo xtask promises`: no table is headed {heading}"
        );
        for promise in &primitive.contenders[0].promises {
            assert!(
                row(promise.says).is_some(),
                "run `cargo xtask promises`: no row for {}",
                promise.says
            );
        }
    }
}

#[test]
fn no_two_rows_say_the_same() {
    let mut seen = BTreeSet::new();
    for primitive in primitives() {
        for promise in &primitive.contenders[0].promises {
            assert!(seen.insert(promise.says), "twice: {}", promise.says);
        }
    }
}

/// The row of a promise.
pub(crate) fn row(says: &str) -> Option<&'static str> {
    let start = format!("| {says} ");
    TABLE.lines().find(|line| line.starts_with(&start))
}
