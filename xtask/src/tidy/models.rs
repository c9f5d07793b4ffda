//! Models are run by `cargo xtask loom`, and only there.

use super::source::words;
use super::{Findings, Tree};

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for source in &tree.sources {
        let Some((directory, file)) = source.path.split_once("/tests/") else {
            continue;
        };
        let is_model = file.contains("loom");
        let gated = source.code.lines().any(is_gate);
        if !is_model {
            if gated {
                let message = "a model whose file is not named after loom is not run";
                findings.push(&source.path, 1, "model-name", message);
            }
            continue;
        }
        if !gated {
            findings.push(&source.path, 1, "model-gate", "without `#![cfg(loom)]`");
        }
        let target = file.strip_suffix(".rs").unwrap_or(file);
        let member = tree
            .members
            .iter()
            .find(|member| member.directory == directory);
        let runs = member.is_some_and(|member| member.models().any(|model| model == target));
        if !runs {
            let message = "`cargo xtask loom` does not run it: it is no test target";
            findings.push(&source.path, 1, "model-run", message);
        }
    }
}

/// Whether the line leaves the file out of builds without loom.
fn is_gate(line: &str) -> bool {
    let line = line.replace("not(loom)", "");
    line.starts_with("#![cfg(") && words(&line, "loom").next().is_some()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken, member};
    use super::check;
    use crate::workspace::Member;

    #[test]
    fn a_model_is_gated_and_run() {
        let members = [Member {
            tests: vec!["loom".to_string()],
            ..member("async-x")
        }];
        let (path, gated) = ("crates/async-x/tests/loom.rs", "//! x\n#![cfg(loom)]\n");
        assert_eq!(broken(check, &[(path, gated)], &members), NONE);
        assert_eq!(
            broken(check, &[(path, "//! x\n")], &members),
            ["model-gate:1"]
        );
        let negated = "//! x\n#![cfg(not(loom))]\n";
        assert_eq!(
            broken(check, &[(path, negated)], &members),
            ["model-gate:1"]
        );
        let nested = "crates/async-x/tests/more/loom_park.rs";
        assert_eq!(broken(check, &[(nested, gated)], &members), ["model-run:1"]);
        let other = "crates/async-x/tests/other.rs";
        assert_eq!(broken(check, &[(other, gated)], &members), ["model-name:1"]);
        assert_eq!(broken(check, &[(other, negated)], &members), NONE);
        let both = "//! x\n#![cfg(all(feature = \"loom\", not(loom)))]\n";
        assert_eq!(broken(check, &[(other, both)], &members), NONE);
        let with_feature = "//! x\n#![cfg(all(loom, feature = \"x\"))]\n";
        assert_eq!(broken(check, &[(path, with_feature)], &members), NONE);
    }
}
