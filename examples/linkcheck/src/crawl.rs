//! The crawl: what to fetch next, and what the answers say about the links.
//!
//! One coordinator owns all state and needs no lock; it starts a task per URL, at most
//! `concurrency` at a time, and takes their results from a channel.
//! Each URL (without its fragment) is fetched once, however many links lead to it.
//! A redirect is an answer like others: its target is a URL of its own, and the links are
//! resolved along these edges when all is known ([`crate::verdict`]).

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_channel::{Receiver, Sender};
use indicatif::ProgressBar;
use url::{Origin, Position, Url};

use crate::failure::{Failure, Problem};
use crate::fetch::{AGENT, Fetcher, Reply, Trouble, Want};
use crate::html::{self, Document};
use crate::robots::Robots;
use crate::runtime::Runtime;
use crate::stop::Stop;

/// How many redirects are followed.
pub const MAX_REDIRECTS: u8 = 10;

/// How many redirects of a `robots.txt` are followed (RFC 9309, section 2.3.1.2).
const MAX_ROBOTS_REDIRECTS: usize = 5;

/// What to crawl, and how far.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The page to start from; its origin, after redirects, is the site.
    pub start: Url,
    /// How many tasks at most are at work at once.
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
/// Runs on `runtime`, from within its `block_on`. `progress` gets one step per URL.
///
/// # Cancel safety
///
/// Dropping the future loses what was gathered; raise `stop` to keep it.
/// Tasks already started go on until their request is through.
pub async fn crawl(
    plan: Plan,
    fetcher: Arc<Fetcher>,
    runtime: Runtime,
    stop: Stop,
    progress: ProgressBar,
) -> Crawled {
    let began = Instant::now();
    // Unbounded, but never fuller than there are tasks.
    let (sender, receiver) = async_channel::unbounded();
    let mut crawl = Crawl {
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
        fetcher,
        runtime,
        progress,
        ids: HashMap::new(),
        entry: 0,
        robots: HashMap::new(),
        frontier: VecDeque::new(),
        sender,
    };
    crawl.run(&stop, &receiver).await;
    crawl.crawled.elapsed = began.elapsed();
    crawl.crawled.interrupted = stop.is_stopped();
    crawl.crawled
}

struct Crawl {
    plan: Plan,
    fetcher: Arc<Fetcher>,
    runtime: Runtime,
    progress: ProgressBar,
    /// What counts as the site.
    site: Origin,
    ids: HashMap<Url, TargetId>,
    /// The start, or where its redirects have led so far.
    entry: TargetId,
    robots: HashMap<Origin, KnownRobots>,
    frontier: VecDeque<Job>,
    sender: Sender<Finding>,
    crawled: Crawled,
}

enum KnownRobots {
    /// Being fetched; these wait for it.
    Pending(Vec<TargetId>),
    Read(Robots),
}

/// What a task does.
enum Job {
    Robots(Origin, Url),
    Page(TargetId, Url),
    External(TargetId, Url),
}

/// What a task has found.
enum Finding {
    Robots(Origin, Result<Robots, Trouble>),
    Target(TargetId, Result<(Reply, Option<Document>), Trouble>),
}

impl Crawl {
    async fn run(&mut self, stop: &Stop, findings: &Receiver<Finding>) {
        let start = without_fragment(&self.plan.start);
        self.entry = self.want(start);
        let mut tasks = 0;
        loop {
            while tasks < self.plan.concurrency && !stop.is_stopped() {
                let Some(job) = self.frontier.pop_front() else {
                    break;
                };
                self.start(job);
                tasks += 1;
            }
            if tasks == 0 {
                return;
            }
            let Ok(finding) = findings.recv().await else {
                return;
            };
            tasks -= 1;
            match finding {
                Finding::Robots(origin, robots) => self.robots_read(origin, robots),
                Finding::Target(id, result) => self.answered(id, result),
            }
        }
    }

    fn start(&self, job: Job) {
        let fetcher = Arc::clone(&self.fetcher);
        let sender = self.sender.clone();
        self.runtime.spawn(async move {
            let finding = match job {
                Job::Robots(origin, url) => {
                    Finding::Robots(origin, fetch_robots(&fetcher, url).await)
                }
                Job::Page(id, url) => Finding::Target(id, fetch_page(&fetcher, &url).await),
                Job::External(id, url) => Finding::Target(id, fetch_external(&fetcher, &url).await),
            };
            // Nobody listens any more if the crawl was dropped.
            let _ = sender.send(finding).await;
        });
    }

    /// The target for `url`, which is wanted by a link.
    fn want(&mut self, url: Url) -> TargetId {
        let id = self.id_of(url);
        self.offer(id, 0);
        id
    }

    fn id_of(&mut self, url: Url) -> TargetId {
        let targets = &mut self.crawled.targets;
        *self.ids.entry(url).or_insert_with_key(|url| {
            targets.push(Target {
                url: url.clone(),
                state: State::Unchecked,
                hops: u8::MAX,
            });
            targets.len() - 1
        })
    }

    /// Says that `id` can be reached by so many redirects, and fetches it if that is news.
    ///
    /// Where a redirect's target was given up for being too far away, a shorter way to the
    /// redirect makes it wanted after all: hence the walk.
    fn offer(&mut self, mut id: TargetId, mut hops: u8) {
        loop {
            let target = &mut self.crawled.targets[id];
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
                let url = target.url.clone();
                self.frontier.push_back(if origin == self.site {
                    Job::Page(id, url)
                } else {
                    Job::External(id, url)
                });
                self.progress.inc_length(1);
            }
            None => {
                let mut url = target.url.clone();
                url.set_path("/robots.txt");
                url.set_query(None);
                let waiting = KnownRobots::Pending(vec![id]);
                self.robots.insert(origin.clone(), waiting);
                // Before all else: others will wait for it.
                self.frontier.push_front(Job::Robots(origin, url));
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
        let hops = target.hops;
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
        self.offer(to, hops + 1);
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
        let url = self.crawled.targets[page].url.clone();
        let base = document
            .base
            .and_then(|base| url.join(&base).ok())
            .unwrap_or(url);
        for text in document.links {
            let to = match base.join(&text) {
                Ok(url) if is_web(&url) => Destination::Target {
                    fragment: url.fragment().map(str::to_owned),
                    id: self.want(without_fragment(&url)),
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

/// Fetches a page of the site and reads it.
async fn fetch_page(fetcher: &Fetcher, url: &Url) -> Result<(Reply, Option<Document>), Trouble> {
    let mut reply = fetcher.fetch(url, Want::Page).await?;
    let document = reply.body.take().map(|body| html::parse(&body));
    Ok((reply, document))
}

/// Asks whether a page of another site is there.
///
/// Servers that don't like HEAD answer it with all sorts of errors, so an error is believed only
/// after a GET.
async fn fetch_external(
    fetcher: &Fetcher,
    url: &Url,
) -> Result<(Reply, Option<Document>), Trouble> {
    let reply = fetcher.fetch(url, Want::Head).await?;
    if reply.status < 400 {
        return Ok((reply, None));
    }
    let mut reply = fetcher.fetch(url, Want::Page).await?;
    reply.body = None;
    Ok((reply, None))
}

/// Fetches the rules of a host, as RFC 9309 says in section 2.3.
async fn fetch_robots(fetcher: &Fetcher, url: Url) -> Result<Robots, Trouble> {
    let mut url = url;
    for _ in 0..=MAX_ROBOTS_REDIRECTS {
        let reply = fetcher.fetch(&url, Want::Robots).await?;
        let location = reply.location.and_then(|text| url.join(&text).ok());
        match (reply.status, location) {
            (301 | 302 | 303 | 307 | 308, Some(to)) if is_web(&to) => url = to,
            (500.., _) => {
                return Ok(Robots::unreachable(
                    Failure::Status(reply.status).to_string(),
                ));
            }
            _ => {
                let text = reply.body.unwrap_or_default();
                return Ok(Robots::parse(&text, AGENT));
            }
        }
    }
    Ok(Robots::allow_all())
}
