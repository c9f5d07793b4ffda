//! The tables, as Markdown.

use super::findings::{Finding, Verdict};

/// The whole of `PROMISES.md`; `version` knows the version of a package.
pub(crate) fn markdown(
    findings: &[Finding],
    version: &dyn Fn(&str) -> String,
    made: &[String],
) -> String {
    let mut lines: Vec<String> = INTRODUCTION.lines().map(str::to_string).collect();
    lines.extend(made.iter().map(|line| format!("- {line}")));
    for primitive in distinct(findings, |finding| &finding.primitive) {
        let of_it: Vec<&Finding> = findings
            .iter()
            .filter(|finding| finding.primitive == primitive)
            .collect();
        lines.extend([String::new(), format!("## {}", title(primitive))]);
        lines.push(String::new());
        lines.extend(overview(&of_it, version));
        for file in distinct(of_it.iter().copied(), |finding| &finding.file) {
            let group = of_it.iter().filter(|finding| finding.file == file);
            let path = format!("tests/promises/src/{primitive}/{file}.rs");
            lines.extend([String::new(), format!("### [{}]({path})", title(file))]);
            lines.push(String::new());
            lines.extend(table(&group.copied().collect::<Vec<_>>()));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}

const INTRODUCTION: &str = "\
# Promises

Written by `cargo xtask promises`; do not edit.
What a user of a primitive may take for granted, put to the test on ours and on crates that offer the same.
Each probe runs in a process of its own, through the public API, in safe code, built with `--release`; it stands in the file that its table is headed with.

| a cell | says |
|---|---|
| kept | the probe found nothing wrong; in a row that ends with *(race)*: not in three attempts of a second |
| **a fact** | the promise is broken, and this is what was seen |
| – something | there is nothing to promise: the API has no such thing |

*deadlock*: the probe takes less than a second, and was still running after ten.
*SIGSEGV* and the like: the signal that ended the process.
*panic*: the contender's message.

";

/// How many promises each contender keeps.
fn overview(findings: &[&Finding], version: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut lines = vec![
        "| | version | kept | broken | no such thing |".to_string(),
        "|---|---|---|---|---|".to_string(),
    ];
    for name in distinct(findings.iter().copied(), |finding| &finding.contender) {
        let of_it = || findings.iter().filter(|finding| finding.contender == name);
        let count = |wanted: fn(&Verdict) -> bool| {
            let counted = of_it().filter(|finding| wanted(&finding.verdict));
            counted.count().to_string()
        };
        let package = of_it().next().map_or("", |finding| &finding.package);
        lines.push(joined([
            name.to_string(),
            version(package),
            count(|verdict| *verdict == Verdict::Kept),
            count(|verdict| matches!(verdict, Verdict::Broken(_))),
            count(|verdict| matches!(verdict, Verdict::Lacks(_))),
        ]));
    }
    lines
}

/// One row per promise, one column per contender.
fn table(findings: &[&Finding]) -> Vec<String> {
    let contenders = distinct(findings.iter().copied(), |finding| &finding.contender);
    let heading = std::iter::once(String::new());
    let heading = heading.chain(contenders.iter().map(|name| (*name).to_string()));
    let mut lines = vec![joined(heading).replace("|  |", "| |")];
    lines.push(joined(vec!["---".to_string(); contenders.len() + 1]));
    for says in distinct(findings.iter().copied(), |finding| &finding.says) {
        let row = || findings.iter().filter(|finding| finding.says == says);
        let race = row().any(|finding| finding.race);
        let first = format!("{says}{}", if race { " *(race)*" } else { "" });
        let cells = row().map(|finding| cell(&finding.verdict));
        lines.push(joined(std::iter::once(first).chain(cells)));
    }
    lines
}

fn cell(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Kept => "kept".to_string(),
        Verdict::Broken(fact) => format!("**{}**", fact.replace('|', "\\|")),
        Verdict::Lacks(what) => format!("– {what}"),
    }
}

/// The values, each once, in the order in which they first come.
fn distinct<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    value: impl Fn(&'a Finding) -> &'a String,
) -> Vec<&'a str> {
    let mut values: Vec<&str> = Vec::new();
    for finding in findings {
        let value = value(finding).as_str();
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// `cancelled_receive` as `Cancelled receive`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut characters = words.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

fn joined(cells: impl IntoIterator<Item = String>) -> String {
    let cells: Vec<String> = cells.into_iter().collect();
    format!("| {} |", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::super::findings::parse;
    use super::markdown;

    #[test]
    fn the_tables_show_rows_columns_and_counts() {
        let findings: Vec<_> = [
            "channel\twakes\tsteps\tOne wakes one\tQueue F\tqueue\tours\tkept\t",
            "channel\twakes\tsteps\tOne wakes one\tpeer\tpeer\tpeer\tbroken\t100 are woken",
            "channel\tlast_waker\trace\tThe last\tQueue F\tqueue\tours\tkept\t",
            "channel\tlast_waker\trace\tThe last\tpeer\tpeer\tpeer\tlacks\tasync send",
        ]
        .iter()
        .map(|line| parse(line).unwrap())
        .collect();
        let text = markdown(
            &findings,
            &|package| format!("1 of {package}"),
            &["Date: today".to_string()],
        );
        for line in [
            "- Date: today",
            "## Channel",
            "| | version | kept | broken | no such thing |",
            "| Queue F | 1 of queue | 2 | 0 | 0 |",
            "| peer | 1 of peer | 0 | 1 | 1 |",
            "### [Wakes](tests/promises/src/channel/wakes.rs)",
            "### [Last waker](tests/promises/src/channel/last_waker.rs)",
            "| | Queue F | peer |",
            "| --- | --- | --- |",
            "| One wakes one | kept | **100 are woken** |",
            "| The last *(race)* | kept | – async send |",
        ] {
            assert!(text.lines().any(|each| each == line), "{line}\nin\n{text}");
        }
    }
}
