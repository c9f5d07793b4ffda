//! Where and with what was measured.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use super::MEMBER;
use super::rows::Row;
use crate::Result;
use crate::command;
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
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let rustc =
        command::output(command::program(Path::new(&rustc), &workspace.root).arg("--version"))?;
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    Ok(vec![
        format!("Date: {}", date(now)),
        format!("Processor: {}, {cores} cores", or_unknown(model)),
        format!(
            "System: {} {}, load before the run {}",
            std::env::consts::OS,
            or_unknown(&file("/proc/sys/kernel/osrelease")),
            or_unknown(&load.join(" ")),
        ),
        format!("Compiler: {}", rustc.trim()),
    ])
}

/// The versions of the peers that stand in the rows.
pub(crate) fn peers(workspace: &Workspace, rows: &[Row]) -> Result<Vec<String>> {
    let path = workspace.root.join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(|error| format!("Cargo.lock: {error}"))?;
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
            format!(
                "{name} {}",
                version(&lock, MEMBER, name).unwrap_or("unknown")
            )
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

/// The version that the lock file has of a dependency of that package.
fn version<'a>(lock: &'a str, package: &str, dependency: &str) -> Option<&'a str> {
    let block = |name: &str| {
        let heading = format!("name = \"{name}\"");
        let mut blocks = lock.split("\n\n");
        blocks.find(|block| block.lines().any(|line| line == heading))
    };
    // Where there are several of that name, the dependent says which.
    let mut dependencies = block(package)?
        .lines()
        .filter_map(|line| line.split('"').nth(1));
    let said = dependencies.find_map(|each| each.strip_prefix(dependency)?.strip_prefix(' '));
    let only = || {
        let mut lines = block(dependency)?.lines();
        lines.find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
    };
    said.or_else(only)
}

/// The day of a number of seconds since 1970, in the Gregorian calendar (UTC).
fn date(seconds: u64) -> String {
    let is_leap = |year: u64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut days = seconds / 86_400;
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::{date, peer, version};

    #[test]
    fn days_are_counted_as_in_the_calendar() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (951_868_799, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_735_689_599, "2024-12-31"),
            (1_735_689_600, "2025-01-01"),
        ] {
            assert_eq!(date(seconds), day);
        }
    }

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

    #[test]
    fn versions_come_from_the_lock_file() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\n\
                    version = \"2.0.0\"\n\n[[package]]\nname = \"ab\"\nversion = \"3.0.0\"\n\n\
                    [[package]]\nname = \"ours\"\nversion = \"0.0.0\"\ndependencies = [\n \
                    \"a 2.0.0\",\n \"ab\",\n]\n";
        assert_eq!(version(lock, "ours", "a"), Some("2.0.0"));
        assert_eq!(version(lock, "ours", "ab"), Some("3.0.0"));
        assert_eq!(version(lock, "ours", "abc"), None);
    }
}
