//! The rules that no other tool checks, each with a name, a test of a good input and of a bad one.

mod docs;
mod family;
mod files;
mod forbidden;
mod items;
mod layers;
mod manifests;
mod models;
mod source;
mod texts;
mod unsafety;

use std::fmt;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use crate::Result;
use crate::workspace::{Member, Workspace};
use source::Source;

pub(crate) use family::{export, feature, subject};
pub(crate) use layers::is_on_a_layer;

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    rule: &'static str,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}: {}",
            self.path, self.line, self.rule, self.message
        )
    }
}

/// All breaches that were found.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    fn push(&mut self, path: &str, line: usize, rule: &'static str, message: impl Into<String>) {
        self.0.push(Finding {
            path: path.to_string(),
            line,
            rule,
            message: message.into(),
        });
    }
}

/// What the rules look at.
#[derive(Debug)]
pub(crate) struct Tree {
    /// Every file, the links included, relative to the root.
    paths: Vec<String>,
    /// Every text, the Rust sources included.
    texts: Vec<(String, String)>,
    /// The Rust sources once more, taken apart.
    sources: Vec<Source>,
    members: Vec<Member>,
}

impl Tree {
    fn load(workspace: &Workspace) -> Result<Self> {
        let mut texts = Vec::new();
        let paths = workspace.files()?;
        for path in &paths {
            let bytes = fs::read(workspace.root.join(path)).map_err(|e| format!("{path}: {e}"))?;
            // Nobody's rule asks for anything of a picture or a data file.
            if let Ok(text) = String::from_utf8(bytes) {
                texts.push((path.clone(), text));
            }
        }
        Ok(Self::new(paths, texts, workspace.members.clone()))
    }

    fn new(paths: Vec<String>, texts: Vec<(String, String)>, members: Vec<Member>) -> Self {
        let sources = texts
            .iter()
            .filter(|(path, _)| Path::new(path).extension().is_some_and(|each| each == "rs"))
            .map(|(path, text)| Source::new(path, text))
            .collect();
        Self {
            paths,
            texts,
            sources,
            members,
        }
    }

    fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|each| each == path)
    }

    fn text(&self, path: &str) -> Option<&str> {
        let found = self.texts.iter().find(|(each, _)| each == path);
        found.map(|(_, text)| text.as_str())
    }

    fn published(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.published)
    }

    /// The sources of that member's library.
    fn library<'a>(&'a self, member: &Member) -> impl Iterator<Item = &'a Source> {
        let prefix = member.path("src/");
        self.sources
            .iter()
            .filter(move |source| source.path.starts_with(&prefix))
    }
}

type Check = fn(&Tree, &mut Findings);

const CHECKS: &[Check] = &[
    files::check,
    manifests::check,
    layers::check,
    unsafety::check,
    docs::check,
    forbidden::check,
    family::check,
    texts::check,
    models::check,
];

/// Runs all rules.
pub(crate) fn run(workspace: &Workspace) -> Result {
    let start = Instant::now();
    let mut findings = Findings::default();
    let tree = thread::scope(|scope| {
        // What Cargo knows of the registry's crates is no part of the tree, and takes a while.
        let metadata = scope.spawn(|| workspace.metadata(&["--all-features"]));
        let tree = Tree::load(workspace)?;
        for check in CHECKS {
            check(&tree, &mut findings);
        }
        let metadata = metadata
            .join()
            .map_err(|_| "the thread panicked".to_string())??;
        layers::check_rust_versions(&tree, &metadata, &mut findings);
        Ok::<Tree, String>(tree)
    })?;
    let mut findings = findings.0;
    findings.sort();
    findings.dedup();
    for finding in &findings {
        println!("{finding}");
    }
    let (files, seconds) = (tree.texts.len(), start.elapsed().as_secs_f64());
    println!(
        "tidy: {} findings in {files} files, {seconds:.2} s",
        findings.len()
    );
    if findings.is_empty() {
        Ok(())
    } else {
        Err(format!("{} findings", findings.len()))
    }
}

/// What the tests of the rules share.
#[cfg(test)]
mod testing {
    use super::{Check, Findings, Tree};
    use crate::workspace::Member;

    /// A published crate without any dependency.
    pub(crate) fn member(name: &str) -> Member {
        Member {
            name: name.to_string(),
            version: "0.1.0".to_string(),
            directory: format!("crates/{name}"),
            published: true,
            description: "What it does".to_string(),
            rust_version: "1.85".to_string(),
            documents_all_features: true,
            ..Member::default()
        }
    }

    /// The names of the rules that the files break, with the line, sorted.
    pub(crate) fn broken(check: Check, files: &[(&str, &str)], members: &[Member]) -> Vec<String> {
        let paths = files.iter().map(|(path, _)| (*path).to_string()).collect();
        let texts = files
            .iter()
            .map(|(path, text)| ((*path).to_string(), (*text).to_string()))
            .collect();
        let mut findings = Findings::default();
        check(&Tree::new(paths, texts, members.to_vec()), &mut findings);
        findings.0.sort();
        findings
            .0
            .iter()
            .map(|finding| format!("{}:{}", finding.rule, finding.line))
            .collect()
    }

    /// Nothing broken.
    pub(crate) const NONE: Vec<String> = Vec::new();
}
