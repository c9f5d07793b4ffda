//! Measurements, brought together into rows, and the targets that the rows are held to.

use std::fmt;

use crate::Result;

/// The contender that the targets are about.
pub(crate) const OURS: &str = "ours";

/// Whether a contender is ours: the one the targets are about, or another of ours beside it, whose
/// name begins with `ours-`.
pub(crate) fn is_ours(contender: &str) -> bool {
    let rest = contender.strip_prefix(OURS);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// The unit of figures that belong to a scenario beside its time.
pub(crate) const ALLOCATIONS: &str = "allocations";

/// What one contender needed in one scenario, in one round; less is better.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) scenario: String,
    pub(crate) contender: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
}

impl Sample {
    pub(crate) fn new(scenario: &str, contender: &str, value: f64, unit: &str) -> Self {
        Self {
            scenario: scenario.to_string(),
            contender: contender.to_string(),
            value,
            unit: unit.to_string(),
        }
    }
}

/// A scenario with the median of each contender.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) unit: String,
    /// In the order of [`place`].
    pub(crate) values: Vec<(String, f64)>,
}

impl Row {
    /// The part of the id before the first `/`.
    pub(crate) fn group(&self) -> &str {
        self.scenario.split('/').next().unwrap_or_default()
    }

    /// The part of the id behind the group.
    pub(crate) fn title(&self) -> &str {
        self.scenario
            .split_once('/')
            .map_or(&self.scenario, |(_, title)| title)
    }

    pub(crate) fn value(&self, contender: &str) -> Option<f64> {
        self.values
            .iter()
            .find(|(name, _)| name == contender)
            .map(|(_, value)| *value)
    }

    /// The peer that needs least.
    pub(crate) fn best_peer(&self) -> Option<(&str, f64)> {
        let peers = self.values.iter().filter(|(name, _)| !is_ours(name));
        let best = peers.min_by(|(_, one), (_, other)| one.total_cmp(other));
        best.map(|(name, value)| (name.as_str(), *value))
    }

    /// What the best of these peers needs; none if one of them was not measured.
    fn least(&self, peers: &[String]) -> Option<f64> {
        let values: Option<Vec<f64>> = peers.iter().map(|peer| self.value(peer)).collect();
        values?.into_iter().min_by(f64::total_cmp)
    }

    /// What we need, measured in what that peer needs.
    pub(crate) fn ratio(&self, peer: &str) -> Option<f64> {
        Some(self.value(OURS)? / self.value(peer)?)
    }
}

/// Orders contenders: ours first, then what else is ours, then the peers by name.
pub(crate) fn place(contender: &str) -> (bool, &str) {
    (!is_ours(contender), contender)
}

/// Groups in the order of the rows.
pub(crate) fn groups(rows: &[Row]) -> Vec<&str> {
    let mut groups: Vec<&str> = rows.iter().map(Row::group).collect();
    groups.dedup();
    groups
}

/// One row per scenario and unit, sorted, each value the median over the rounds.
pub(crate) fn merge(samples: &[Sample]) -> Vec<Row> {
    let mut keys: Vec<(&str, &str, (bool, &str))> = samples
        .iter()
        .map(|each| {
            (
                each.scenario.as_str(),
                each.unit.as_str(),
                place(&each.contender),
            )
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let mut rows: Vec<Row> = Vec::new();
    for (scenario, unit, (_, contender)) in keys {
        let of_key = samples.iter().filter(|each| {
            each.scenario == scenario && each.unit == unit && each.contender == contender
        });
        let value = median(of_key.map(|each| each.value).collect());
        match rows.last_mut() {
            Some(row) if row.scenario == scenario && row.unit == unit => {
                row.values.push((contender.to_string(), value));
            }
            _ => rows.push(Row {
                scenario: scenario.to_string(),
                unit: unit.to_string(),
                values: vec![(contender.to_string(), value)],
            }),
        }
    }
    rows
}

/// The middle value, or the mean of the two in the middle; of at least one value.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// What a row has to reach.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    pub(crate) scenario: String,
    against: Against,
    number: f64,
}

#[derive(Debug, Clone, PartialEq)]
enum Against {
    /// At most so many times what the best peer needs.
    Best,
    /// At most so many times what the best of these peers needs.
    Peers(Vec<String>),
    /// Exactly so much.
    Exactly,
    /// At most so much.
    AtMost,
}

/// How a row stands to a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) met: bool,
    pub(crate) text: String,
}

/// Reads lines of the form `scenario | peers, best, = or max | number`.
pub(crate) fn targets(path: &str, text: &str) -> Result<Vec<Target>> {
    let mut targets = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let target = match parts[..] {
            [scenario, against, number] if !scenario.is_empty() && !against.is_empty() => number
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .map(|number| Target {
                    scenario: scenario.to_string(),
                    against: match against {
                        "best" => Against::Best,
                        "=" => Against::Exactly,
                        "max" => Against::AtMost,
                        peers => Against::Peers(
                            peers
                                .split(',')
                                .map(|peer| peer.trim().to_string())
                                .collect(),
                        ),
                    },
                    number,
                }),
            _ => None,
        };
        let line = at + 1;
        targets.push(target.ok_or_else(|| {
            format!("{path}:{line}: not of the form `scenario | peers, best, = or max | number`")
        })?);
    }
    Ok(targets)
}

impl Target {
    /// The row that this target is about.
    ///
    /// `scenario allocations` names the allocations that belong to a scenario; the plain id names
    /// its other row.
    pub(crate) fn row<'a>(&self, rows: &'a [Row]) -> Option<&'a Row> {
        let allocations = self.scenario.strip_suffix(ALLOCATIONS).map(str::trim_end);
        rows.iter().find(|row| match allocations {
            Some(scenario) => row.scenario == scenario && row.unit == ALLOCATIONS,
            None => row.scenario == self.scenario && row.unit != ALLOCATIONS,
        })
    }

    /// Whether the target is met; none if what it needs was not measured.
    pub(crate) fn verdict(&self, rows: &[Row]) -> Option<Verdict> {
        let row = self.row(rows)?;
        let (measured, wanted) = match &self.against {
            Against::Best => {
                let (peer, _) = row.best_peer()?;
                (row.ratio(peer)?, format!("≤ {} × the best", self.number))
            }
            Against::Peers(peers) => {
                let ratio = row.value(OURS)? / row.least(peers)?;
                (ratio, format!("≤ {} × {}", self.number, joined(peers)))
            }
            Against::Exactly => (row.value(OURS)?, format!("= {}", self.number)),
            Against::AtMost => (row.value(OURS)?, format!("≤ {}", self.number)),
        };
        let met = match self.against {
            Against::Exactly => (measured - self.number).abs() < 1e-9,
            // Not `>`: what is not a number meets no target.
            _ => measured <= self.number,
        };
        let text = format!("{wanted}: {}", number(measured));
        Some(Verdict { met, text })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let against = match &self.against {
            Against::Best => "best",
            Against::Peers(peers) => &peers.join(", "),
            Against::Exactly => "=",
            Against::AtMost => "max",
        };
        write!(f, "{} | {against} | {}", self.scenario, self.number)
    }
}

/// The peer's name, or what is done with the names of several.
fn joined(peers: &[String]) -> String {
    match peers {
        [peer] => peer.clone(),
        several => format!("the best of {}", several.join(", ")),
    }
}

/// A value in its unit; nanoseconds become the unit of time that reads best.
pub(crate) fn quantity(value: f64, unit: &str) -> String {
    if unit != "ns" {
        return format!("{} {unit}", number(value));
    }
    let (scale, unit) = match value {
        value if value < 1e3 => (1.0, "ns"),
        value if value < 1e6 => (1e3, "µs"),
        value if value < 1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    format!("{} {unit}", number(value / scale))
}

/// Three significant digits, and all before the point.
pub(crate) fn number(value: f64) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        return text.trim_end_matches('0').trim_end_matches('.').to_string();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{ALLOCATIONS, Row, Sample, groups, merge, number, quantity, targets};

    fn rows() -> Vec<Row> {
        merge(&[
            Sample::new("timers/cancel", "tokio", 100.0, "ns"),
            Sample::new("timers/cancel", "ours", 90.0, "ns"),
            Sample::new("timers/cancel", "ours", 50.0, "ns"),
            Sample::new("timers/cancel", "ours", 60.0, "ns"),
            Sample::new("timers/cancel", "async-io", 80.0, "ns"),
            Sample::new("timers/cancel", "async-io", 120.0, "ns"),
            Sample::new("timers/cancel", "ours", 0.0, ALLOCATIONS),
            Sample::new("limiter/inversions", "ours", 0.0, "%"),
        ])
    }

    #[test]
    fn rounds_become_medians_with_ours_first() {
        let rows = rows();
        let ids: Vec<_> = rows
            .iter()
            .map(|row| (row.scenario.as_str(), row.unit.as_str()))
            .collect();
        let expected = [
            ("limiter/inversions", "%"),
            ("timers/cancel", ALLOCATIONS),
            ("timers/cancel", "ns"),
        ];
        assert_eq!(ids, expected);
        let values: Vec<_> = rows[2]
            .values
            .iter()
            .map(|(name, value)| (name.as_str(), value.round()))
            .collect();
        assert_eq!(
            values,
            [("ours", 60.0), ("async-io", 100.0), ("tokio", 100.0)]
        );
        assert_eq!(rows[2].best_peer().map(|(name, _)| name), Some("async-io"));
        assert_eq!(rows[0].best_peer(), None);
        assert_eq!(groups(&rows), ["limiter", "timers"]);
        assert_eq!(rows[2].title(), "cancel");
    }

    #[test]
    fn targets_are_held_against_their_row() {
        let rows = rows();
        for (line, met) in [
            ("timers/cancel | tokio | 0.6", Some(true)),
            ("timers/cancel | tokio | 0.59", Some(false)),
            ("timers/cancel | best | 0.6", Some(true)),
            ("timers/cancel | max | 60", Some(true)),
            ("timers/cancel | max | 59.9", Some(false)),
            ("timers/cancel | = | 60", Some(true)),
            ("timers/cancel allocations | = | 0", Some(true)),
            ("timers/cancel allocations | = | 1", Some(false)),
            ("limiter/inversions | = | 0", Some(true)),
            ("limiter/inversions | best | 1", None),
            ("timers/cancel | tokio, async-io | 0.6", Some(true)),
            ("timers/cancel | tokio, async-io | 0.59", Some(false)),
            ("timers/cancel | smol | 1", None),
            ("timers/cancel | tokio, smol | 1", None),
            ("timers/insert | best | 1", None),
        ] {
            let targets = targets("x", line).unwrap();
            assert_eq!(targets[0].to_string(), line);
            assert_eq!(
                targets[0].verdict(&rows).map(|verdict| verdict.met),
                met,
                "{line}"
            );
        }
    }

    #[test]
    fn only_the_peers_named_count() {
        let rows = merge(&[
            Sample::new("a/b", "quick", 10.0, "ns"),
            Sample::new("a/b", "tokio", 100.0, "ns"),
            Sample::new("a/b", "smol", 80.0, "ns"),
            Sample::new("a/b", "ours-mutex", 5.0, "ns"),
            Sample::new("a/b", "ours", 40.0, "ns"),
        ]);
        let targets = targets("x", "a/b | tokio, smol | 0.5\na/b | quick | 3.9").unwrap();
        let verdicts: Vec<_> = targets
            .iter()
            .map(|target| target.verdict(&rows).unwrap())
            .collect();
        assert_eq!(verdicts[0].text, "≤ 0.5 × the best of tokio, smol: 0.5");
        assert_eq!(verdicts[1].text, "≤ 3.9 × quick: 4");
        assert_eq!([verdicts[0].met, verdicts[1].met], [true, false]);
    }

    #[test]
    fn what_else_is_ours_is_no_peer() {
        let rows = merge(&[
            Sample::new("a/b", "ours-mutex", 5.0, "ns"),
            Sample::new("a/b", "oursine", 50.0, "ns"),
            Sample::new("a/b", "asyncband", 60.0, "ns"),
            Sample::new("a/b", "ours", 40.0, "ns"),
        ]);
        let names: Vec<_> = rows[0]
            .values
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["ours", "ours-mutex", "asyncband", "oursine"]);
        assert_eq!(rows[0].best_peer(), Some(("oursine", 50.0)));
    }

    #[test]
    fn no_number_meets_no_target() {
        let rows = merge(&[
            Sample::new("a/b", "ours", 0.0, "ns"),
            Sample::new("a/b", "peer", 0.0, "ns"),
        ]);
        let targets = targets("x", "a/b | peer | 1").unwrap();
        assert!(!targets[0].verdict(&rows).unwrap().met);
    }

    #[test]
    fn a_line_of_another_form_is_an_error() {
        assert_eq!(targets("x", "\na/b | best | 1\n\n").unwrap().len(), 1);
        for bad in [
            "a/b",
            "a/b | best",
            "a/b | best | x",
            "a/b | best | 1 | 2",
            "| best | 1",
        ] {
            let error = targets("x.targets", &format!("\n{bad}\n")).unwrap_err();
            assert!(error.starts_with("x.targets:2: "), "{error}");
        }
    }

    #[test]
    fn quantities_are_readable() {
        for (value, unit, text) in [
            (3.279, "ns", "3.28 ns"),
            (82.44, "ns", "82.4 ns"),
            (20_500.0, "ns", "20.5 µs"),
            (51_000_000.0, "ns", "51 ms"),
            (2e9, "ns", "2 s"),
            (1_234_567.0, "bytes", "1234567 bytes"),
            (0.0, "wakes", "0 wakes"),
            (0.0012, "wakes", "0.0012 wakes"),
        ] {
            assert_eq!(quantity(value, unit), text);
        }
        assert_eq!(number(0.651), "0.65");
        assert_eq!(number(100.0), "100");
    }
}
