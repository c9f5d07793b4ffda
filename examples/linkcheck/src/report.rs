//! The result, sorted for people and for JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use url::Url;

use crate::crawl::{Crawled, Destination, Link, State};
use crate::fetch::Fetcher;
use crate::politeness::Rate;
use crate::runtime::Runtime;
use crate::verdict::Verdict;

/// How many pages the summary names for a broken link.
const SOURCES_SHOWN: usize = 3;

/// What a run has found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The page that was asked for.
    pub start: String,
    /// What drove the crawl.
    pub runtime: String,
    /// The limit for each host.
    pub rate: String,
    /// Whether all was checked that should be.
    pub complete: bool,
    /// Whether the run was stopped early.
    pub interrupted: bool,
    /// Pages whose links were followed.
    pub pages: usize,
    /// Pages whose links were not, because there had been enough of them.
    pub pages_beyond_limit: usize,
    /// Links by http and https on these pages.
    pub links: usize,
    /// Distinct URLs, without fragments, to which they and redirects lead.
    pub targets: usize,
    /// Links of which nobody was asked, because they lead to other sites.
    pub external: usize,
    /// Links of which nobody was asked, because `robots.txt` does not want us there.
    pub disallowed: usize,
    /// Links that were not checked before the run was stopped.
    pub unchecked: usize,
    /// Links such as `mailto:`.
    pub other_schemes: usize,
    /// How often a URL that had failed was asked for again, later.
    pub rechecks: usize,
    /// How many of these were there then.
    pub recovered: usize,
    /// Hosts that were left alone because their `robots.txt` could not be reached.
    pub unreachable_robots: Vec<String>,
    /// Requests sent, retries and `robots.txt` among them.
    pub requests: u64,
    /// How often a host has locked us out.
    pub lockouts: usize,
    /// How long it took.
    pub elapsed_ms: u128,
    /// What is broken, by kind and then by URL.
    pub broken: Vec<Broken>,
}

/// A URL that does not work, and where it was found.
#[derive(Clone, Debug, Serialize)]
pub struct Broken {
    /// The kind of problem, such as `status 404`.
    pub kind: String,
    /// More about it, if there is more.
    pub detail: Option<String>,
    /// The URL; for a missing anchor with its fragment.
    pub url: String,
    /// The pages that link to it, sorted.
    pub pages: Vec<String>,
}

/// What a link is called by in a report: its URL, with the fragment only if that is at fault.
#[must_use]
pub fn link_url(crawled: &Crawled, link: &Link, with_fragment: bool) -> String {
    match &link.to {
        Destination::Target { id, fragment } => {
            let url = crawled.targets[*id].url.as_str();
            match fragment {
                Some(fragment) if with_fragment => format!("{url}#{fragment}"),
                _ => url.to_owned(),
            }
        }
        Destination::Invalid { text, .. } => text.clone(),
    }
}

impl Report {
    /// Sorts what was crawled.
    #[must_use]
    pub fn new(crawled: &Crawled, fetcher: &Fetcher, rate: Rate, runtime: Runtime) -> Self {
        let (mut external, mut disallowed, mut unchecked) = (0, 0, 0);
        // By kind and URL; with the detail, and the pages that link to it.
        let mut broken = BTreeMap::<(String, String), (Option<String>, BTreeSet<&str>)>::new();
        for link in &crawled.links {
            match crawled.verdict(link) {
                Verdict::Fine => {}
                Verdict::External => external += 1,
                Verdict::Disallowed => disallowed += 1,
                Verdict::Unchecked => unchecked += 1,
                Verdict::Broken(problem) => {
                    let url = link_url(crawled, link, problem.is_about_fragment());
                    let entry = broken.entry((problem.to_string(), url)).or_default();
                    entry.0 = problem.detail();
                    entry.1.insert(crawled.targets[link.page].url.as_str());
                }
            }
        }
        Self {
            start: crawled.start.to_string(),
            runtime: runtime.to_string(),
            rate: rate.to_string(),
            complete: !crawled.interrupted && crawled.pages_beyond_limit == 0,
            interrupted: crawled.interrupted,
            pages: crawled.pages,
            pages_beyond_limit: crawled.pages_beyond_limit,
            links: crawled.links.len(),
            targets: crawled.targets.len(),
            external,
            disallowed,
            unchecked,
            other_schemes: crawled.other_schemes,
            rechecks: crawled.rechecks,
            recovered: crawled.recovered,
            unreachable_robots: crawled.unreachable_robots.iter().cloned().collect(),
            requests: fetcher.sent(),
            lockouts: fetcher.politeness().locks().len(),
            elapsed_ms: crawled.elapsed.as_millis(),
            broken: broken
                .into_iter()
                .map(|((kind, url), (detail, pages))| Broken {
                    kind,
                    detail,
                    url,
                    pages: pages.into_iter().map(str::to_owned).collect(),
                })
                .collect(),
        }
    }

    /// Writes the report as JSON.
    ///
    /// # Errors
    ///
    /// When `out` can't be written to.
    pub fn write_json(&self, mut out: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut out, self)?;
        out.write_all(b"\n")?;
        out.flush()
    }

    /// Why the site could not be checked at all: its first page is not to be had.
    #[must_use]
    pub fn why_nothing(&self, crawled: &Crawled) -> Option<String> {
        if self.pages > 0 || self.interrupted {
            return None;
        }
        let reason = match crawled.resolve(0, None) {
            Verdict::Broken(problem) => match problem.detail() {
                Some(detail) => format!("{problem} ({detail})"),
                None => problem.to_string(),
            },
            Verdict::Disallowed => match self.unreachable_robots.first() {
                Some(line) => format!("nothing may be fetched without robots.txt; {line}"),
                None => "its robots.txt does not want it to be fetched".to_owned(),
            },
            Verdict::External => "it redirects to another site".to_owned(),
            Verdict::Fine | Verdict::Unchecked => "it is not a page of HTML".to_owned(),
        };
        Some(format!("{}: {reason}", crawled.start))
    }
}

/// The summary: a few lines of figures, then what is broken, by kind.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let elapsed = Duration::from_millis(u64::try_from(self.elapsed_ms).unwrap_or(u64::MAX));
        writeln!(f, "checked   {} on {}", self.start, self.runtime)?;
        writeln!(f, "pages     {}", self.pages)?;
        writeln!(f, "links     {} to {} URLs", self.links, self.targets)?;
        writeln!(
            f,
            "requests  {} in {elapsed:.1?} (limit {} per host, {} lockouts obeyed)",
            self.requests, self.rate, self.lockouts
        )?;
        writeln!(
            f,
            "not asked {} to other sites, {} disallowed by robots.txt, {} by other schemes",
            self.external, self.disallowed, self.other_schemes
        )?;
        if self.rechecks > 0 {
            writeln!(
                f,
                "rechecks  {} of URLs that had failed, {} were there then",
                self.rechecks, self.recovered
            )?;
        }
        for line in &self.unreachable_robots {
            writeln!(f, "left out  {line}")?;
        }
        if self.pages_beyond_limit > 0 {
            writeln!(
                f,
                "INCOMPLETE: the links of {} more pages were not followed (--max-pages)",
                self.pages_beyond_limit
            )?;
        }
        if self.interrupted {
            writeln!(
                f,
                "INCOMPLETE: stopped early, {} links were not checked",
                self.unchecked
            )?;
        }

        let mut kinds: BTreeMap<&str, Vec<&Broken>> = BTreeMap::new();
        for broken in &self.broken {
            kinds.entry(&broken.kind).or_default().push(broken);
        }
        write!(f, "broken    {}", self.broken.len())?;
        let mut separator = ": ";
        for (kind, list) in &kinds {
            write!(f, "{separator}{} {kind}", list.len())?;
            separator = ", ";
        }
        writeln!(f)?;
        for (kind, list) in &kinds {
            writeln!(f, "\n{kind}")?;
            for broken in list {
                broken.write(f, &self.start)?;
            }
        }
        Ok(())
    }
}

impl Broken {
    /// Writes the URLs relative to the site where they belong to it: a site has one name only.
    fn write(&self, f: &mut fmt::Formatter<'_>, start: &str) -> fmt::Result {
        let site = Url::parse(start).map(|url| url.origin().ascii_serialization());
        let short = |url: &str| match &site {
            Ok(site) => match url.strip_prefix(site.as_str()) {
                Some(path) if path.starts_with('/') => path.to_owned(),
                _ => url.to_owned(),
            },
            Err(_) => url.to_owned(),
        };
        write!(f, "  {}", short(&self.url))?;
        if let Some(detail) = &self.detail {
            write!(f, " ({detail})")?;
        }
        let mut separator = " <- ";
        for page in self.pages.iter().take(SOURCES_SHOWN) {
            write!(f, "{separator}{}", short(page))?;
            separator = ", ";
        }
        if self.pages.len() > SOURCES_SHOWN {
            write!(f, " and {} more", self.pages.len() - SOURCES_SHOWN)?;
        }
        writeln!(f)
    }
}

impl State {
    /// One word for it, as the database stores it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unchecked => "unchecked",
            Self::External => "external",
            Self::Disallowed => "disallowed",
            Self::Fine { .. } => "fine",
            Self::Redirect { .. } => "redirect",
            Self::Broken(_) => "broken",
        }
    }
}
