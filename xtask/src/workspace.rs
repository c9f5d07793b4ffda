//! What Cargo says about the workspace.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Result;
use crate::command::{self, cargo};

/// The crate that re-exports all others.
pub(crate) const UMBRELLA: &str = "async-utilities";

/// The checkout and its members.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Where Cargo builds; each mode has a directory of its own in there.
    pub(crate) target: PathBuf,
    /// Sorted by name.
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Relative to the root, with `/` between the parts.
    pub(crate) directory: String,
    pub(crate) published: bool,
    pub(crate) description: String,
    /// The oldest Rust it declares; empty if none.
    pub(crate) rust_version: String,
    /// Whether docs.rs is told to build all features.
    pub(crate) documents_all_features: bool,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    pub(crate) dependencies: Vec<Dependency>,
    /// Names of the test and the bench targets.
    pub(crate) tests: Vec<String>,
    /// The features without which some of its models are not built.
    pub(crate) model_features: Vec<String>,
    pub(crate) benches: Vec<String>,
}

/// An entry of a manifest's dependency tables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) development: bool,
    pub(crate) optional: bool,
}

impl Workspace {
    /// Asks Cargo about the workspace that this program was started in.
    pub(crate) fn load() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .ok_or("xtask's manifest stands in the root")?
            .to_path_buf();
        let mut workspace = Self {
            target: root.join("target"),
            root,
            members: Vec::new(),
        };
        let metadata = workspace.metadata(&["--no-deps"])?;
        if let Some(target) = metadata["target_directory"].as_str() {
            workspace.target = PathBuf::from(target);
        }
        for package in array(&metadata["packages"]) {
            workspace
                .members
                .push(Member::read(package, &workspace.root)?);
        }
        workspace
            .members
            .sort_by(|one, other| one.name.cmp(&other.name));
        Ok(workspace)
    }

    /// The answer of `cargo metadata`.
    pub(crate) fn metadata(&self, arguments: &[&str]) -> Result<Value> {
        let mut command = cargo(self);
        command
            .args(["metadata", "--format-version", "1"])
            .args(arguments);
        let text = command::output(&mut command)?;
        serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))
    }

    /// The members that are published.
    pub(crate) fn published(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.published)
    }

    /// The member of that name.
    pub(crate) fn member(&self, name: &str) -> Result<&Member> {
        self.members
            .iter()
            .find(|member| member.name == name)
            .ok_or_else(|| format!("no member is named {name}"))
    }

    /// The build directory of a mode.
    pub(crate) fn target_of(&self, mode: &str) -> PathBuf {
        self.target.join(mode)
    }

    /// The files that git tracks or would track, relative to the root, in order.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut command = command::program(Path::new("git"), &self.root);
        command.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let text = command::output(&mut command)?;
        let mut files: Vec<String> = text
            .split_terminator('\0')
            .filter(|path| self.root.join(path).is_file())
            .map(str::to_string)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// A copy of the tree under the target directory, for tools that change manifests.
    ///
    /// Files that did not change are left alone, so that a second run builds little.
    pub(crate) fn copy(&self, name: &str) -> Result<Self> {
        let root = self.target_of(name).join("tree");
        let files = self.files()?;
        let said =
            |error: std::io::Error| format!("copying the tree to {}: {error}", root.display());
        let mut stale = Vec::new();
        list(&root, &root, &mut stale).map_err(said)?;
        for file in &files {
            stale.retain(|path| path != file);
            let content = fs::read(self.root.join(file)).map_err(said)?;
            let copy = root.join(file);
            if fs::read(&copy).is_ok_and(|old| old == content) {
                continue;
            }
            fs::create_dir_all(copy.parent().unwrap_or(&root)).map_err(said)?;
            fs::write(&copy, content).map_err(said)?;
        }
        for file in stale {
            fs::remove_file(root.join(file)).map_err(said)?;
        }
        Ok(Self {
            root,
            ..self.clone()
        })
    }
}

impl Member {
    fn read(package: &Value, root: &Path) -> Result<Self> {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let directory = manifest
            .parent()
            .and_then(|directory| directory.strip_prefix(root).ok())
            .ok_or_else(|| format!("{} is outside of the workspace", manifest.display()))?;
        let docs = &package["metadata"]["docs"]["rs"];
        let features = package["features"].as_object().into_iter().flatten();
        Ok(Self {
            name: string(&package["name"]),
            version: string(&package["version"]),
            directory: directory.to_string_lossy().replace('\\', "/"),
            published: package["publish"].is_null(),
            description: string(&package["description"]),
            rust_version: string(&package["rust_version"]),
            documents_all_features: docs["all-features"].as_bool() == Some(true),
            features: features
                .map(|(name, enables)| (name.clone(), array(enables).map(string).collect()))
                .collect(),
            dependencies: array(&package["dependencies"])
                .map(Dependency::read)
                .collect(),
            tests: targets(package, "test"),
            model_features: model_features(package),
            benches: targets(package, "bench"),
        })
    }

    /// The path of a file of this crate, relative to the root.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.directory)
    }

    /// The name of the crate in Rust code.
    pub(crate) fn library(&self) -> String {
        self.name.replace('-', "_")
    }

    /// The test targets that are models.
    pub(crate) fn models(&self) -> impl Iterator<Item = &str> {
        self.tests
            .iter()
            .map(String::as_str)
            .filter(|name| name.contains("loom"))
    }
}

impl Dependency {
    fn read(entry: &Value) -> Self {
        Self {
            name: string(&entry["name"]),
            development: entry["kind"].as_str() == Some("dev"),
            optional: entry["optional"].as_bool() == Some(true),
        }
    }
}

/// The names of the targets of that kind.
fn targets(package: &Value, kind: &str) -> Vec<String> {
    let has_kind = |target: &&Value| array(&target["kind"]).any(|each| each == kind);
    array(&package["targets"])
        .filter(has_kind)
        .map(|target| string(&target["name"]))
        .collect()
}

/// What the targets that hold models require, without duplicates.
fn model_features(package: &Value) -> Vec<String> {
    let is_model = |target: &&Value| string(&target["name"]).contains("loom");
    let required = array(&package["targets"])
        .filter(is_model)
        .flat_map(|target| array(&target["required-features"]));
    let mut features: Vec<String> = required.map(string).collect();
    features.sort();
    features.dedup();
    features
}

/// The items of an array; none for anything else.
pub(crate) fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The text of a string; empty for anything else.
pub(crate) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_string()
}

/// The files below `directory`, relative to `root`.
fn list(root: &Path, directory: &Path, files: &mut Vec<String>) -> std::io::Result<()> {
    if !directory.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            list(root, &path, files)?;
        } else if let Ok(relative) = path.strip_prefix(root) {
            files.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::Member;

    #[test]
    fn a_member_is_what_cargo_says_of_it() {
        let package = json!({
            "name": "async-x", "version": "0.1.0", "publish": null, "description": "It",
            "rust_version": "1.85", "manifest_path": "/x/crates/async-x/Cargo.toml",
            "metadata": { "docs": { "rs": { "all-features": true } } },
            "features": { "default": ["system"], "system": ["dep:y"] },
            "dependencies": [
                { "name": "y", "kind": null, "optional": true },
                { "name": "z", "kind": "dev", "optional": false },
            ],
            "targets": [
                { "name": "async_x", "kind": ["lib"] },
                { "name": "loom", "kind": ["test"] },
                { "name": "loom_park", "kind": ["test"] },
                { "name": "other", "kind": ["test"] },
            ],
        });
        let member = Member::read(&package, Path::new("/x")).unwrap();
        assert_eq!(
            (member.name.as_str(), member.directory.as_str()),
            ("async-x", "crates/async-x")
        );
        assert!(member.published && member.documents_all_features);
        assert_eq!(member.features["system"], ["dep:y"]);
        let dependencies: Vec<_> = member
            .dependencies
            .iter()
            .map(|each| (each.name.as_str(), each.development, each.optional))
            .collect();
        assert_eq!(dependencies, [("y", false, true), ("z", true, false)]);
        assert_eq!(member.models().collect::<Vec<_>>(), ["loom", "loom_park"]);
        assert_eq!(member.path("README.md"), "crates/async-x/README.md");
        assert!(Member::read(&package, Path::new("/y")).is_err());

        let mut private = package;
        private["publish"] = json!([]);
        assert!(!Member::read(&private, Path::new("/x")).unwrap().published);
    }
}
