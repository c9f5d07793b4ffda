//! The table of results, as Markdown.

use super::rows::{ALLOCATIONS, Row, Target, groups, number, place, quantity};

/// The whole of `benches/RESULTS.md`.
pub(crate) fn markdown(
    rows: &[Row],
    targets: &[Target],
    machine: &[String],
    peers: &[String],
    how: &str,
) -> String {
    let mut lines = vec![
        "# Results".to_string(),
        String::new(),
        "Written by `cargo xtask bench`; do not edit.".to_string(),
        "Less is better everywhere; a ratio is what we need, measured in what the peer needs."
            .to_string(),
        "Each value is the median over the rounds.".to_string(),
        "The absolute figures hold for this machine only; the ratios carry further.".to_string(),
        String::new(),
    ];
    lines.extend(machine.iter().map(|line| format!("- {line}")));
    if !peers.is_empty() {
        lines.push(format!("- Peers: {}", peers.join(", ")));
    }
    lines.push(format!("- Measured: {how}"));
    for group in groups(rows) {
        lines.extend([String::new(), format!("## {group}"), String::new()]);
        lines.push(format!("![{group}](charts/{group}.svg)"));
        lines.push(String::new());
        let of_group: Vec<&Row> = rows.iter().filter(|row| row.group() == group).collect();
        lines.extend(table(&of_group, rows, targets));
    }
    lines.push(String::new());
    lines.join("\n")
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
    use super::markdown;

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
        let text = markdown(
            &rows,
            &targets,
            &["Date: today".into()],
            &["tokio 1.2.3".into()],
            "x",
        );
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
}
