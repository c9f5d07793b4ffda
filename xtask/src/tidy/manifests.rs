//! Every member takes the workspace's lints, and a published one has all that a reader expects.

use super::unsafety::UNSAFE;
use super::{Findings, Tree};
use crate::workspace::Member;

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for member in &tree.members {
        let path = member.path("Cargo.toml");
        let Some(manifest) = tree.text(&path) else {
            findings.push(&path, 1, "manifest", "git does not know this manifest");
            continue;
        };
        if entry(manifest, "lints", "workspace") != Some("true") {
            let message = "without `[lints] workspace = true`";
            findings.push(&path, 1, "member-lints", message);
        }
        if member.published {
            published(tree, member, &path, manifest, findings);
        }
    }
}

fn published(tree: &Tree, member: &Member, path: &str, manifest: &str, findings: &mut Findings) {
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        if !tree.has(&member.path(file)) {
            findings.push(
                path,
                1,
                "published-files",
                format!("without a {file} beside it"),
            );
        }
    }
    if member.description.is_empty() {
        findings.push(path, 1, "description", "without a description");
    }
    if !member.documents_all_features {
        let message = "without `[package.metadata.docs.rs] all-features = true`";
        findings.push(path, 1, "docs-rs", message);
    }
    for (line, name) in uncommented_features(manifest) {
        let message = format!("no comment says what the feature `{name}` adds and costs");
        findings.push(path, line, "feature-comment", message);
    }
    let library = member.path("src/lib.rs");
    let sources = member.path("src/");
    let attribute = if UNSAFE.iter().any(|(file, _)| file.starts_with(&sources)) {
        "#![deny(unsafe_code)]"
    } else {
        "#![forbid(unsafe_code)]"
    };
    let has = |text: &str| text.lines().any(|line| line == attribute);
    if !tree.text(&library).is_some_and(has) {
        let message = format!("without `{attribute}`");
        findings.push(&library, 1, "forbid-unsafe", message);
    }
}

/// The value of a key in a table of a manifest, as it is written.
fn entry<'a>(manifest: &'a str, table: &str, key: &str) -> Option<&'a str> {
    section(manifest, table).find_map(|(_, line)| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim())
    })
}

/// The lines of a table, with their 1-based numbers.
fn section<'a>(manifest: &'a str, table: &str) -> impl Iterator<Item = (usize, &'a str)> {
    let heading = format!("[{table}]");
    let lines = manifest
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line));
    lines
        .skip_while(move |(_, line)| line.trim() != heading)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['))
}

/// The features, `default` apart, above which no comment stands.
fn uncommented_features(manifest: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut commented = false;
    for (number, line) in section(manifest, "features") {
        if let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            let name = name.trim();
            if !commented && name != "default" {
                found.push((number, name));
            }
        }
        commented = line.starts_with('#');
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken, member};
    use super::check;

    const GOOD: &[(&str, &str)] = &[
        (
            "crates/async-x/Cargo.toml",
            "[features]\ndefault = []\n# Adds y.\ny = []\n\n[lints]\nworkspace = true\n",
        ),
        ("crates/async-x/README.md", ""),
        ("crates/async-x/CHANGELOG.md", ""),
        ("crates/async-x/LICENSE-MIT", ""),
        ("crates/async-x/LICENSE-APACHE", ""),
        (
            "crates/async-x/src/lib.rs",
            "//! It.\n#![forbid(unsafe_code)]\n",
        ),
    ];

    fn with(path: &str, text: &'static str) -> Vec<(&'static str, &'static str)> {
        let other = |(each, old): &(&'static str, &'static str)| {
            (*each, if *each == path { text } else { *old })
        };
        GOOD.iter().map(other).collect()
    }

    #[test]
    fn a_published_crate_is_complete() {
        assert_eq!(broken(check, GOOD, &[member("async-x")]), NONE);
        for (missing, (path, _)) in GOOD.iter().enumerate().take(5).skip(1) {
            let mut files = GOOD.to_vec();
            files.remove(missing);
            let found = broken(check, &files, &[member("async-x")]);
            assert_eq!(found, ["published-files:1"], "without {path}");
        }
        let mut silent = member("async-x");
        silent.description.clear();
        silent.documents_all_features = false;
        assert_eq!(
            broken(check, GOOD, &[silent]),
            ["description:1", "docs-rs:1"]
        );
    }

    #[test]
    fn a_member_takes_the_lints() {
        let files = with("crates/async-x/Cargo.toml", "[features]\n\n[lints.rust]\n");
        assert_eq!(
            broken(check, &files, &[member("async-x")]),
            ["member-lints:1"]
        );
    }

    #[test]
    fn a_feature_has_a_comment() {
        let text = "[features]\ny = []\n# Adds z.\nz = []\n[lints]\nworkspace = true\n";
        let files = with("crates/async-x/Cargo.toml", text);
        assert_eq!(
            broken(check, &files, &[member("async-x")]),
            ["feature-comment:2"]
        );
    }

    #[test]
    fn a_published_crate_forbids_unsafe_code() {
        let files = with("crates/async-x/src/lib.rs", "//! #![forbid(unsafe_code)]\n");
        assert_eq!(
            broken(check, &files, &[member("async-x")]),
            ["forbid-unsafe:1"]
        );
    }
}
