//! Starting other programs.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;
use crate::workspace::Workspace;

/// Cargo, in the workspace's root.
pub(crate) fn cargo(workspace: &Workspace) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(Path::new(&cargo), &workspace.root)
}

/// Any program, in the given directory.
pub(crate) fn program(path: &Path, directory: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(directory);
    // Nothing started here may install a toolchain or a component.
    command.env("RUSTUP_AUTO_INSTALL", "0");
    command
}

/// The flags added to the `RUSTFLAGS` that the user has set.
pub(crate) fn rustflags(flags: &str) -> String {
    match env::var("RUSTFLAGS") {
        Ok(set) if !set.is_empty() => format!("{set} {flags}"),
        _ => flags.to_string(),
    }
}

/// Runs to the end, showing what is run and what it prints.
pub(crate) fn run(command: &mut Command) -> Result {
    println!("$ {}", shown(command));
    let status = command
        .status()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{}: {status}", shown(command)))
    }
}

/// Runs to the end and returns what it printed on its standard output; what it says beside that is
/// shown.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    captured(command.stderr(Stdio::inherit()))
}

/// Runs to the end and returns what it printed on its standard output; what it says beside that is
/// shown only if it fails.
pub(crate) fn quiet_output(command: &mut Command) -> Result<String> {
    captured(command.stderr(Stdio::piped()))
}

fn captured(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| format!("{}: {error}", shown(command)))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        return Err(format!("{}: {}", shown(command), output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("{}: not UTF-8", shown(command)))
}

/// The command as one would type it, with the variables that were set for it.
fn shown(command: &Command) -> String {
    let mut line = String::new();
    for (key, value) in command.get_envs() {
        let Some(value) = value else { continue };
        if key != "RUSTUP_AUTO_INSTALL" && key != "CARGO_TARGET_DIR" {
            line.push_str(&key.to_string_lossy());
            line.push('=');
            line.push_str(&quoted(&value.to_string_lossy()));
            line.push(' ');
        }
    }
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    line.push_str(&name.to_string_lossy());
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&quoted(&argument.to_string_lossy()));
    }
    line
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '"', '\'']) {
        format!("'{word}'")
    } else {
        word.to_string()
    }
}
