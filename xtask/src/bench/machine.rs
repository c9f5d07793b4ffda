//! Where and with what was measured.

use std::fs;
use std::thread;

use super::MEMBER;
use super::rows::Row;
use crate::Result;
use crate::provenance;
use crate::workspace::Workspace;

/// Lines on the machine, the date and the compiler; read before the measurement loads the machine.
pub(crate) fn describe(workspace: &Workspace) -> Result<Vec<String>> {
    let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let or_unknown = |text: &str| match text.trim() {
        "" => "unknown".to_string(),
        text => text.to_string(),
    };
    let information = file("/proc/cpuinfo");
    let model = information
        .lines()
        .find(|line| line.starts_with("model name"));
    let model = model
        .and_then(|line| line.split_once(':'))
        .map_or("", |(_, model)| model);
    let load = file("/proc/loadavg");
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    let cores = thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let compiler = provenance::compiler(workspace)?;
    Ok(vec![
        format!("Date: {}", provenance::today()),
        format!("Processor: {}, {cores} cores", or_unknown(model)),
        format!(
            "System: {} {}, load before the run {}",
            std::env::consts::OS,
            or_unknown(&file("/proc/sys/kernel/osrelease")),
            or_unknown(&load.join(" ")),
        ),
        format!("Compiler: {compiler}"),
    ])
}

/// The versions of the peers that stand in the rows.
pub(crate) fn peers(workspace: &Workspace, rows: &[Row]) -> Result<Vec<String>> {
    let lock = provenance::lock_file(workspace)?;
    let dependencies = &workspace.member(MEMBER)?.dependencies;
    let names: Vec<&str> = dependencies.iter().map(|each| each.name.as_str()).collect();
    let mut peers: Vec<&str> = rows
        .iter()
        .flat_map(|row| row.values.iter())
        .filter_map(|(contender, _)| peer(contender, &names))
        .collect();
    peers.sort_unstable();
    peers.dedup();
    Ok(peers
        .iter()
        .map(|name| {
            let version = provenance::version(&lock, MEMBER, name);
            format!("{name} {}", version.unwrap_or("unknown"))
        })
        .collect())
}

/// The dependency that a contender is named after: `tokio` of `tokio-current-thread`.
fn peer<'a>(contender: &str, dependencies: &[&'a str]) -> Option<&'a str> {
    let is_named = |name: &&&str| {
        contender
            .strip_prefix(**name)
            .is_some_and(|rest| !rest.starts_with(|character: char| character.is_alphanumeric()))
    };
    dependencies
        .iter()
        .filter(is_named)
        .max_by_key(|name| name.len())
        .copied()
}

#[cfg(test)]
mod tests {
    use super::peer;

    #[test]
    fn a_contender_is_named_after_a_dependency() {
        let dependencies = ["async-io", "tokio", "tokio-util"];
        for (contender, name) in [
            ("tokio", Some("tokio")),
            ("tokio-multi-thread", Some("tokio")),
            ("tokio-util", Some("tokio-util")),
            ("tokios", None),
            ("ours", None),
        ] {
            assert_eq!(peer(contender, &dependencies), name, "{contender}");
        }
    }
}
