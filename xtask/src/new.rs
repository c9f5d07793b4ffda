//! A crate from the template, known to all that has to know it.

use std::fs;
use std::path::Path;

use crate::Result;
use crate::tidy::{export, feature, is_on_a_layer, subject};
use crate::workspace::{UMBRELLA, Workspace};

/// The files of a new crate.
const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", include_str!("../templates/Cargo.toml.in")),
    ("README.md", include_str!("../templates/README.md.in")),
    ("CHANGELOG.md", include_str!("../templates/CHANGELOG.md.in")),
    ("src/lib.rs", include_str!("../templates/lib.rs.in")),
];

const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// Writes the crate, its dependency line, its row in the root README, and its feature and
/// re-export in the umbrella.
pub(crate) fn run(workspace: &Workspace, name: &str, description: Option<&str>) -> Result {
    let directory = workspace.root.join("crates").join(name);
    let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.starts_with("async-") || !name.bytes().all(is_good) || name.ends_with('-') {
        return Err(format!("{name}: names are of the form async-x-y"));
    }
    if directory.exists() {
        return Err(format!("crates/{name} is there already"));
    }
    if !is_on_a_layer(name) {
        return Err(format!(
            "{name} stands on no layer: add it to xtask/src/tidy/layers.rs"
        ));
    }
    let what = description.map_or_else(|| format!("What {name} does, in one line"), str::to_string);
    let umbrella = workspace.member(UMBRELLA)?;

    // All texts before any is written: an error leaves the tree as it was.
    let mut texts = Vec::new();
    let mut edit = |path: &str, change: &dyn Fn(&str) -> Option<String>| {
        let text = fs::read_to_string(workspace.root.join(path));
        let text = text.map_err(|error| format!("{path}: {error}"))?;
        let changed = change(&text).ok_or_else(|| format!("{path} has no place for {name}"))?;
        texts.push((path.to_string(), changed));
        Ok::<(), String>(())
    };
    edit("Cargo.toml", &|text| with_dependency(text, name))?;
    edit("README.md", &|text| with_row(text, name, &what))?;
    edit(&umbrella.path("Cargo.toml"), &|text| {
        with_feature(text, name)
    })?;
    edit(&umbrella.path("src/lib.rs"), &|text| {
        Some(with_export(text, name))
    })?;
    for (file, template) in FILES {
        let text = template
            .replace("{{name}}", name)
            .replace("{{description}}", &what)
            .replace("{{rust}}", &umbrella.rust_version);
        texts.push((format!("crates/{name}/{file}"), text));
    }

    let said = |error: std::io::Error| format!("crates/{name}: {error}");
    fs::create_dir_all(directory.join("src")).map_err(said)?;
    for (path, text) in &texts {
        fs::write(workspace.root.join(path), text).map_err(said)?;
        println!("wrote {path}");
    }
    for licence in LICENCES {
        link(&Path::new("../..").join(licence), &directory.join(licence)).map_err(said)?;
    }
    println!(
        "left to do: README.md (with the first example), the row in the root README,\n\
         the umbrella's README, ARCHITECTURE.md, keywords, tests, an example, benches"
    );
    Ok(())
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(original, link)
}

/// A copy serves where links need special rights.
#[cfg(not(unix))]
fn link(original: &Path, link: &Path) -> std::io::Result<()> {
    let directory = link.parent().unwrap_or(Path::new(""));
    fs::copy(directory.join(original), link).map(|_| ())
}

/// The root manifest with the crate among the dependencies that the members share.
fn with_dependency(manifest: &str, name: &str) -> Option<String> {
    let line = format!(
        "{name} = {{ path = \"crates/{name}\", version = \"0.1.0\", default-features = false }}"
    );
    let is_ours = |line: &str| line.contains("path = \"crates/");
    insert_sorted(manifest, &[line], is_ours, str::to_string)
}

/// The root README with a row on the crate, with as many cells as the others have.
fn with_row(readme: &str, name: &str, description: &str) -> Option<String> {
    let cells = readme
        .lines()
        .find(|line| subject(line).is_some())?
        .matches('|')
        .count()
        - 1;
    let mut row = format!("| [`{name}`](crates/{name}) | {description} |");
    for _ in 2..cells {
        row.push_str(" – |");
    }
    let is_row = |line: &str| subject(line).is_some();
    insert_sorted(readme, &[row], is_row, |line| {
        subject(line).unwrap_or_default().to_string()
    })
}

/// The umbrella's manifest with a feature for the crate, as a part of `full`.
fn with_feature(manifest: &str, name: &str) -> Option<String> {
    let feature = feature(name);
    let dependency = format!("{name} = {{ workspace = true, optional = true }}");
    let is_ours = |line: &str| line.starts_with("async-") && line.contains("optional = true");
    let manifest = insert_sorted(manifest, &[dependency], is_ours, str::to_string)?;

    let lines = [
        format!("# `{name}`."),
        format!("{feature} = [\"dep:{name}\"]"),
    ];
    let is_feature = |line: &str| line.contains("[\"dep:async-");
    let manifest = insert_sorted(&manifest, &lines, is_feature, str::to_string)?;

    let start = manifest.find("\nfull = [")? + "\nfull = [".len();
    let end = start + manifest[start..].find(']')?;
    let quoted = format!("\"{feature}\"");
    let parts = manifest[start..end]
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let mut parts: Vec<&str> = parts.chain([quoted.as_str()]).collect();
    parts.sort_unstable();
    let list = parts.join(", ");
    let list = if list.len() > 80 {
        format!("\n    {},\n", parts.join(",\n    "))
    } else {
        list
    };
    Some(format!("{}{list}{}", &manifest[..start], &manifest[end..]))
}

/// The umbrella's `lib.rs` with the crate re-exported.
fn with_export(library: &str, name: &str) -> String {
    let lines = [
        format!("#[cfg(feature = \"{}\")]", feature(name)),
        "#[doc(inline)]".to_string(),
        export(name),
    ];
    let is_export = |line: &str| line.starts_with("pub use async_");
    insert_sorted(library, &lines, is_export, str::to_string)
        .unwrap_or_else(|| format!("{}\n\n{}\n", library.trim_end(), lines.join("\n")))
}

/// Puts the lines where the last of them belongs among those that are alike, in the order of their
/// keys; a comment or an attribute right above a line stays with it.
///
/// None if no line is alike.
fn insert_sorted(
    text: &str,
    new: &[String],
    is_alike: impl Fn(&str) -> bool,
    key: impl Fn(&str) -> String,
) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let alike: Vec<usize> = (0..lines.len()).filter(|at| is_alike(lines[*at])).collect();
    let new_key = key(new.last()?);
    let at = match alike.iter().find(|at| key(lines[**at]) > new_key) {
        Some(&next) => {
            let above = lines[..next]
                .iter()
                .rev()
                .take_while(|line| line.starts_with('#'))
                .count();
            next - above
        }
        None => alike.last()? + 1,
    };
    for (offset, line) in new.iter().enumerate() {
        lines.insert(at + offset, line);
    }
    Some(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::{with_dependency, with_export, with_feature, with_row};

    #[test]
    fn the_dependency_stands_in_order() {
        let line = |name: &str| {
            format!(
                "{name} = {{ path = \"crates/{name}\", version = \"0.1.0\", default-features = false }}\n"
            )
        };
        let (clock, lru, waitlist) = (
            line("async-clock"),
            line("async-lru"),
            line("async-waitlist"),
        );
        let text = format!("[x]\n{clock}{waitlist}\nloom = \"1\"\n");
        let expected = format!("[x]\n{clock}{lru}{waitlist}\nloom = \"1\"\n");
        assert_eq!(with_dependency(&text, "async-lru"), Some(expected));
        let text = format!("[x]\n{clock}\nloom = \"1\"\n");
        let expected = format!("[x]\n{clock}{waitlist}\nloom = \"1\"\n");
        assert_eq!(with_dependency(&text, "async-waitlist"), Some(expected));
        assert_eq!(with_dependency("[x]\n", "async-lru"), None);
    }

    #[test]
    fn the_row_has_as_many_cells_as_the_others() {
        let text =
            "| crate | for | not for |\n|---|---|---|\n| [`async-clock`](c) | a | b |\n\nEnd.\n";
        let expected = "| crate | for | not for |\n|---|---|---|\n| [`async-clock`](c) | a | b |\n\
                        | [`async-lru`](crates/async-lru) | keeps | – |\n\nEnd.\n";
        assert_eq!(
            with_row(text, "async-lru", "keeps").as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn the_umbrella_knows_the_crate() {
        let text = "[features]\ndefault = [\"full\"]\n# Every crate.\nfull = [\"clock\", \"waitlist\"]\n\
                    # `async-clock`.\nclock = [\"dep:async-clock\"]\n# `async-waitlist`.\n\
                    waitlist = [\"dep:async-waitlist\"]\n\n[dependencies]\n\
                    async-clock = { workspace = true, optional = true, features = [\"system\"] }\n\
                    async-waitlist = { workspace = true, optional = true }\n\n[lints]\n";
        let expected = "[features]\ndefault = [\"full\"]\n# Every crate.\n\
                        full = [\"bg-loop\", \"clock\", \"waitlist\"]\n\
                        # `async-bg-loop`.\nbg-loop = [\"dep:async-bg-loop\"]\n\
                        # `async-clock`.\nclock = [\"dep:async-clock\"]\n# `async-waitlist`.\n\
                        waitlist = [\"dep:async-waitlist\"]\n\n[dependencies]\n\
                        async-bg-loop = { workspace = true, optional = true }\n\
                        async-clock = { workspace = true, optional = true, features = [\"system\"] }\n\
                        async-waitlist = { workspace = true, optional = true }\n\n[lints]\n";
        assert_eq!(
            with_feature(text, "async-bg-loop").as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn a_long_list_of_features_takes_a_line_each() {
        let many: Vec<String> = (0..12).map(|at| format!("\"feature-{at:02}\"")).collect();
        let text = format!(
            "[features]\nfull = [{}]\na = [\"dep:async-a\"]\n[dependencies]\n\
             async-a = {{ workspace = true, optional = true }}\n",
            many.join(", ")
        );
        let changed = with_feature(&text, "async-b").unwrap();
        assert!(
            changed.contains("full = [\n    \"b\",\n    \"feature-00\",\n"),
            "{changed}"
        );
        let again = with_feature(&changed, "async-c").unwrap();
        assert!(
            again.contains("full = [\n    \"b\",\n    \"c\",\n    \"feature-00\",\n"),
            "{again}"
        );
        assert!(again.contains("    \"feature-11\",\n]\n"), "{again}");
    }

    #[test]
    fn the_umbrella_re_exports_the_crate() {
        let clock = "#[cfg(feature = \"clock\")]\n#[doc(inline)]\npub use async_clock as clock;\n";
        let bg_loop =
            "#[cfg(feature = \"bg-loop\")]\n#[doc(inline)]\npub use async_bg_loop as bg_loop;\n";
        let lru = "#[cfg(feature = \"lru\")]\n#[doc(inline)]\npub use async_lru as lru;\n";
        let text = format!("//! x\n\n{clock}");
        assert_eq!(
            with_export(&text, "async-bg-loop"),
            format!("//! x\n\n{bg_loop}{clock}")
        );
        assert_eq!(
            with_export(&text, "async-lru"),
            format!("//! x\n\n{clock}{lru}")
        );
        assert_eq!(
            with_export("//! x\n", "async-lru"),
            format!("//! x\n\n{lru}")
        );
    }
}
