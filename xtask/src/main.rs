//! The workspace's automation: `cargo xtask help` lists what it does.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

mod bench;
mod ci;
mod command;
mod new;
mod promises;
mod provenance;
mod steps;
mod tidy;
mod tools;
mod workspace;

use std::env;
use std::process::ExitCode;

use workspace::Workspace;

/// What went wrong, for a person to read.
type Result<T = ()> = std::result::Result<T, String>;

const HELP: &str = "\
cargo xtask COMMAND

Everyday
  ci                  everything that .ci/run checks after `cargo test --workspace`:
                      prints the time of each step, stops at none, fails if any failed
  tidy                the rules that no other tool checks (STYLE.md), in under a second
  test [CRATE]        nextest, then doctests
  new NAME [DESCRIPTION]
                      a crate from the template, its row in README.md, its umbrella feature

Single checks
  fmt  clippy         formatting; lints as errors
  features            the feature powerset of every published crate
  doc                 the documentation as docs.rs builds it
  deny                licences, duplicate versions, sources
  package             what would be published, built from the archives
  loom [CRATE] [--bound N]
                      the models, with at most N preemptions (2)
  asan                the stress tests under AddressSanitizer
  fuzz [TARGET] [--seconds N]
                      random operations against naive models, N seconds per target (2)

Before a release, and after work on a hot path
  layout [CRATE]      tests with randomised type layout and UB checks
  abort [CRATE]       tests with panic = abort
  memcheck            the stress tests under valgrind
  minver              builds with the lowest versions that the manifests allow

Benchmarks
  bench [FILTER] [--quick] [--check]
                      ours and peers interleaved; writes benches/RESULTS.md and benches/charts/.
                      FILTER: only scenarios whose id contains it; --quick: under three minutes;
                      --check: fails on rows above their target

Promises
  promises [--check]  probes of ours and of the peers, each in a process of its own; writes PROMISES.md;
                      fails if one of ours breaks a promise; --check: ours alone, writes nothing

Each mode builds in its own directory under the target directory.
Tools that Cargo installs go to .tools/, at the version that xtask/src/tools.rs names.
Nothing here installs a toolchain.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let Some((&name, rest)) = arguments.split_first() else {
        return Err(format!("which command?\n\n{HELP}"));
    };
    if matches!(name, "help" | "--help" | "-h") || rest.contains(&"--help") {
        print!("{HELP}");
        return Ok(());
    }
    let workspace = &Workspace::load()?;
    match name {
        "ci" => none(rest).and_then(|()| ci::run(workspace)),
        "tidy" => none(rest).and_then(|()| tidy::run(workspace)),
        "fmt" => none(rest).and_then(|()| steps::fmt(workspace)),
        "clippy" => none(rest).and_then(|()| steps::clippy(workspace)),
        "test" => steps::test(workspace, optional(rest)?),
        "features" => none(rest).and_then(|()| steps::features(workspace)),
        "doc" => none(rest).and_then(|()| steps::doc(workspace)),
        "deny" => none(rest).and_then(|()| steps::deny(workspace)),
        "package" => none(rest).and_then(|()| steps::package(workspace)),
        "loom" => {
            let (bound, rest) = steps::number(rest, "--bound", steps::BOUND)?;
            steps::loom(workspace, optional(&rest)?, bound)
        }
        "asan" => none(rest).and_then(|()| steps::asan(workspace)),
        "fuzz" => {
            let (seconds, rest) = steps::number(rest, "--seconds", steps::FUZZ_SECONDS)?;
            steps::fuzz(workspace, optional(&rest)?, seconds)
        }
        "layout" => steps::layout(workspace, optional(rest)?),
        "abort" => steps::abort(workspace, optional(rest)?),
        "memcheck" => none(rest).and_then(|()| steps::memcheck(workspace)),
        "minver" => none(rest).and_then(|()| steps::minver(workspace)),
        "bench" => bench::run(workspace, &bench::Options::parse(rest)?),
        "promises" => promises::run(workspace, rest),
        "new" => match rest {
            [name] => new::run(workspace, name, None),
            [name, description] => new::run(workspace, name, Some(description)),
            _ => Err("usage: cargo xtask new NAME [DESCRIPTION]".to_string()),
        },
        _ => Err(format!("no such command: {name}\n\n{HELP}")),
    }
}

/// Refuses arguments to a command that takes none.
fn none(arguments: &[&str]) -> Result {
    match arguments {
        [] => Ok(()),
        [argument, ..] => Err(format!("unexpected argument: {argument}")),
    }
}

/// The single optional argument of a command.
fn optional<'a>(arguments: &[&'a str]) -> Result<Option<&'a str>> {
    match arguments {
        [] => Ok(None),
        [one] if !one.starts_with('-') => Ok(Some(*one)),
        [argument] | [_, argument, ..] => Err(format!("unexpected argument: {argument}")),
    }
}
