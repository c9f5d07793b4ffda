//! The tables of results, as Markdown: a section for each group, each with when and how it was
//! measured, so that one group can be measured anew without the others.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::rows::{ALLOCATIONS, Row, Target, groups, number, place, quantity};

const HEAD: &str = "\
# Results

Written by `cargo xtask bench`; do not edit.
Less is better everywhere; a ratio is what we need, measured in what the peer needs.
Each value is the median over the rounds.
The absolute figures hold for the machine only that a section names; the ratios carry further.
";

/// How a section begins; its group follows.
const MARK: &str = "\n## ";

/// Sections by the name of their group.
pub(crate) type Sections = BTreeMap<String, String>;

/// A section for each group that was measured, with these facts about it.
pub(crate) fn sections(rows: &[Row], targets: &[Target], facts: &[String]) -> Sections {
    let mut sections = Sections::new();
    for group in groups(rows) {
        let mut lines = vec![format!("![{group}](charts/{group}.svg)"), String::new()];
        lines.extend(facts.iter().map(|fact| format!("- {fact}")));
        lines.push(String::new());
        let of_group: Vec<&Row> = rows.iter().filter(|row| row.group() == group).collect();
        lines.extend(table(&of_group, rows, targets));
        sections.insert(group.to_string(), lines.join("\n"));
    }
    sections
}

/// The whole of `benches/RESULTS.md`.
pub(crate) fn document(sections: &Sections) -> String {
    let mut text = HEAD.to_string();
    for (group, section) in sections {
        let _ = write!(text, "{MARK}{group}\n\n{section}\n");
    }
    text
}

/// What [`document`] was made of.
pub(crate) fn read(document: &str) -> Sections {
    let sections = document.split(MARK).skip(1);
    let named = sections.filter_map(|section| section.split_once('\n'));
    named
        .map(|(group, text)| (group.to_string(), text.trim().to_string()))
        .collect()
}

/// One line per scenario, one column per contender.
fn table(of_group: &[&Row], rows: &[Row], targets: &[Target]) -> Vec<String> {
    let mut contenders: Vec<&str> = of_group
        .iter()
        .flat_map(|row| row.values.iter().map(|(name, _)| name.as_str()))
        .collect();
    contenders.sort_unstable_by_key(|name| place(name));
    contenders.dedup();

    let mut heading = vec!["scenario".to_string()];
    heading.extend(contenders.iter().map(|name| (*name).to_string()));
    heading.extend(["ratio to the best peer", "targets", "allocations"].map(str::to_string));
    let rule = vec!["---".to_string(); heading.len()];
    let mut lines = vec![joined(&heading), joined(&rule)];
    for row in of_group {
        let beside = of_group.iter().find(|other| {
            other.scenario == row.scenario && other.unit == ALLOCATIONS && row.unit != ALLOCATIONS
        });
        let has_time = |other: &&&Row| other.scenario == row.scenario && other.unit != ALLOCATIONS;
        if row.unit == ALLOCATIONS && of_group.iter().any(|other| has_time(&other)) {
            // It stands in the last column of the scenario's other row.
            continue;
        }
        let mut cells = vec![format!("`{}`", row.title())];
        for name in &contenders {
            let value = row.value(name).map(|value| quantity(value, &row.unit));
            cells.push(value.unwrap_or_else(|| "–".to_string()));
        }
        let best = row
            .best_peer()
            .and_then(|(peer, _)| Some((peer, row.ratio(peer)?)));
        cells.push(match best {
            Some((peer, ratio)) if ratio.is_finite() => format!("{} × {peer}", number(ratio)),
            _ => "–".to_string(),
        });
        cells.push(held(row, beside.copied(), rows, targets));
        cells.push(beside.map_or_else(|| "–".to_string(), |row| allocations(row)));
        lines.push(joined(&cells));
    }
    lines
}

/// How the scenario stands to each of its targets.
fn held(row: &Row, beside: Option<&Row>, rows: &[Row], targets: &[Target]) -> String {
    let about = |target: &&Target| {
        let about = target.row(rows);
        about.is_some_and(|about| about == row || Some(about) == beside)
    };
    let mut verdicts = Vec::new();
    for target in targets.iter().filter(about) {
        verdicts.push(match target.verdict(rows) {
            Some(verdict) if verdict.met => verdict.text,
            Some(verdict) => format!("{}, **missed**", verdict.text),
            None => "not measured".to_string(),
        });
    }
    if verdicts.is_empty() {
        "–".to_string()
    } else {
        verdicts.join("; ")
    }
}

fn allocations(row: &Row) -> String {
    let each = |(name, value): &(String, f64)| format!("{name} {}", number(*value));
    row.values.iter().map(each).collect::<Vec<_>>().join(", ")
}

fn joined(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::super::rows::{ALLOCATIONS, Sample, merge, targets};
    use super::{document, read, sections};

    #[test]
    fn the_table_shows_values_ratios_targets_and_allocations() {
        let rows = merge(&[
            Sample::new("timers/cancel", "ours", 65.0, "ns"),
            Sample::new("timers/cancel", "tokio", 100.0, "ns"),
            Sample::new("timers/cancel", "async-io", 130.0, "ns"),
            Sample::new("timers/cancel", "ours", 0.0, ALLOCATIONS),
            Sample::new("timers/cancel", "tokio", 1.0, ALLOCATIONS),
            Sample::new("timers/insert", "ours", 1300.0, "ns"),
            Sample::new("timers/thread_wakes", "ours", 0.002, "wakes"),
            Sample::new("timers/thread_wakes", "tokio", 0.0, "wakes"),
        ]);
        let lines = "timers/cancel | tokio | 0.65\ntimers/cancel | async-io | 0.45\n\
                     timers/cancel allocations | = | 0\ntimers/thread_wakes | max | 0.001\n\
                     timers/insert | best | 1\n";
        let targets = targets("x", lines).unwrap();
        let facts = ["Date: today".to_string(), "Peers: tokio 1.2.3".to_string()];
        let text = document(&sections(&rows, &targets, &facts));
        for line in [
            "- Date: today",
            "- Peers: tokio 1.2.3",
            "## timers",
            "![timers](charts/timers.svg)",
            "| scenario | ours | async-io | tokio | ratio to the best peer | targets | allocations |",
            "| `cancel` | 65 ns | 130 ns | 100 ns | 0.65 × tokio | ≤ 0.65 × tokio: 0.65; \
             ≤ 0.45 × async-io: 0.5, **missed**; = 0: 0 | ours 0, tokio 1 |",
            "| `insert` | 1.3 µs | – | – | – | not measured | – |",
            "| `thread_wakes` | 0.002 wakes | – | 0 wakes | – | ≤ 0.001: 0.002, **missed** | – |",
        ] {
            assert!(text.lines().any(|each| each == line), "{line}\nin\n{text}");
        }
        assert_eq!(text.matches("`cancel`").count(), 1, "{text}");
    }

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let rows = merge(&[
            Sample::new("timers/cancel", "ours", 65.0, "ns"),
            Sample::new("queue/try", "ours", 10.0, "ns"),
        ]);
        let sections = sections(&rows, &[], &["Date: today".to_string()]);
        assert_eq!(sections.len(), 2);
        assert_eq!(read(&document(&sections)), sections);
    }
}
