//! No public type is missing in the table in `auto_traits/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows of a file of the table, as `module::Type`; the file is named after the crate.
fn rows(module: &str, table: &str) -> BTreeSet<String> {
    let cells = table.lines().filter_map(|line| line.split_once(": "));
    let names = cells.map(|(cell, _)| cell.split('<').next().unwrap_or(cell).trim());
    names.map(|name| format!("{module}::{name}")).collect()
}

/// Every `.rs` file below `folder`.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the workspace");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| {
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of the structs and enums that a text declares with `pub`.
fn declared(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let rest = line.trim_start().strip_prefix("pub ")?;
        let name = rest
            .strip_prefix("struct ")
            .or_else(|| rest.strip_prefix("enum "))?;
        name.split(|c: char| !c.is_alphanumeric() && c != '_')
            .next()
    })
}

/// The names that a text re-exports with `pub use`.
fn re_exported(text: &str) -> impl Iterator<Item = &str> {
    text.split("pub use ").skip(1).flat_map(|rest| {
        let path = rest.split(';').next().unwrap_or(rest);
        let names = path.rsplit("::").next().unwrap_or(path);
        names
            .split(['{', '}', ','])
            .map(str::trim)
            .filter(|name| !name.is_empty())
    })
}

/// The names that can be reached from outside, in `file` and the public modules below it.
fn reachable(file: &Path, folder: &Path) -> BTreeSet<String> {
    let text = read(file);
    let mut names: BTreeSet<String> = declared(&text)
        .chain(re_exported(&text))
        .map(str::to_owned)
        .collect();
    let modules = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    for module in modules {
        let file = folder.join(format!("{module}.rs"));
        names.extend(reachable(&file, &folder.join(module)));
    }
    names
}

#[test]
fn every_public_type_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = sources(&root.join("tests/auto_traits"));
    let rows: BTreeSet<String> = table
        .iter()
        .flat_map(|path| {
            let module = path.file_stem().expect("a file has a name");
            rows(&module.to_string_lossy(), &read(path))
        })
        .collect();
    let mut missing = Vec::new();
    let mut found = 0;
    for entry in fs::read_dir(root.join("../../crates")).expect("the crates") {
        let folder = entry.expect("an entry");
        let name = folder.file_name().into_string().expect("a crate's name");
        let module = name.trim_start_matches("async-").replace('-', "_");
        let source = folder.path().join("src");
        let reachable = reachable(&source.join("lib.rs"), &source);
        for path in sources(&source) {
            let text = read(&path);
            let types = declared(&text).filter(|&name| reachable.contains(name));
            let types: Vec<String> = types.map(|name| format!("{module}::{name}")).collect();
            found += types.len();
            missing.extend(types.into_iter().filter(|name| !rows.contains(name)));
        }
    }
    assert!(missing.is_empty(), "without a row: {missing:?}");
    assert!(
        found > 40,
        "only {found} public types found: is this still where they are?"
    );
}

#[test]
fn a_row_is_recognised() {
    let table = "use x;\n\n    Sleep<SystemClock>: Send;\n    Tick: Send;\n}\n";
    assert_eq!(
        rows("clock", table),
        ["clock::Sleep", "clock::Tick"].map(str::to_owned).into()
    );
}

#[test]
fn a_public_type_is_recognised() {
    let text = "
pub struct Key {
    pub struct Drive<'a, F> {
pub enum Polled {
pub struct Elapsed;
pub(crate) struct Slot {
pub fn structure() {}
/// pub struct Comment {
";
    assert!(declared(text).eq(["Key", "Drive", "Polled", "Elapsed"]));
}

#[test]
fn a_re_export_is_recognised() {
    let text = "
mod own;
pub use self::timer::SystemTimer;
use hidden::Hidden;
pub use manual::{
    AdvanceYielding, ManualClock,
};
";
    assert!(re_exported(text).eq(["SystemTimer", "AdvanceYielding", "ManualClock"]));
}
