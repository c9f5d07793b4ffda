//! Runs the bench targets in rounds and reads what they measured.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::MEMBER;
use super::rows::Sample;
use crate::Result;
use crate::command::{self, cargo};
use crate::workspace::{Workspace, string};

/// How much time is spent.
#[derive(Debug)]
pub(crate) struct Effort {
    rounds: u32,
    /// Per benchmark and round.
    warm_up: f64,
    measurement: f64,
    sample_size: u32,
    /// No round is begun that would end past this.
    limit: Duration,
    /// Whether programs that measure figures are told to be quick.
    quick: bool,
}

impl Effort {
    pub(crate) const FULL: Self = Self {
        rounds: 5,
        warm_up: 0.3,
        measurement: 1.0,
        sample_size: 20,
        limit: Duration::from_secs(3600),
        quick: false,
    };
    pub(crate) const QUICK: Self = Self {
        rounds: 3,
        warm_up: 0.05,
        measurement: 0.2,
        sample_size: 10,
        limit: Duration::from_secs(150),
        quick: true,
    };

    pub(crate) fn described(&self) -> String {
        format!(
            "{} s each after {} s of warm-up",
            self.measurement, self.warm_up
        )
    }
}

/// A bench target that has been built.
#[derive(Debug)]
struct Program {
    path: PathBuf,
    /// Prints figures itself; the others are run by criterion.
    figures: bool,
}

/// Runs every matching benchmark once per round, so that a slow hour of the machine hits all
/// contenders, and returns the number of rounds with all samples.
pub(crate) fn all(
    workspace: &Workspace,
    effort: &Effort,
    filter: Option<&str>,
) -> Result<(u32, Vec<Sample>)> {
    let programs = build(workspace)?;
    let start = Instant::now();
    let (mut done, mut samples) = (0, Vec::new());
    while done < effort.rounds {
        // A round takes about as long as those before it did.
        if done > 0 && start.elapsed() * (done + 1) / done > effort.limit {
            break;
        }
        done += 1;
        println!("round {done} of {}", effort.rounds);
        for program in &programs {
            samples.extend(if program.figures {
                figures_of(workspace, program, effort, filter)?
            } else {
                times_of(workspace, program, effort, filter)?
            });
        }
    }
    if let Some(filter) = filter {
        samples.retain(|sample| sample.scenario.contains(filter));
    }
    Ok((done, samples))
}

fn build(workspace: &Workspace) -> Result<Vec<Program>> {
    let member = workspace.member(MEMBER)?;
    if member.benches.is_empty() {
        return Err(format!("the member `{MEMBER}` has no bench targets"));
    }
    let mut command = cargo(workspace);
    command.args(["bench", "--no-run", "-p", MEMBER, "--benches"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    let messages = command::output(&mut command)?;
    let mut programs: Vec<Program> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["kind"][0] == "bench")
        .map(|message| Program {
            path: PathBuf::from(string(&message["executable"])),
            figures: string(&message["target"]["name"]).starts_with("figures_"),
        })
        .collect();
    programs.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(programs)
}

/// What criterion measures: nanoseconds per iteration, or per element if the benchmark says how
/// many there are.
fn times_of(
    workspace: &Workspace,
    program: &Program,
    effort: &Effort,
    filter: Option<&str>,
) -> Result<Vec<Sample>> {
    let home = workspace.target_of("bench-results");
    if home.exists() {
        // What an earlier round left would be read once more.
        fs::remove_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    }
    let mut command = command::program(&program.path, &workspace.root.join(MEMBER));
    command.args(["--bench", "--noplot", "--quiet", "--nresamples", "2000"]);
    command.args(["--warm-up-time", &effort.warm_up.to_string()]);
    command.args(["--measurement-time", &effort.measurement.to_string()]);
    command.args(["--sample-size", &effort.sample_size.to_string()]);
    if let Some(filter) = filter {
        command.arg(escaped(filter));
    }
    command::quiet_output(command.env("CRITERION_HOME", &home))?;
    let mut samples = Vec::new();
    read(&home, &mut samples)?;
    Ok(samples)
}

/// What a program measures itself.
fn figures_of(
    workspace: &Workspace,
    program: &Program,
    effort: &Effort,
    filter: Option<&str>,
) -> Result<Vec<Sample>> {
    let mut command = command::program(&program.path, &workspace.root.join(MEMBER));
    command.arg("--bench");
    if effort.quick {
        command.arg("--quick");
    }
    command.args(filter);
    figures(&command::quiet_output(&mut command)?)
}

/// Reads lines of the form `figure SCENARIO CONTENDER VALUE UNIT`; others are left alone.
fn figures(text: &str) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("figure ") else {
            continue;
        };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let sample = match words[..] {
            [scenario, contender, value, ref unit @ ..] if !unit.is_empty() => value
                .parse()
                .ok()
                .map(|value| Sample::new(scenario, contender, value, &unit.join(" "))),
            _ => None,
        };
        samples.push(sample.ok_or_else(|| {
            format!("not of the form `figure SCENARIO CONTENDER VALUE UNIT`: {line}")
        })?);
    }
    Ok(samples)
}

/// Reads every `new/benchmark.json` below the directory with the estimates beside it.
fn read(directory: &Path, samples: &mut Vec<Sample>) -> Result {
    // A filter may have left nothing of this program.
    if !directory.exists() {
        return Ok(());
    }
    let said = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(directory).map_err(said)? {
        entries.push(entry.map_err(said)?.path());
    }
    entries.sort();
    for path in entries {
        if path.ends_with("new") {
            let benchmark = json(&path.join("benchmark.json"))?;
            let estimates = json(&path.join("estimates.json"))?;
            samples.push(sample(&benchmark, &estimates).ok_or_else(|| {
                format!("{}: criterion's files have another form", path.display())
            })?);
        } else if path.is_dir() {
            read(&path, samples)?;
        }
    }
    Ok(())
}

/// The scenario is the group, with the parameter if there is one; the contender is the function.
fn sample(benchmark: &Value, estimates: &Value) -> Option<Sample> {
    let mut scenario = benchmark["group_id"].as_str()?.to_string();
    if let Some(parameter) = benchmark["value_str"].as_str() {
        scenario.push('/');
        scenario.push_str(parameter);
    }
    let contender = benchmark["function_id"].as_str()?;
    let elements = benchmark["throughput"]["Elements"].as_f64().unwrap_or(1.0);
    let nanoseconds = estimates["median"]["point_estimate"].as_f64()?;
    Some(Sample::new(
        &scenario,
        contender,
        nanoseconds / elements,
        "ns",
    ))
}

fn json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The text as a regular expression that matches it alone.
fn escaped(text: &str) -> String {
    let mut pattern = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::rows::Sample;
    use super::{escaped, figures, sample};

    #[test]
    fn figures_are_read_and_other_lines_left_alone() {
        let text = "warming up\nfigure timers/bytes ours 65.6 bytes per timer\n\
                    figure timers/wakes tokio 0 wakes\n";
        let expected = [
            Sample::new("timers/bytes", "ours", 65.6, "bytes per timer"),
            Sample::new("timers/wakes", "tokio", 0.0, "wakes"),
        ];
        assert_eq!(figures(text).unwrap(), expected);
        for bad in ["figure a ours 1", "figure a ours x ns", "figure a"] {
            assert!(figures(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_criterion_wrote_is_read() {
        let estimates = json!({ "median": { "point_estimate": 820.0 }, "mean": {} });
        let plain = json!({
            "group_id": "timers/cancel", "function_id": "ours", "value_str": null,
            "throughput": null,
        });
        let expected = Sample::new("timers/cancel", "ours", 820.0, "ns");
        assert_eq!(sample(&plain, &estimates), Some(expected));
        let many = json!({
            "group_id": "timers/cancel", "function_id": "tokio", "value_str": "8",
            "throughput": { "Elements": 10 },
        });
        let expected = Sample::new("timers/cancel/8", "tokio", 82.0, "ns");
        assert_eq!(sample(&many, &estimates), Some(expected));
        assert_eq!(sample(&json!({}), &estimates), None);
    }

    #[test]
    fn a_filter_is_no_pattern() {
        assert_eq!(escaped("timers/a.b"), "timers\\/a\\.b");
    }
}
