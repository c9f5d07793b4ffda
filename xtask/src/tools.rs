//! The tools that Cargo installs, each at one version.

use std::fs;
use std::path::PathBuf;

use crate::Result;
use crate::command::{self, cargo};
use crate::workspace::Workspace;

/// A tool from the public registry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

pub(crate) const HACK: Tool = Tool {
    name: "cargo-hack",
    version: "0.6.46",
};
pub(crate) const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};
pub(crate) const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.143",
};

/// The tool's program in `.tools/`, installed first if it or its version is missing.
pub(crate) fn program(workspace: &Workspace, tool: Tool) -> Result<PathBuf> {
    let tools = workspace.root.join(".tools");
    let path = tools
        .join("bin")
        .join(format!("{}{}", tool.name, std::env::consts::EXE_SUFFIX));
    let installed = fs::read_to_string(tools.join(".crates.toml")).unwrap_or_default();
    if !path.is_file() || !installed.contains(&format!("\"{} {} ", tool.name, tool.version)) {
        let mut command = cargo(workspace);
        // Without optimisation: that takes longer than all the runs that it would speed up.
        command.args([
            "install", "--quiet", "--locked", "--debug", "--root", ".tools",
        ]);
        command.args(["--version", tool.version, tool.name]);
        command
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_TARGET_DIR");
        command::run(&mut command)?;
    }
    Ok(path)
}

/// Cargo's subcommand `nextest`, from the machine or from `.tools/`.
pub(crate) fn nextest(workspace: &Workspace) -> Result<std::process::Command> {
    let mut command = cargo(workspace);
    command.args(["nextest", "--version"]);
    command
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    let mut command = if command.status().is_ok_and(|status| status.success()) {
        cargo(workspace)
    } else {
        command::program(&program(workspace, NEXTEST)?, &workspace.root)
    };
    command.arg("nextest");
    Ok(command)
}
