//! What a probe finds out.

use std::any::Any;

/// What a probe comes back with, and what a contender answers to a call that it may not have.
pub(crate) type Outcome<T = ()> = Result<T, Fault>;

/// Why a probe did not come to its end.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The promise does not hold: a fact, as short as it stands in the table.
    Broken(String),
    /// The contender has no such thing, so that there is nothing to promise.
    Lacks(&'static str),
}

/// What a contender answers where its API has no such thing.
pub(crate) fn lacks<T>(what: &'static str) -> Outcome<T> {
    Err(Fault::Lacks(what))
}

/// Ends the probe with a fact, unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($fact:tt)+) => {
        if !$holds {
            return Err($crate::outcome::Fault::Broken(format!($($fact)+)));
        }
    };
}
pub(crate) use ensure;

/// A cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Kept,
    Broken(String),
    Lacks(String),
}

impl Verdict {
    /// As a child process says it: a word, then the fact behind a tab.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Kept => "kept\t".to_owned(),
            Self::Broken(fact) => format!("broken\t{fact}"),
            Self::Lacks(what) => format!("lacks\t{what}"),
        }
    }

    /// What [`line`](Self::line) gave.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (word, fact) = line.split_once('\t')?;
        match word {
            "kept" => Some(Self::Kept),
            "broken" => Some(Self::Broken(fact.to_owned())),
            "lacks" => Some(Self::Lacks(fact.to_owned())),
            _ => None,
        }
    }

    /// What came out of a probe, a panic included.
    pub(crate) fn of(ended: Result<Outcome, Box<dyn Any + Send>>) -> Self {
        match ended {
            Ok(Ok(())) => Self::Kept,
            Ok(Err(Fault::Broken(fact))) => Self::Broken(fact),
            Ok(Err(Fault::Lacks(what))) => Self::Lacks(what.to_owned()),
            Err(payload) => Self::Broken(format!("panic: {}", first_line(payload.as_ref()))),
        }
    }
}

/// The first line of a panic's message.
fn first_line(payload: &(dyn Any + Send)) -> &str {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.and_then(|text| text.lines().next())
        .unwrap_or("without a message")
}

#[cfg(test)]
mod tests {
    use super::{Verdict, lacks};

    #[test]
    fn a_verdict_is_read_as_it_was_said() {
        for verdict in [
            Verdict::Kept,
            Verdict::Broken("200 of 200 items lost".into()),
            Verdict::Lacks("close".into()),
        ] {
            assert_eq!(Verdict::parse(&verdict.line()), Some(verdict));
        }
        assert_eq!(Verdict::parse("thread 'main' panicked"), None);
    }

    #[test]
    fn a_panic_is_a_finding() {
        let ended = std::panic::catch_unwind(|| panic!("at {}\nand more", 3));
        assert_eq!(Verdict::of(ended), Verdict::Broken("panic: at 3".into()));
        assert_eq!(
            Verdict::of(Ok(lacks("close"))),
            Verdict::Lacks("close".into())
        );
    }
}
