//! What generated documents say of when and with what they were made.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::command;
use crate::workspace::Workspace;

/// The compiler, as it calls itself.
pub(crate) fn compiler(workspace: &Workspace) -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version =
        command::output(command::program(Path::new(&rustc), &workspace.root).arg("--version"))?;
    Ok(version.trim().to_string())
}

/// Today's date (UTC).
pub(crate) fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    date(now.map_or(0, |since| since.as_secs()))
}

/// The text of `Cargo.lock`.
pub(crate) fn lock_file(workspace: &Workspace) -> Result<String> {
    let path = workspace.root.join("Cargo.lock");
    fs::read_to_string(&path).map_err(|error| format!("Cargo.lock: {error}"))
}

/// The version that the lock file has of a dependency of that package.
pub(crate) fn version<'a>(lock: &'a str, package: &str, dependency: &str) -> Option<&'a str> {
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
    use super::{date, version};

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
