//! The lines that the program with the probes prints, one for each cell of the tables.

use crate::Result;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The table.
    pub(crate) primitive: String,
    /// The file that the probe stands in, without its suffix.
    pub(crate) file: String,
    /// Whether threads raced, so that nothing found is nothing seen.
    pub(crate) race: bool,
    /// The promise: the row.
    pub(crate) says: String,
    /// The column.
    pub(crate) contender: String,
    /// The package that the contender comes from.
    pub(crate) package: String,
    pub(crate) ours: bool,
    pub(crate) verdict: Verdict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Kept,
    /// With the fact.
    Broken(String),
    /// With what the contender has not got.
    Lacks(String),
}

impl Finding {
    /// The fact that shows it, if the promise is broken.
    pub(crate) fn broken(&self) -> Option<&str> {
        match &self.verdict {
            Verdict::Broken(fact) => Some(fact),
            Verdict::Kept | Verdict::Lacks(_) => None,
        }
    }
}

/// Reads one line: nine parts with tabs between them.
pub(crate) fn parse(line: &str) -> Result<Finding> {
    let wrong = || format!("not a finding: {line}");
    let parts: Vec<&str> = line.split('\t').collect();
    let [
        primitive,
        file,
        kind,
        says,
        contender,
        package,
        side,
        verdict,
        fact,
    ] = parts[..]
    else {
        return Err(wrong());
    };
    let verdict = match verdict {
        "kept" => Verdict::Kept,
        "broken" => Verdict::Broken(fact.to_string()),
        "lacks" => Verdict::Lacks(fact.to_string()),
        _ => return Err(wrong()),
    };
    Ok(Finding {
        primitive: primitive.to_string(),
        file: file.to_string(),
        race: kind == "race",
        says: says.to_string(),
        contender: contender.to_string(),
        package: package.to_string(),
        ours: side == "ours",
        verdict,
    })
}

#[cfg(test)]
mod tests {
    use super::{Verdict, parse};

    #[test]
    fn a_line_is_a_finding_or_an_error() {
        let finding =
            parse("channel\twakes\trace\tOne wakes one\tQueue F\tqueue\tours\tbroken\t2").unwrap();
        assert_eq!(finding.file, "wakes");
        assert_eq!(finding.contender, "Queue F");
        assert!(finding.race && finding.ours);
        assert_eq!(finding.verdict, Verdict::Broken("2".to_string()));
        assert_eq!(finding.broken(), Some("2"));
        for line in ["", "channel\twakes", "a\tb\tc\td\te\tf\tg\tfine\t"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
