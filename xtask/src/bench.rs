//! Benchmarks: ours and peers in turns, a table with the ratios, a chart per group.
//!
//! The conventions for those who write benchmarks stand in `benches/README.md`.

mod chart;
mod machine;
mod measure;
mod report;
mod rows;

use std::fs;
use std::time::Instant;

use crate::Result;
use crate::workspace::Workspace;
use measure::Effort;
use report::Sections;
use rows::{Row, Target};

/// The member that holds the benchmarks.
const MEMBER: &str = "benches";

/// Where the results stand.
const RESULTS: &str = "benches/RESULTS.md";

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    /// Only scenarios whose id contains it; with a `/` at its end that is whole groups.
    filter: Option<String>,
    quick: bool,
    check: bool,
}

impl Options {
    pub(crate) fn parse(arguments: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        for argument in arguments {
            match *argument {
                "--quick" => options.quick = true,
                "--check" => options.check = true,
                word if !word.starts_with('-') && options.filter.is_none() => {
                    options.filter = Some(word.to_string());
                }
                other => return Err(format!("unexpected argument: {other}")),
            }
        }
        Ok(options)
    }
}

/// Measures, prints the tables, and writes down those of the groups that were measured as a whole.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    let targets = targets(workspace)?;
    let machine = machine::describe(workspace)?;
    let effort = if options.quick {
        Effort::QUICK
    } else {
        Effort::FULL
    };
    let start = Instant::now();
    let (rounds, samples) = measure::all(workspace, &effort, options.filter.as_deref())?;
    let rows = rows::merge(&samples);
    if rows.is_empty() {
        return Err("no benchmark matched".to_string());
    }
    let peers = machine::peers(workspace, &rows)?;
    let mut facts = machine;
    if !peers.is_empty() {
        facts.push(format!("Peers: {}", peers.join(", ")));
    }
    facts.push(format!("Measured: {rounds} rounds, {}", effort.described()));
    let sections = report::sections(&rows, &targets, &facts);
    println!("{}", report::document(&sections));
    println!(
        "took {:.0} s, the build included",
        start.elapsed().as_secs_f64()
    );
    match options.filter.as_deref() {
        None => write(workspace, &rows, &sections)?,
        Some(filter) if filter.ends_with('/') => {
            let known = fs::read_to_string(workspace.root.join(RESULTS));
            let known = known.map_err(|error| format!("{RESULTS}: {error}"))?;
            let mut all = report::read(&known);
            all.extend(sections);
            write(workspace, &rows, &all)?;
        }
        Some(_) => println!("{RESULTS} is left alone: only a part of a group was measured"),
    }
    if !options.check {
        return Ok(());
    }
    let asked_for = |target: &&Target| match &options.filter {
        Some(filter) => target.scenario.contains(filter),
        None => true,
    };
    check(&rows, &targets.iter().filter(asked_for).collect::<Vec<_>>())
}

/// The targets of all groups.
fn targets(workspace: &Workspace) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for path in workspace.files()? {
        if path.starts_with("benches/benches/") && path.ends_with(".targets") {
            let text = fs::read_to_string(workspace.root.join(&path));
            let text = text.map_err(|error| format!("{path}: {error}"))?;
            targets.extend(rows::targets(&path, &text)?);
        }
    }
    Ok(targets)
}

/// Writes the sections, and the charts of what was measured; takes away the charts of groups that
/// are no more.
fn write(workspace: &Workspace, rows: &[Row], sections: &Sections) -> Result {
    let charts = workspace.root.join("benches/charts");
    let said = |error: std::io::Error| format!("{RESULTS}: {error}");
    fs::create_dir_all(&charts).map_err(said)?;
    for chart in fs::read_dir(&charts).map_err(said)? {
        let chart = chart.map_err(said)?.path();
        let group = chart.file_stem().unwrap_or_default().to_string_lossy();
        if !sections.contains_key(&*group) {
            fs::remove_file(&chart).map_err(said)?;
        }
    }
    for group in rows::groups(rows) {
        let of_group: Vec<&Row> = rows.iter().filter(|row| row.group() == group).collect();
        let svg = chart::svg(group, &of_group);
        fs::write(charts.join(format!("{group}.svg")), svg).map_err(said)?;
    }
    fs::write(workspace.root.join(RESULTS), report::document(sections)).map_err(said)?;
    println!("wrote {RESULTS} and benches/charts/");
    Ok(())
}

/// Fails on rows above their target, and on targets that nothing was measured for.
fn check(rows: &[Row], targets: &[&Target]) -> Result {
    let mut missed = Vec::new();
    for target in targets {
        match target.verdict(rows) {
            Some(verdict) if verdict.met => {}
            Some(verdict) => missed.push(format!("{}: {}", target.scenario, verdict.text)),
            None => missed.push(format!("{target}: not measured")),
        }
    }
    if missed.is_empty() {
        println!("all targets are met");
        return Ok(());
    }
    Err(format!(
        "{} targets are missed:\n{}",
        missed.len(),
        missed.join("\n")
    ))
}

#[cfg(test)]
mod tests {
    use super::rows::{Sample, merge, targets};
    use super::{Options, check};

    #[test]
    fn the_command_line_is_read() {
        let options = Options::parse(&["timers/", "--quick"]).unwrap();
        let expected = Options {
            filter: Some("timers/".into()),
            quick: true,
            check: false,
        };
        assert_eq!(options, expected);
        assert!(Options::parse(&["a", "b"]).is_err());
        assert!(Options::parse(&["--fast"]).is_err());
    }

    #[test]
    fn missed_targets_and_unmeasured_ones_fail_the_check() {
        let rows = merge(&[
            Sample::new("timers/cancel", "ours", 70.0, "ns"),
            Sample::new("timers/cancel", "tokio", 100.0, "ns"),
        ]);
        let check = |line: &str| {
            let targets = targets("x", line).unwrap();
            check(&rows, &targets.iter().collect::<Vec<_>>())
        };
        assert_eq!(check("timers/cancel | tokio | 0.7"), Ok(()));
        let error = check("timers/cancel | tokio | 0.69").unwrap_err();
        assert!(
            error.contains("timers/cancel: ≤ 0.69 × tokio: 0.7"),
            "{error}"
        );
        assert!(check("timers/other | tokio | 0.7").is_err());
    }
}
