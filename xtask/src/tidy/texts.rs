//! Texts: a crate's README and its `lib.rs` name the same links, in the house's order, and nothing
//! names a path of one machine.

use super::{Findings, Tree};
use crate::workspace::Member;

/// What the sections of a crate's README are about, in their order: any heading of the second
/// level that contains one of the words.
const ORDER: &[&[&str]] = &[
    &["when to use"],
    &["when not to"],
    &["ways to wait", "colour"],
    &["cancel safety"],
    &["fairness"],
    &["drop"],
    &["runtime compatibility"],
    &["cost"],
    &["features"],
    &["dependencies"],
    &["python"],
    &["msrv", "minimum", "rust version"],
    &["licence", "license"],
];

/// Directories that begin the path of one machine; put together, so as not to find themselves.
const MACHINE: &[&str] = &[
    concat!("/", "home/"),
    concat!("/", "root/"),
    concat!("/", "tmp/"),
    concat!("/", "work/"),
    concat!("/", "Users/"),
    concat!("C:", "\\"),
];

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    for member in tree.published() {
        links(tree, member, findings);
        sections(tree, member, findings);
    }
    for (path, text) in &tree.texts {
        for (at, line) in text.lines().enumerate() {
            if let Some(found) = machine_path(line) {
                let message = format!("`{found}` begins a path of one machine");
                findings.push(path, at + 1, "machine-path", message);
            }
        }
    }
}

/// The labels that lead into the crate's documentation are the same here and there.
fn links(tree: &Tree, member: &Member, findings: &mut Findings) {
    let (readme, library) = (member.path("README.md"), member.path("src/lib.rs"));
    let (Some(text), Some(source)) = (tree.text(&readme), tree.text(&library)) else {
        return;
    };
    let site = format!(
        "https://docs.rs/{}/latest/{}/",
        member.name,
        member.library()
    );
    let outside = labels(text, "");
    let inside = labels(source, "//! ");
    for (line, label, target) in &outside {
        let known = inside.iter().any(|(_, each, _)| each == label);
        if target.starts_with(&format!("https://docs.rs/{}/", member.name)) {
            if !known {
                let message = format!("`lib.rs` does not define [{label}]");
                findings.push(&readme, *line, "readme-links", message);
            }
            if !target.starts_with(&site) {
                let message = format!("[{label}] does not lead to {site}…");
                findings.push(&readme, *line, "readme-links", message);
            }
        }
        let uses = text.matches(&format!("[{label}]")).count();
        if uses < 2 {
            let message = format!("nothing refers to [{label}]");
            findings.push(&readme, *line, "readme-links", message);
        }
    }
    for (line, label, _) in &inside {
        if !outside.iter().any(|(_, each, _)| each == label) {
            let message = format!("README.md does not define [{label}]");
            findings.push(&library, *line, "readme-links", message);
        }
    }
}

/// The link definitions: line, label, target.
fn labels<'a>(text: &'a str, prefix: &str) -> Vec<(usize, &'a str, &'a str)> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some(definition) = line
            .strip_prefix(prefix)
            .and_then(|line| line.strip_prefix('['))
        else {
            continue;
        };
        if let Some((label, target)) = definition.split_once("]: ") {
            found.push((at + 1, label, target.trim()));
        }
    }
    found
}

/// The sections of the README stand in the house's order.
fn sections(tree: &Tree, member: &Member, findings: &mut Findings) {
    let readme = member.path("README.md");
    let (mut last, mut in_code) = (None, false);
    for (at, line) in tree.text(&readme).unwrap_or_default().lines().enumerate() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        let Some(heading) = line.strip_prefix("## ").filter(|_| !in_code) else {
            continue;
        };
        let heading = heading.to_lowercase();
        let names = |words: &&[&str]| words.iter().any(|word| heading.contains(word));
        let Some(place) = ORDER.iter().position(names) else {
            continue;
        };
        if last.is_some_and(|last| last > place) {
            let message = format!("the section `{heading}` stands too late");
            findings.push(&readme, at + 1, "readme-order", message);
        }
        last = last.max(Some(place));
    }
}

/// The directory of one machine in which a path of this line begins.
fn machine_path(line: &str) -> Option<&'static str> {
    MACHINE.iter().copied().find(|start| {
        line.match_indices(start).any(|(at, _)| {
            // Behind a name or a dot it is a part of a longer path or of an address.
            let before = line[..at].chars().next_back();
            let inside =
                before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-'));
            // With nothing behind it, it may be the path of an address too.
            let after = line[at + start.len()..].chars().next();
            !inside && after.is_some_and(char::is_alphanumeric)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken, member};
    use super::check;

    fn found(readme: &str, library: &str) -> Vec<String> {
        let files = [
            ("crates/async-x/README.md", readme),
            ("crates/async-x/src/lib.rs", library),
        ];
        broken(check, &files, &[member("async-x")])
    }

    #[test]
    fn readme_and_library_define_the_same_links() {
        let library = "//! [`A`]: A\n";
        let readme = "See [`A`] and [b].\n\n[`A`]: https://docs.rs/async-x/latest/async_x/A\n\
                      [b]: https://example.org\n";
        assert_eq!(found(readme, library), NONE);
        assert_eq!(found(readme, "//! x\n"), ["readme-links:3"]);
        assert_eq!(found("See.\n", library), ["readme-links:1"]);
        let unused = readme.replace("See [`A`]", "See A");
        assert_eq!(found(&unused, library), ["readme-links:3"]);
        let wrong = readme.replace("latest/async_x", "async_x");
        assert_eq!(found(&wrong, library), ["readme-links:3"]);
    }

    #[test]
    fn the_sections_of_a_readme_stand_in_order() {
        let good =
            "# x\n## When to use it\n## More\n## Cancel safety\n```\n## When to use it\n```\n";
        assert_eq!(found(good, ""), NONE);
        assert_eq!(
            found("## Cancel safety\n## When to use it\n", ""),
            ["readme-order:2"]
        );
    }

    #[test]
    fn no_path_of_one_machine() {
        for good in [
            "https://example.org/home/x",
            "./tmp/x",
            "/proc/self/stat",
            "get(\"/home/\")",
            "a/work/b",
        ] {
            assert_eq!(broken(check, &[("a.md", good)], &[]), NONE, "{good}");
        }
        for start in super::MACHINE {
            let bad = format!("x\nsee `{start}x`\n");
            assert_eq!(
                broken(check, &[("a.md", &bad)], &[]),
                ["machine-path:2"],
                "{bad}"
            );
        }
    }
}
