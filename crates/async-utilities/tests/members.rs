//! Every crate of the family is a member of the umbrella, under its own name.

use std::fs;
use std::path::Path;

/// The crates beside this one: their package names and the modules they are here.
fn members() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let entries = fs::read_dir(crates).expect("the folder of all crates");
    let mut members: Vec<(String, String)> = entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().into_string().expect("a crate's name"))
        .filter(|package| package != env!("CARGO_PKG_NAME"))
        .map(|package| {
            let name = package.strip_prefix("async-").expect("the family's prefix");
            let module = name.replace('-', "_");
            (package, module)
        })
        .collect();
    members.sort();
    assert!(
        members.iter().any(|(package, _)| package == "async-clock"),
        "{members:?}"
    );
    members
}

/// A file of this crate.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("a file of this crate")
}

/// What stands in the brackets of a feature in the manifest.
fn feature<'a>(manifest: &'a str, name: &str) -> &'a str {
    let start = manifest.find(&format!("\n{name} = ["));
    let start = start.unwrap_or_else(|| panic!("no feature {name}")) + 1;
    let text = &manifest[start..];
    &text[..=text.find(']').expect("the list ends")]
}

#[test]
fn every_crate_is_re_exported_under_its_name_behind_its_feature() {
    let library = read("src/lib.rs");
    for (package, module) in members() {
        let exported = format!("pub use {} as {module};", package.replace('-', "_"));
        let (before, _) = library
            .split_once(&exported)
            .unwrap_or_else(|| panic!("src/lib.rs lacks `{exported}`"));
        let gate = format!("#[cfg(feature = \"{}\")]", module.replace('_', "-"));
        let last_gate = before.rfind("#[cfg").map(|start| &before[start..]);
        assert!(
            last_gate.is_some_and(|rest| rest.starts_with(&gate)),
            "{module} lacks `{gate}`"
        );
    }
}

#[test]
fn nothing_else_is_re_exported() {
    let library = read("src/lib.rs");
    let exports = library
        .lines()
        .filter(|line| line.trim_start().starts_with("pub "));
    assert_eq!(exports.count(), members().len());
}

#[test]
fn every_crate_has_a_feature_and_is_part_of_full() {
    let manifest = read("Cargo.toml");
    let full = feature(&manifest, "full");
    for (package, module) in members() {
        let name = module.replace('_', "-");
        assert!(full.contains(&format!("\"{name}\"")), "full lacks {name}");
        let own = feature(&manifest, &name);
        assert_eq!(own, format!("{name} = [\"dep:{package}\"]"));
    }
    assert_eq!(full.matches('"').count(), 2 * members().len(), "{full}");
}

#[test]
fn the_readme_names_every_module() {
    let readme = read("README.md");
    for (_, module) in members() {
        assert!(readme.contains(&module), "README.md does not name {module}");
    }
}
