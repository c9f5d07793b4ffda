//! What a crawl gathers: URLs, what became of them, and the links between them.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use url::Url;

use super::fetchers::Depth;
use crate::failure::Problem;

/// An index into [`Crawled::targets`].
pub type TargetId = usize;

/// What became of a URL.
#[derive(Clone, Debug)]
pub enum State {
    /// Nobody has asked for it: the crawl ended before its turn.
    Unchecked,
    /// On another site, and those were not asked for.
    External,
    /// `robots.txt` says no.
    Disallowed,
    /// It is there.
    Fine {
        /// What fragments may point to; `None` if that can't be known.
        anchors: Option<HashSet<String>>,
    },
    /// It is elsewhere.
    Redirect {
        /// Where.
        to: TargetId,
        /// The fragment that the `Location` names, which goes before that of the link.
        fragment: Option<String>,
    },
    /// It is not to be had.
    Broken(Problem),
}

/// A URL without a fragment.
#[derive(Clone, Debug)]
pub struct Target {
    /// The URL.
    pub url: Url,
    /// What became of it.
    pub state: State,
    /// The fewest redirects by which it is known to be reached.
    pub(super) hops: u8,
    /// The fewest links by which it is known to be reached.
    pub(super) depth: Depth,
    /// Whether the links on it were followed.
    pub(super) is_followed: bool,
    /// How often it was looked at again.
    pub(super) rechecks: u32,
}

/// A link as it stands on a page.
#[derive(Clone, Debug)]
pub struct Link {
    /// The page on which it stands.
    pub page: TargetId,
    /// Where it leads.
    pub to: Destination,
}

/// Where a link leads.
#[derive(Clone, Debug)]
pub enum Destination {
    /// To this URL, and within it to the anchor that `fragment` names.
    Target {
        /// The URL.
        id: TargetId,
        /// As in the URL, percent-encoded.
        fragment: Option<String>,
    },
    /// Nowhere: what is written there is not a URL.
    Invalid {
        /// What is written there.
        text: String,
        /// Why it is not a URL.
        reason: String,
    },
}

/// All that was gathered.
#[derive(Debug)]
pub struct Crawled {
    /// The page that was asked for, before redirects.
    pub start: Url,
    /// Every URL that was met.
    pub targets: Vec<Target>,
    /// Every http and https link, in no particular order.
    pub links: Vec<Link>,
    /// Links by other schemes, such as `mailto:`; they are not checked.
    pub other_schemes: usize,
    /// Pages whose links were followed.
    pub pages: usize,
    /// Pages whose links were not followed because there had been enough of them.
    pub pages_beyond_limit: usize,
    /// Whether it was stopped before all was done.
    pub interrupted: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// Hosts whose `robots.txt` could not be reached, and why; nothing of these was fetched.
    pub unreachable_robots: BTreeSet<String>,
    /// How often a URL that had failed was looked at again.
    pub rechecks: usize,
    /// How many of these were there then.
    pub recovered: usize,
}

impl Crawled {
    pub(super) fn new(start: Url) -> Self {
        Self {
            start,
            targets: Vec::new(),
            links: Vec::new(),
            other_schemes: 0,
            pages: 0,
            pages_beyond_limit: 0,
            interrupted: false,
            elapsed: Duration::ZERO,
            unreachable_robots: BTreeSet::new(),
            rechecks: 0,
            recovered: 0,
        }
    }

    /// A URL of which nothing is known yet; its number is that of the targets before.
    pub(super) fn add_target(&mut self, url: Url) {
        self.targets.push(Target {
            url,
            state: State::Unchecked,
            hops: u8::MAX,
            depth: Depth::MAX,
            is_followed: false,
            rechecks: 0,
        });
    }
}

impl Target {
    /// Whether the links on it were followed.
    #[must_use]
    pub fn is_followed(&self) -> bool {
        self.is_followed
    }
}
