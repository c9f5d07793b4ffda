//! What has to know every crate does: the umbrella, the root README, each changelog its version.

use super::{Findings, Tree};
use crate::workspace::{Member, UMBRELLA};

pub(crate) fn check(tree: &Tree, findings: &mut Findings) {
    let umbrella = tree.published().find(|member| member.name == UMBRELLA);
    for member in tree.published() {
        changelog(tree, member, findings);
        if member.name == UMBRELLA {
            continue;
        }
        if let Some(umbrella) = umbrella {
            exported(tree, umbrella, member, findings);
        }
        row(tree, member, findings);
    }
    unknown_rows(tree, findings);
}

/// The feature of the umbrella that brings the crate in.
pub(crate) fn feature(name: &str) -> &str {
    name.strip_prefix("async-").unwrap_or(name)
}

/// The line of the umbrella that re-exports the crate.
pub(crate) fn export(name: &str) -> String {
    let module = feature(name).replace('-', "_");
    format!("pub use {} as {module};", name.replace('-', "_"))
}

/// The crate that a row of the table in the root README is about.
pub(crate) fn subject(line: &str) -> Option<&str> {
    let cell = line.strip_prefix('|')?.split('|').next()?;
    let name = cell.split('`').nth(1)?;
    name.starts_with("async-").then_some(name)
}

/// The umbrella has a feature that brings the crate in, as a part of `full`, and re-exports it.
fn exported(tree: &Tree, umbrella: &Member, member: &Member, findings: &mut Findings) {
    let (path, feature) = (umbrella.path("Cargo.toml"), feature(&member.name));
    let enables = |feature: &str, what: &str| {
        let enabled = umbrella.features.get(feature);
        enabled.is_some_and(|enabled| enabled.iter().any(|each| each == what))
    };
    if !enables(feature, &format!("dep:{}", member.name)) {
        let message = format!("no feature `{feature}` brings `{}` in", member.name);
        findings.push(&path, 1, "umbrella", message);
    }
    if !enables("full", feature) {
        let message = format!("the feature `full` leaves `{feature}` out");
        findings.push(&path, 1, "umbrella", message);
    }
    let (library, export) = (umbrella.path("src/lib.rs"), export(&member.name));
    let lines: Vec<&str> = tree.text(&library).unwrap_or_default().lines().collect();
    let Some(at) = lines.iter().position(|line| *line == export) else {
        findings.push(&library, 1, "umbrella", format!("without `{export}`"));
        return;
    };
    let gate = format!("#[cfg(feature = \"{feature}\")]");
    let mut above = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with('#'));
    if !above.any(|line| *line == gate) {
        findings.push(
            &library,
            at + 1,
            "umbrella",
            format!("without `{gate}` above"),
        );
    }
}

/// The root README has one row on the crate.
fn row(tree: &Tree, member: &Member, findings: &mut Findings) {
    let readme = tree
        .text("README.md")
        .unwrap_or_default()
        .lines()
        .enumerate();
    let rows: Vec<usize> = readme
        .filter(|(_, line)| subject(line) == Some(&member.name))
        .map(|(at, _)| at + 1)
        .collect();
    if rows.len() != 1 {
        let message = format!("{} rows on `{}`; there is one", rows.len(), member.name);
        findings.push(
            "README.md",
            rows.last().copied().unwrap_or(1),
            "readme-row",
            message,
        );
    }
}

/// The root README has no row on a crate that is not there.
fn unknown_rows(tree: &Tree, findings: &mut Findings) {
    for (at, line) in tree
        .text("README.md")
        .unwrap_or_default()
        .lines()
        .enumerate()
    {
        let Some(name) = subject(line) else { continue };
        if !tree.published().any(|member| member.name == name) {
            let message = format!("no crate of the workspace is named `{name}`");
            findings.push("README.md", at + 1, "readme-row", message);
        }
    }
}

/// The changelog begins with what is not released yet, or with the version of the manifest.
fn changelog(tree: &Tree, member: &Member, findings: &mut Findings) {
    let path = member.path("CHANGELOG.md");
    // That the file is there is another rule's matter.
    let Some(text) = tree.text(&path) else { return };
    let found = text
        .lines()
        .enumerate()
        .find(|(_, line)| line.starts_with("## "));
    let (at, heading) = found.map_or((0, ""), |(at, line)| (at, &line[3..]));
    let version = heading.split([' ', '—']).next().unwrap_or_default();
    if heading != "Unreleased" && version != member.version {
        let message = format!(
            "the first heading is neither Unreleased nor {}",
            member.version
        );
        findings.push(&path, at + 1, "changelog", message);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{NONE, broken, member};
    use super::check;
    use crate::workspace::Member;

    const LIB: &str = "crates/async-utilities/src/lib.rs";
    const EXPORT: &str =
        "#[cfg(feature = \"bg-loop\")]\n#[doc(inline)]\npub use async_bg_loop as bg_loop;\n";
    const README: &str = "| crate | for |\n|---|---|\n| [`async-bg-loop`](x) | loops |\n";

    fn family(features: &[(&str, &str)]) -> [Member; 2] {
        let features = features
            .iter()
            .map(|(name, enables)| ((*name).to_string(), vec![(*enables).to_string()]))
            .collect();
        [
            member("async-bg-loop"),
            Member {
                features,
                ..member("async-utilities")
            },
        ]
    }

    #[test]
    fn the_umbrella_re_exports_every_crate() {
        let whole = [("bg-loop", "dep:async-bg-loop"), ("full", "bg-loop")];
        let files = [(LIB, EXPORT), ("README.md", README)];
        assert_eq!(broken(check, &files, &family(&whole)), NONE);
        assert_eq!(broken(check, &files, &family(&whole[..1])), ["umbrella:1"]);
        assert_eq!(broken(check, &files, &family(&whole[1..])), ["umbrella:1"]);
        for bad in [
            "pub use async_bg_loop as bg_loop;\n",
            "pub use async_bg_loop as other;\n",
        ] {
            let files = [(LIB, bad), ("README.md", README)];
            assert_eq!(
                broken(check, &files, &family(&whole)),
                ["umbrella:1"],
                "{bad}"
            );
        }
    }

    #[test]
    fn the_root_readme_has_one_row_per_crate() {
        let members = [member("async-bg-loop")];
        assert_eq!(broken(check, &[("README.md", README)], &members), NONE);
        assert_eq!(
            broken(check, &[("README.md", "")], &members),
            ["readme-row:1"]
        );
        let twice = format!("{README}| `async-bg-loop` | loops |\n");
        assert_eq!(
            broken(check, &[("README.md", &twice)], &members),
            ["readme-row:4"]
        );
        let other = format!("{README}| `async-gone` | nothing |\n| `Type` | x |\n");
        assert_eq!(
            broken(check, &[("README.md", &other)], &members),
            ["readme-row:4"]
        );
    }

    #[test]
    fn the_changelog_begins_with_the_version() {
        let path = "crates/async-utilities/CHANGELOG.md";
        let members = [member("async-utilities")];
        for good in [
            "# Changes\n\n## Unreleased\n",
            "## 0.1.0 — 2026-11-30\n## 0.0.9\n",
        ] {
            assert_eq!(broken(check, &[(path, good)], &members), NONE, "{good}");
        }
        let old = "# Changes\n\n## 0.0.9 — 2026-11-30\n";
        assert_eq!(broken(check, &[(path, old)], &members), ["changelog:3"]);
        assert_eq!(
            broken(check, &[(path, "# Changes\n")], &members),
            ["changelog:1"]
        );
    }
}
