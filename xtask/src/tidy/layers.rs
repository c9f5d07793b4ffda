//! Dependencies of published crates: the layers, no runtime, no Rust above ours.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Findings, Tree};
use crate::workspace::{array, string};

/// The level of every published crate: one may use those of lower levels.
///
/// 1 are the foundations, 2 and 3 the primitives, 4 the services, 5 is the umbrella.
const LEVELS: &[(&str, u8)] = &[
    ("async-cache-macros", 1),
    ("async-clock", 1),
    ("async-spawn", 1),
    ("async-waitlist", 1),
    ("async-dual-queue", 2),
    ("async-iter-bridge", 2),
    ("async-lockout", 2),
    ("async-lru", 2),
    ("async-merge-streams", 2),
    ("async-priority-semaphore", 2),
    ("async-ratelimiter", 2),
    ("async-scheduler", 2),
    // A primitive that stands on another one, `async-lru`.
    ("async-single-flight", 3),
    ("async-bg-loop", 4),
    ("async-bg-tasks", 4),
    ("async-fn-cache", 4),
    ("async-signal-service", 4),
    ("async-task-cache", 4),
    ("async-waterfall", 4),
    ("async-utilities", 5),
];

/// What brings an executor or a reactor along.
const RUNTIMES: &[&str] = &[
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-net",
    "async-std",
    "futures-executor",
    "glommio",
    "monoio",
    "smol",
    "tokio",
    "tokio-util",
];

/// The runtimes that a crate adapts to, behind a feature that is off by default.
const ADAPTERS: &[(&str, &str)] = &[("async-clock", "tokio"), ("async-clock", "async-io")];

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for member in tree.published() {
        let path = member.path("Cargo.toml");
        let Some(level) = level(&member.name) else {
            let message = format!("{} stands on no layer: add it to LEVELS", member.name);
            findings.push(&path, 1, "layers", message);
            continue;
        };
        for dependency in &member.dependencies {
            let name = dependency.name.as_str();
            let line = line_of(tree, &path, name);
            if self::level(name).is_some_and(|other| other >= level) && !dependency.development {
                let message = format!("{name} stands on no lower layer than {}", member.name);
                findings.push(&path, line, "layers", message);
            }
            if !RUNTIMES.contains(&name) {
                continue;
            }
            let adapter = ADAPTERS.contains(&(member.name.as_str(), name));
            let off = dependency.development
                || (dependency.optional && !enabled_by_default(&member.features, name));
            if !adapter {
                let message = format!("{name} is a runtime, and {} no adapter", member.name);
                findings.push(&path, line, "runtime-dependency", message);
            } else if !off {
                let message = format!("{name} is on by default");
                findings.push(&path, line, "runtime-dependency", message);
            }
        }
    }
}

/// Walks from the published crates to all that they use, and reads the Rust which that needs.
///
/// `metadata` is the answer of `cargo metadata`, with the dependencies.
pub(crate) fn check_rust_versions(tree: &Tree, metadata: &Value, findings: &mut Findings) {
    let packages: BTreeMap<&str, &Value> = array(&metadata["packages"])
        .map(|each| (each["id"].as_str().unwrap_or_default(), each))
        .collect();
    let nodes: BTreeMap<&str, &Value> = array(&metadata["resolve"]["nodes"])
        .map(|each| (each["id"].as_str().unwrap_or_default(), each))
        .collect();
    for member in tree.published() {
        let ours = parsed(&member.rust_version);
        let start = packages
            .iter()
            .find(|(_, package)| string(&package["name"]) == member.name);
        let mut open: Vec<&str> = start.map(|(id, _)| *id).into_iter().collect();
        let mut seen = open.clone();
        while let Some(id) = open.pop() {
            for edge in nodes
                .get(id)
                .map(|node| &node["deps"])
                .into_iter()
                .flat_map(array)
            {
                let used = array(&edge["dep_kinds"]).any(|kind| kind["kind"] != "dev");
                let next = edge["pkg"].as_str().unwrap_or_default();
                if used && !seen.contains(&next) {
                    seen.push(next);
                    open.push(next);
                }
            }
        }
        for package in seen.iter().filter_map(|id| packages.get(id)) {
            let needed = string(&package["rust_version"]);
            if parsed(&needed) > ours {
                let (name, version) = (string(&package["name"]), string(&package["version"]));
                let message = format!("{name} {version} needs Rust {needed}");
                findings.push(&member.path("Cargo.toml"), 1, "rust-version", message);
            }
        }
    }
}

/// Whether the crate is one that the layers know.
pub(crate) fn is_on_a_layer(name: &str) -> bool {
    level(name).is_some()
}

fn level(name: &str) -> Option<u8> {
    LEVELS
        .iter()
        .find(|(each, _)| *each == name)
        .map(|(_, level)| *level)
}

/// Whether `default` leads to the dependency.
fn enabled_by_default(features: &BTreeMap<String, Vec<String>>, dependency: &str) -> bool {
    let mut open = vec!["default"];
    let mut seen = Vec::new();
    while let Some(name) = open.pop() {
        let plain = name.trim_start_matches("dep:");
        if plain.split('/').next() == Some(dependency) {
            return true;
        }
        if !seen.contains(&name) {
            seen.push(name);
            open.extend(features.get(name).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// `1.85` and `1.85.0` are the same; no version at all is the lowest.
fn parsed(version: &str) -> Vec<u64> {
    let mut parts: Vec<u64> = version
        .split('.')
        .map(|part| part.parse().unwrap_or(0))
        .collect();
    parts.resize(3, 0);
    parts
}

/// The line of the manifest on which the dependency stands.
fn line_of(tree: &Tree, path: &str, name: &str) -> usize {
    let lines = tree.text(path).unwrap_or_default().lines();
    let found = lines.enumerate().find(|(_, line)| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with([' ', '=', '.']))
    });
    found.map_or(1, |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{NONE, broken, member};
    use super::super::{Findings, Tree};
    use super::{check, check_rust_versions};
    use crate::workspace::{Dependency, Member};

    fn with(name: &str, dependency: Dependency, features: &[(&str, &str)]) -> Member {
        let features = features
            .iter()
            .map(|(name, enables)| ((*name).to_string(), vec![(*enables).to_string()]))
            .collect();
        Member {
            dependencies: vec![dependency],
            features,
            ..member(name)
        }
    }

    fn on(name: &str) -> Dependency {
        Dependency {
            name: name.to_string(),
            ..Dependency::default()
        }
    }

    #[test]
    fn a_crate_uses_lower_layers_only() {
        for (user, used, expected) in [
            ("async-ratelimiter", "async-clock", NONE),
            ("async-single-flight", "async-lru", NONE),
            (
                "async-clock",
                "async-ratelimiter",
                vec!["layers:1".to_string()],
            ),
            (
                "async-clock",
                "async-waitlist",
                vec!["layers:1".to_string()],
            ),
            (
                "async-lockout",
                "async-ratelimiter",
                vec!["layers:1".to_string()],
            ),
        ] {
            let found = broken(check, &[], &[with(user, on(used), &[])]);
            assert_eq!(found, expected, "{user} on {used}");
        }
        assert_eq!(
            broken(check, &[], &[member("async-surprise")]),
            ["layers:1"]
        );
    }

    #[test]
    fn a_runtime_is_an_adapter_that_is_off_by_default() {
        let optional = || Dependency {
            optional: true,
            ..on("tokio")
        };
        let good = with("async-clock", optional(), &[("tokio", "dep:tokio")]);
        assert_eq!(broken(check, &[], &[good]), NONE);
        for bad in [
            with("async-clock", on("tokio"), &[]),
            with(
                "async-clock",
                optional(),
                &[("default", "tokio"), ("tokio", "dep:tokio")],
            ),
            with("async-lockout", optional(), &[("tokio", "dep:tokio")]),
            with(
                "async-lockout",
                Dependency {
                    development: true,
                    ..on("smol")
                },
                &[],
            ),
        ] {
            let manifest = "[dependencies]\ntokio = \"1\"\nsmol = \"1\"\n";
            let path = bad.path("Cargo.toml");
            let found = broken(check, &[(&path, manifest)], std::slice::from_ref(&bad));
            assert_eq!(found.len(), 1, "{bad:?}");
            assert!(found[0].starts_with("runtime-dependency:"), "{found:?}");
            assert!(!found[0].ends_with(":1"), "{found:?}");
        }
    }

    #[test]
    fn dependencies_need_no_rust_above_ours() {
        let metadata = |needs: &str, kind: &str| {
            json!({
                "packages": [
                    { "id": "a", "name": "async-clock", "version": "0.1.0", "rust_version": "1.85" },
                    { "id": "b", "name": "between", "version": "1.0.0", "rust_version": null },
                    { "id": "c", "name": "newest", "version": "2.0.0", "rust_version": needs },
                ],
                "resolve": { "nodes": [
                    { "id": "a", "deps": [{ "pkg": "b", "dep_kinds": [{ "kind": null }] }] },
                    { "id": "b", "deps": [{ "pkg": "c", "dep_kinds": [{ "kind": kind }] }] },
                    { "id": "c", "deps": [] },
                ] },
            })
        };
        let tree = Tree::new(Vec::new(), Vec::new(), vec![member("async-clock")]);
        for (needs, kind, count) in [
            ("1.85.0", "build", 0),
            ("1.85.1", "build", 1),
            ("1.100", "build", 1),
            ("1.100", "dev", 0),
        ] {
            let mut findings = Findings::default();
            check_rust_versions(&tree, &metadata(needs, kind), &mut findings);
            assert_eq!(findings.0.len(), count, "{needs} {kind}");
        }
    }
}
