//! The crawl: what to fetch next, and what the answers say about the links.
//!
//! One plain thread owns all state, and the database, and needs no lock.
//! It puts what is new into the frontier, shallow pages first; the [`fetchers`], tasks of whatever
//! runtime, take it from there and hand what they find back through a second queue.
//! Each URL (without its fragment) is fetched once, however many links lead to it.
//! A redirect is an answer like others: its target is a URL of its own, and the links are
//! resolved along these edges when all is known ([`crate::verdict`]).
//!
//! # Who waits for whom
//!
//! 1. The thread waits for findings, and only while a job is queued or in flight.
//!    It never waits to put a job into the frontier, which has no limit: the frontier is as long as
//!    the site has it.
//! 2. A fetcher waits for a job, then for a permit, then for its answer, and last, without the
//!    permit, for room among the findings, of which there are at most `concurrency`.
//! 3. So fetchers wait for the thread, as much as back-pressure needs, and the thread waits for a
//!    fetcher only when there is room for what that will find: there is no circle.
//!
//! # The end
//!
//! When no job is queued or in flight, none can come any more: the thread drops the only sender,
//! which closes the frontier, and the fetchers and their runtime end.
//! Once `stop` is raised, fetchers answer each job with [`Trouble::Stopped`] and send nothing, so
//! that the frontier empties by itself.

mod fetchers;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_dual_queue::{FifoQueue, Priority, PriorityQueue, Receiver, Sender};
use async_priority_semaphore::{MAX_PERMITS, PrioritySemaphore};
use indicatif::ProgressBar;
use url::{Origin, Position, Url};

use self::fetchers::{Depth, Fetchers, Finding, Job};
use crate::failure::{Failure, Problem};
use crate::fetch::{Fetcher, Reply, Trouble};
use crate::html::Document;
use crate::robots::Robots;
use crate::runtime::Runtime;
use crate::stop::Stop;

/// How many redirects are followed.
pub const MAX_REDIRECTS: u8 = 10;

/// The priority of a `robots.txt`: before all else, for others wait for it.
const FIRST: Depth = Depth::MIN;

/// What to crawl, and how far.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The page to start from; its origin, after redirects, is the site.
    pub start: Url,
    /// How many URLs at most are asked for at once; at least 1.
    pub concurrency: usize,
    /// How many pages at most have their links followed.
    pub max_pages: Option<usize>,
    /// Whether links to other sites are requested, too.
    pub external: bool,
}

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
    hops: u8,
    /// The fewest links by which it is known to be reached.
    depth: Depth,
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
    pub unreachable_robots: Vec<String>,
}

/// Crawls; returns when nothing is left to do, or soon after `stop` was raised.
///
/// The calling thread decides what to fetch, so it may own a database; `runtime` is driven by a
/// thread of its own meanwhile. `progress` gets one step per URL.
///
/// # Blocking
///
/// Blocks the thread until the crawl is over; raise `stop` to hurry it.
///
/// # Panics
///
/// When the operating system refuses a thread.
#[must_use]
pub fn crawl(
    plan: Plan,
    fetcher: Arc<Fetcher>,
    runtime: Runtime,
    stop: &Stop,
    progress: ProgressBar,
) -> Crawled {
    let began = Instant::now();
    let (frontier, jobs) = PriorityQueue::unbounded().into_channel();
    let concurrency = plan.concurrency.min(MAX_PERMITS);
    let (sender, findings) = FifoQueue::bounded(concurrency).into_channel();
    let fetchers = Fetchers {
        permits: Arc::new(PrioritySemaphore::new(concurrency)),
        fetcher,
        runtime,
        stop: stop.clone(),
        jobs,
        findings: sender,
    };
    let mut crawl = Crawl::new(plan, progress, frontier);
    let mut crawled = thread::scope(move |scope| {
        scope.spawn(move || runtime.block_on(fetchers.run()));
        crawl.run(&findings);
        // Closes the frontier, by which the runtime's thread ends.
        crawl.crawled
    });
    crawled.elapsed = began.elapsed();
    crawled.interrupted = stop.is_stopped();
    crawled
}

struct Crawl {
    plan: Plan,
    progress: ProgressBar,
    /// What counts as the site.
    site: Origin,
    ids: HashMap<Url, TargetId>,
    /// The start, or where its redirects have led so far.
    entry: TargetId,
    robots: HashMap<Origin, KnownRobots>,
    /// What is to be fetched, the shallowest first; its only sender.
    frontier: Sender<Job, Priority<Depth>>,
    /// Jobs that are queued or in flight.
    jobs: usize,
    crawled: Crawled,
}

enum KnownRobots {
    /// Being fetched; these wait for it.
    Pending(Vec<TargetId>),
    Read(Robots),
}

impl Crawl {
    fn new(plan: Plan, progress: ProgressBar, frontier: Sender<Job, Priority<Depth>>) -> Self {
        Self {
            site: plan.start.origin(),
            crawled: Crawled {
                start: plan.start.clone(),
                targets: Vec::new(),
                links: Vec::new(),
                other_schemes: 0,
                pages: 0,
                pages_beyond_limit: 0,
                interrupted: false,
                elapsed: Duration::ZERO,
                unreachable_robots: Vec::new(),
            },
            plan,
            progress,
            ids: HashMap::new(),
            entry: 0,
            robots: HashMap::new(),
            frontier,
            jobs: 0,
        }
    }

    fn run(&mut self, findings: &Receiver<Finding>) {
        let start = without_fragment(&self.plan.start);
        self.entry = self.want(start, 0);
        while self.jobs > 0 {
            // Fails only if all fetchers have panicked.
            let Ok(finding) = findings.recv_blocking() else {
                return;
            };
            self.jobs -= 1;
            match finding {
                Finding::Robots(origin, robots) => self.robots_read(origin, robots),
                Finding::Target(id, result) => self.answered(id, result),
            }
        }
    }

    fn queue(&mut self, job: Job, depth: Depth) {
        // It has no limit; and it is closed only if all fetchers have panicked.
        if self.frontier.try_send(job, depth).is_ok() {
            self.jobs += 1;
        }
    }

    /// The target for `url`, which is wanted by a link, so many links away from the start.
    fn want(&mut self, url: Url, depth: Depth) -> TargetId {
        let id = self.id_of(url);
        self.offer(id, 0, depth);
        id
    }

    fn id_of(&mut self, url: Url) -> TargetId {
        let targets = &mut self.crawled.targets;
        *self.ids.entry(url).or_insert_with_key(|url| {
            targets.push(Target {
                url: url.clone(),
                state: State::Unchecked,
                hops: u8::MAX,
                depth: Depth::MAX,
            });
            targets.len() - 1
        })
    }

    /// Says that `id` can be reached by so many redirects after so many links, and fetches it if
    /// that is news.
    ///
    /// Where a redirect's target was given up for being too far away, a shorter way to the
    /// redirect makes it wanted after all: hence the walk.
    fn offer(&mut self, mut id: TargetId, mut hops: u8, depth: Depth) {
        loop {
            let target = &mut self.crawled.targets[id];
            target.depth = target.depth.min(depth);
            if hops >= target.hops || hops > MAX_REDIRECTS {
                return;
            }
            let is_new = target.hops == u8::MAX;
            target.hops = hops;
            if is_new {
                self.admit(id);
                return;
            }
            let State::Redirect { to, .. } = target.state else {
                return;
            };
            id = to;
            hops += 1;
        }
    }

    /// Puts a target into the frontier, if it belongs there and `robots.txt` agrees.
    fn admit(&mut self, id: TargetId) {
        let target = &mut self.crawled.targets[id];
        let origin = target.url.origin();
        if origin != self.site && !self.plan.external {
            target.state = State::External;
            return;
        }
        match self.robots.get_mut(&origin) {
            Some(KnownRobots::Pending(waiting)) => waiting.push(id),
            Some(KnownRobots::Read(robots)) => {
                if !robots.allows(&target.url[Position::BeforePath..Position::AfterQuery]) {
                    target.state = State::Disallowed;
                    return;
                }
                let (url, depth) = (target.url.clone(), target.depth);
                let job = if origin == self.site {
                    Job::Page(id, url)
                } else {
                    Job::External(id, url)
                };
                self.queue(job, depth);
                self.progress.inc_length(1);
            }
            None => {
                let mut url = target.url.clone();
                url.set_path("/robots.txt");
                url.set_query(None);
                let waiting = KnownRobots::Pending(vec![id]);
                self.robots.insert(origin.clone(), waiting);
                self.queue(Job::Robots(origin, url), FIRST);
            }
        }
    }

    fn robots_read(&mut self, origin: Origin, robots: Result<Robots, Trouble>) {
        let robots = match robots {
            Ok(robots) => robots,
            Err(Trouble::Failed(failure)) => Robots::unreachable(failure.to_string()),
            // What waits for it stays unchecked.
            Err(Trouble::Stopped) => return,
        };
        if let Some(reason) = robots.why_unreachable() {
            let line = format!("{}/robots.txt: {reason}", origin.ascii_serialization());
            self.crawled.unreachable_robots.push(line);
        }
        let waiting = self.robots.insert(origin, KnownRobots::Read(robots));
        if let Some(KnownRobots::Pending(waiting)) = waiting {
            for id in waiting {
                self.admit(id);
            }
        }
    }

    fn answered(&mut self, id: TargetId, result: Result<(Reply, Option<Document>), Trouble>) {
        let (reply, document) = match result {
            Ok(found) => found,
            Err(Trouble::Failed(failure)) => {
                self.crawled.targets[id].state = State::Broken(Problem::Failed(failure));
                self.progress.inc(1);
                return;
            }
            Err(Trouble::Stopped) => return,
        };
        self.progress.inc(1);
        match reply.status {
            301 | 302 | 303 | 307 | 308 => self.redirected(id, reply.location.as_deref()),
            400.. => {
                let failure = Failure::Status(reply.status);
                self.crawled.targets[id].state = State::Broken(Problem::Failed(failure));
            }
            _ => {
                let anchors = document.map(|document| self.page(id, document));
                self.crawled.targets[id].state = State::Fine { anchors };
            }
        }
    }

    fn redirected(&mut self, id: TargetId, location: Option<&str>) {
        let target = &self.crawled.targets[id];
        let (hops, depth) = (target.hops, target.depth);
        let to = location
            .ok_or_else(|| "no Location".to_owned())
            .and_then(|text| {
                let url = target.url.join(text).map_err(|e| format!("{text}: {e}"))?;
                is_web(&url).then_some(url).ok_or_else(|| text.to_owned())
            });
        let url = match to {
            Ok(url) => url,
            Err(reason) => {
                let failure = Failure::BadRedirect(reason);
                self.crawled.targets[id].state = State::Broken(Problem::Failed(failure));
                return;
            }
        };
        let fragment = url.fragment().map(str::to_owned);
        let to = self.id_of(without_fragment(&url));
        if id == self.entry {
            // `http://example.org` may well mean `https://www.example.org/en/`.
            self.entry = to;
            self.site = url.origin();
        }
        self.crawled.targets[id].state = State::Redirect { to, fragment };
        self.offer(to, hops + 1, depth);
    }

    /// Takes the links of a page, and returns its anchors.
    fn page(&mut self, page: TargetId, document: Document) -> HashSet<String> {
        if self
            .plan
            .max_pages
            .is_some_and(|max| self.crawled.pages >= max)
        {
            self.crawled.pages_beyond_limit += 1;
            return document.anchors;
        }
        self.crawled.pages += 1;
        let target = &self.crawled.targets[page];
        let (url, depth) = (target.url.clone(), target.depth.saturating_add(1));
        let base = document
            .base
            .and_then(|base| url.join(&base).ok())
            .unwrap_or(url);
        for text in document.links {
            let to = match base.join(&text) {
                Ok(url) if is_web(&url) => Destination::Target {
                    fragment: url.fragment().map(str::to_owned),
                    id: self.want(without_fragment(&url), depth),
                },
                Ok(_) => {
                    self.crawled.other_schemes += 1;
                    continue;
                }
                Err(error) => Destination::Invalid {
                    text,
                    reason: error.to_string(),
                },
            };
            self.crawled.links.push(Link { page, to });
        }
        document.anchors
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}
