//! The single checks; `ci` runs most of them, and each can be run alone.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::command::{self, cargo, rustflags};
use crate::tools;
use crate::workspace::{Member, UMBRELLA, Workspace, string};

/// The preemption bound of the models where none is asked for.
pub(crate) const BOUND: u32 = 2;

/// How long each target is driven where nothing else is asked for: enough to see that it works.
pub(crate) const FUZZ_SECONDS: u32 = 2;

/// The programs that check operation sequences, in a workspace of their own.
const FUZZ: &str = "fuzz/Cargo.toml";

/// Formatting.
pub(crate) fn fmt(workspace: &Workspace) -> Result {
    command::run(cargo(workspace).args(["fmt", "--all", "--check"]))?;
    command::run(cargo(workspace).args(["fmt", "--check", "--manifest-path", FUZZ]))
}

/// Lints, as errors.
pub(crate) fn clippy(workspace: &Workspace) -> Result {
    let mut command = cargo(workspace);
    command.args(["clippy", "--workspace", "--all-targets", "--all-features"]);
    command::run(command.args(["--", "-D", "warnings"]))
}

/// All tests but the doctests.
pub(crate) fn nextest(workspace: &Workspace) -> Result {
    let mut command = tools::nextest(workspace)?;
    command::run(command.args(["run", "--workspace", "--all-features"]))
}

/// The doctests, which nextest does not run.
pub(crate) fn doctests(workspace: &Workspace) -> Result {
    command::run(cargo(workspace).args(["test", "--workspace", "--doc", "--all-features"]))
}

/// The tests and doctests of one crate, or of all.
pub(crate) fn test(workspace: &Workspace, name: Option<&str>) -> Result {
    let Some(name) = name else {
        return nextest(workspace).and_then(|()| doctests(workspace));
    };
    let member = workspace.member(name)?;
    let mut command = tools::nextest(workspace)?;
    command::run(command.args(["run", "--all-features", "-p", &member.name]))?;
    if !has_library(workspace, member) {
        return Ok(());
    }
    command::run(cargo(workspace).args(["test", "--doc", "--all-features", "-p", &member.name]))
}

/// Every combination of features of every published crate, without development dependencies.
///
/// The umbrella's features only add crates, so each is checked alone: the powerset doubles with
/// every crate.
/// `cargo hack` edits the manifests while it runs, so it works on a copy of the tree.
pub(crate) fn features(workspace: &Workspace) -> Result {
    let hack = tools::program(workspace, tools::HACK)?;
    let copy = workspace.copy("features")?;
    let start = || {
        let mut command = command::program(&hack, &copy.root);
        command.env("CARGO_TARGET_DIR", workspace.target_of("features"));
        command.args(["hack", "check", "--no-dev-deps"]);
        command
    };
    command::run(
        start()
            .args(["--workspace", "--ignore-private", "--feature-powerset"])
            .args(["--exclude", UMBRELLA]),
    )?;
    command::run(start().args(["--each-feature", "-p", UMBRELLA]))
}

/// The documentation of the libraries as docs.rs builds it; a broken link is an error.
pub(crate) fn doc(workspace: &Workspace) -> Result {
    let mut command = cargo(workspace);
    command.args(["doc", "--workspace", "--no-deps", "--all-features"]);
    // Programs have no readers there, and their dependencies take long to build.
    for member in workspace
        .members
        .iter()
        .filter(|each| each.directory.starts_with("examples/"))
    {
        command.args(["--exclude", &member.name]);
    }
    command.env("CARGO_TARGET_DIR", workspace.target_of("doc"));
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings");
    command::run(&mut command)
}

/// Licences and sources of all dependencies; duplicates among those of the published crates.
pub(crate) fn deny(workspace: &Workspace) -> Result {
    let deny = tools::program(workspace, tools::DENY)?;
    // Without the sources of what only some platforms or cfgs use, the check fails.
    command::run(cargo(workspace).args(["fetch", "--locked"]))?;
    let start = || {
        let mut command = command::program(&deny, &workspace.root);
        command.args(["--offline", "--all-features"]);
        command
    };
    command::run(start().args(["check", "licenses", "sources"]))?;
    command::run(start().args(["--exclude-unpublished", "check", "bans"]))
}

/// Packages every published crate and builds it from the archive.
pub(crate) fn package(workspace: &Workspace) -> Result {
    let mut command = cargo(workspace);
    command.arg("package");
    // Where the work goes on the tree is not clean; the machine that checks a change has it clean.
    if env::var_os("CI").is_none() {
        command.arg("--allow-dirty");
    }
    for member in workspace.published() {
        command.args(["-p", &member.name]);
        let uses = |other: &Member| {
            other
                .dependencies
                .iter()
                .any(|each| each.name == member.name)
        };
        if workspace.published().any(uses) {
            // Without the patch a crate of that name and a higher version in the registry would
            // be taken in place of ours.
            let patch = format!(
                "patch.crates-io.{}.path=\"{}\"",
                member.name, member.directory
            );
            command.args(["--config", &patch]);
        }
    }
    command::run(&mut command)
}

/// Takes an option with a number out of the arguments.
pub(crate) fn number<'a>(
    arguments: &[&'a str],
    option: &str,
    default: u32,
) -> Result<(u32, Vec<&'a str>)> {
    let Some(at) = arguments.iter().position(|each| *each == option) else {
        return Ok((default, arguments.to_vec()));
    };
    let number = arguments.get(at + 1).and_then(|number| number.parse().ok());
    let number = number.ok_or_else(|| format!("{option} takes a number"))?;
    let rest = arguments[..at].iter().chain(&arguments[at + 2..]);
    Ok((number, rest.copied().collect()))
}

/// The models of one crate, or of all.
pub(crate) fn loom(workspace: &Workspace, name: Option<&str>, bound: u32) -> Result {
    let members: Vec<&Member> = match name {
        Some(name) => vec![workspace.member(name)?],
        None => workspace
            .members
            .iter()
            .filter(|each| each.models().next().is_some())
            .collect(),
    };
    let mut failed = Vec::new();
    for member in members {
        // Not `--workspace`: the runtimes do not compile with `--cfg loom`.
        let mut command = tools::nextest(workspace)?;
        command.args([
            "run",
            "--profile",
            "loom",
            "--cargo-profile",
            "loom",
            "-p",
            &member.name,
        ]);
        let models: Vec<&str> = member.models().collect();
        if models.is_empty() {
            return Err(format!(
                "{} has no models: no test target is named loom",
                member.name
            ));
        }
        for model in models {
            command.args(["--test", model]);
        }
        if !member.model_features.is_empty() {
            command.args(["--features", &member.model_features.join(",")]);
        }
        command.env("CARGO_TARGET_DIR", workspace.target_of("loom"));
        command.env("RUSTFLAGS", rustflags("--cfg loom"));
        command.env("LOOM_MAX_PREEMPTIONS", bound.to_string());
        if command::run(&mut command).is_err() {
            failed.push(member.name.as_str());
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("models of {}", failed.join(", ")))
    }
}

/// The stress tests under `AddressSanitizer`, which looks for leaks too.
pub(crate) fn asan(workspace: &Workspace) -> Result {
    let mut command = tools::nextest(workspace)?;
    // With a target named, build scripts and macros stay without the sanitizer.
    command.args(["run", "-p", "stress", "--target", &host(workspace)?]);
    unstable(&mut command, workspace, "asan", "-Zsanitizer=address");
    command::run(&mut command)
}

/// Random operations on one target, or on all, against naive models.
pub(crate) fn fuzz(workspace: &Workspace, name: Option<&str>, seconds: u32) -> Result {
    let start = |subcommand: &str| {
        let mut command = cargo(workspace);
        command.args([subcommand, "--quiet", "--manifest-path", FUZZ]);
        command.env("CARGO_TARGET_DIR", workspace.target_of("fuzz"));
        command
    };
    command::run(start("clippy").args(["--release", "--all-targets", "--", "-D", "warnings"]))?;
    let names = command::output(start("run").args(["--release", "--", "list"]))?;
    let mut failed = Vec::new();
    for target in names
        .lines()
        .filter(|target| name.is_none_or(|name| name == *target))
    {
        let mut command = start("run");
        if command::run(command.args(["--release", "--", target, &seconds.to_string()])).is_err() {
            failed.push(target);
        }
    }
    match (failed.is_empty(), name) {
        (false, _) => Err(format!("targets {}", failed.join(", "))),
        (true, Some(name)) if names.lines().all(|target| target != name) => {
            Err(format!("no target is named {name}"))
        }
        (true, _) => Ok(()),
    }
}

/// Tests with type layouts drawn at random and checks for undefined behaviour.
pub(crate) fn layout(workspace: &Workspace, name: Option<&str>) -> Result {
    let mut command = tests(workspace, name)?;
    let flags = "-Zrandomize-layout -Zub-checks=yes -Zextra-const-ub-checks";
    unstable(&mut command, workspace, "layout", flags);
    command::run(&mut command)
}

/// Tests with panics that abort.
pub(crate) fn abort(workspace: &Workspace, name: Option<&str>) -> Result {
    let mut command = tests(workspace, name)?;
    unstable(
        &mut command,
        workspace,
        "abort",
        "-Cpanic=abort -Zpanic-abort-tests",
    );
    command::run(&mut command)
}

/// The stress tests under valgrind, one program after the other.
pub(crate) fn memcheck(workspace: &Workspace) -> Result {
    let mut build = cargo(workspace);
    build.args([
        "test",
        "-p",
        "stress",
        "--no-run",
        "--message-format",
        "json",
    ]);
    let messages = command::output(&mut build)?;
    let programs: Vec<String> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["profile"]["test"].as_bool() == Some(true))
        .map(|message| string(&message["executable"]))
        .filter(|program| !program.is_empty())
        .collect();
    if programs.is_empty() {
        return Err("the member `stress` has no test program".to_string());
    }
    for program in programs {
        let mut command = command::program(Path::new("valgrind"), &workspace.root);
        command.args(["--quiet", "--error-exitcode=1", "--leak-check=full"]);
        // A thread that is asleep when the process ends still has its stack: that is no leak.
        command.args([
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ]);
        command.arg(&program);
        command::run(&mut command)?;
    }
    Ok(())
}

/// Builds the published crates with the lowest version of each direct dependency, in a copy of the
/// tree that holds nothing else but what their tests need.
pub(crate) fn minver(workspace: &Workspace) -> Result {
    let copy = workspace.copy("minver")?;
    let path = copy.root.join("Cargo.toml");
    let manifest = fs::read_to_string(&path).map_err(|error| format!("Cargo.toml: {error}"))?;
    let is_members = |line: &&str| line.starts_with("members = [");
    let members = manifest
        .lines()
        .find(is_members)
        .ok_or("Cargo.toml has no line of members")?;
    let manifest = manifest.replace(members, r#"members = ["crates/*", "tests/testkit"]"#);
    fs::write(&path, manifest).map_err(|error| format!("Cargo.toml: {error}"))?;

    let mut update = cargo(&copy);
    update
        .args(["update", "-Zdirect-minimal-versions"])
        .env("RUSTC_BOOTSTRAP", "1");
    command::run(&mut update)?;
    let mut check = cargo(&copy);
    check.args(["check", "--workspace", "--all-targets", "--all-features"]);
    command::run(check.env("CARGO_TARGET_DIR", workspace.target_of("minver")))
}

/// nextest on one crate, or on all.
fn tests(workspace: &Workspace, name: Option<&str>) -> Result<Command> {
    let mut command = tools::nextest(workspace)?;
    command.args(["run", "--all-features"]);
    match name {
        Some(name) => command.args(["-p", &workspace.member(name)?.name]),
        None => command.arg("--workspace"),
    };
    Ok(command)
}

/// Lets this one command use unstable flags, in a build directory of its own.
fn unstable(command: &mut Command, workspace: &Workspace, mode: &str, flags: &str) {
    command
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", rustflags(flags));
    command.env("CARGO_TARGET_DIR", workspace.target_of(mode));
}

/// The triple of this machine.
fn host(workspace: &Workspace) -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = command::output(
        command::program(Path::new(&rustc), &workspace.root).args(["--version", "--verbose"]),
    )?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_string)
        .ok_or_else(|| "rustc does not name its host".to_string())
}

fn has_library(workspace: &Workspace, member: &Member) -> bool {
    workspace.root.join(member.path("src/lib.rs")).is_file()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn an_option_with_a_number_stands_anywhere() {
        assert_eq!(number(&[], "--bound", 2), Ok((2, vec![])));
        assert_eq!(number(&["x"], "--bound", 2), Ok((2, vec!["x"])));
        assert_eq!(
            number(&["--bound", "3", "x"], "--bound", 2),
            Ok((3, vec!["x"]))
        );
        assert_eq!(
            number(&["x", "--bound", "3"], "--bound", 2),
            Ok((3, vec!["x"]))
        );
        assert!(number(&["x", "--bound"], "--bound", 2).is_err());
        assert!(number(&["--bound", "x"], "--bound", 2).is_err());
    }
}
