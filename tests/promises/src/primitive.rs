//! The table's shape: primitives, their contenders, the promises probed on each.

use std::panic::catch_unwind;
use std::time::Duration;

use crate::outcome::{Outcome, Verdict};

/// A kind of thing that several crates offer.
pub(crate) struct Primitive {
    pub(crate) name: &'static str,
    pub(crate) contenders: Vec<Contender>,
}

/// One crate's form of a primitive.
pub(crate) struct Contender {
    /// The column's heading.
    pub(crate) name: &'static str,
    /// The package that `Cargo.lock` has the version of.
    pub(crate) package: &'static str,
    pub(crate) ours: bool,
    /// The same promises, in the same order, for all contenders of a primitive.
    pub(crate) promises: Vec<Promise>,
}

/// One row of the table.
pub(crate) struct Promise {
    /// The file that the probe stands in, without its suffix.
    pub(crate) file: &'static str,
    /// The function that is the probe.
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) probe: Probe,
}

/// How a promise is put to the test.
pub(crate) enum Probe {
    /// The same steps each time.
    Steps(fn() -> Outcome),
    /// Threads, for so long.
    Race(fn(Duration) -> Outcome),
}

impl Primitive {
    pub(crate) fn new(name: &'static str, contenders: Vec<Contender>) -> Self {
        Self { name, contenders }
    }
}

impl Contender {
    /// A type of one of our crates.
    pub(crate) fn ours(name: &'static str, package: &'static str, promises: Vec<Promise>) -> Self {
        Self {
            name,
            package,
            ours: true,
            promises,
        }
    }

    /// A crate from elsewhere, which gives the column its name.
    pub(crate) fn peer(package: &'static str, promises: Vec<Promise>) -> Self {
        Self {
            name: package,
            package,
            ours: false,
            promises,
        }
    }
}

impl Probe {
    pub(crate) fn run(&self, race: Duration) -> Verdict {
        Verdict::of(match self {
            Self::Steps(probe) => catch_unwind(probe),
            Self::Race(probe) => catch_unwind(|| probe(race)),
        })
    }

    pub(crate) fn is_race(&self) -> bool {
        matches!(self, Self::Race(_))
    }
}

/// Rows of a table: what is promised, and the probe `file::name` for it.
macro_rules! promises {
    ($contender:ty; $($file:ident { $($name:ident: $kind:ident $says:literal;)* })*) => {
        vec![$($($crate::primitive::Promise {
            file: stringify!($file),
            name: stringify!($name),
            says: $says,
            probe: $crate::primitive::Probe::$kind($file::$name::<$contender>),
        },)*)*]
    };
}
pub(crate) use promises;
