//! The crawl: what to fetch next, and what the answers say about the links.
//!
//! One plain thread owns all state and needs no lock.
//! URLs reach it from several sources, which it merges: the seeds, the links and redirects in what
//! the [`fetchers`] find, and failures that are looked at [again](Plan::recheck_after).
//! It puts what is new into the frontier, shallow pages first; the fetchers, tasks of whatever
//! runtime, take it from there and hand what they find back through a second queue.
//! Each URL (without its fragment) is fetched once, however many links lead to it.
//! A redirect is an answer like others: its target is a URL of its own, and the links are
//! resolved along these edges when all is known ([`crate::verdict`]).
//! What is found goes on to the [`Writer`], a second plain thread, which owns the database.
//!
//! # Who waits for whom
//!
//! 1. The thread waits for findings, seeds and the next look at a failure, and only while there
//!    are any to come.
//!    It never waits to put a job into the frontier, which has no limit: the frontier is as long as
//!    the site has it.
//!    It waits for the writer when that is some batches behind.
//! 2. The writer waits for rows, and for the disk.
//! 3. A fetcher waits for a job, then for a permit, then for its answer, and last, without the
//!    permit, for room among the findings, of which there are at most `concurrency`.
//!    A job whose host has not told its rules yet waits for these in a task of its own, without a
//!    permit; what asks for the rules has one.
//! 4. So fetchers wait for the thread, and that for the writer, as much as back-pressure needs; the
//!    thread waits for a fetcher only when there is room for what that will find, and the writer
//!    for neither: there is no circle.
//!
//! # The end
//!
//! When no seed is left, no job is queued or in flight and no failure is to be looked at again, no
//! job can come any more: the thread drops the only sender, which closes the frontier, and the
//! fetchers and their runtime end.
//! Once `stop` is raised, fetchers answer each job with [`Trouble::Stopped`] and send nothing, so
//! that the frontier empties by itself, and failures are left as they are.

mod crawled;
mod fetchers;

use std::mem;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_dual_queue::{FifoQueue, Priority, PriorityQueue, Receiver, Sender};
use async_merge_streams::merge;
use async_priority_semaphore::{MAX_PERMITS, PrioritySemaphore};
use async_scheduler::Scheduler;
use futures_lite::{StreamExt as _, stream};
use indicatif::ProgressBar;
use url::{Origin, Url};

pub use self::crawled::{Crawled, Destination, Link, State, Target, TargetId};
use self::fetchers::{Answer, Depth, Fetchers, Finding, Job};
use crate::failure::{Failure, Problem};
use crate::fetch::{Fetcher, Reply, Trouble};
use crate::html::Document;
use crate::robots::Robots;
use crate::rules::Rules;
use crate::runtime::Runtime;
use crate::seen::Seen;
use crate::stop::Stop;
use crate::store::{self, Writer};

/// How many redirects are followed.
pub const MAX_REDIRECTS: u8 = 10;

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
    /// URLs besides the start, looked at as if it had links to them; they stand on no page.
    pub seeds: Vec<Url>,
    /// How often a URL is looked at again that [may work later](Failure::may_pass).
    pub rechecks: u32,
    /// After how long; each further time after twice as long.
    pub recheck_after: Duration,
    /// How many URLs are remembered in memory; the others are on disk.
    pub remember: NonZeroUsize,
}

/// Crawls; returns when nothing is left to do, or soon after `stop` was raised.
///
/// The calling thread decides what to fetch; `runtime` is driven by a thread of its own meanwhile.
/// `progress` gets one step per URL, `writer` what is found, as soon as it is.
///
/// # Blocking
///
/// Blocks the thread until the crawl is over; raise `stop` to hurry it.
///
/// # Panics
///
/// When the operating system refuses a thread.
///
/// # Errors
///
/// When the temporary database of the URLs that were met can't be used.
pub fn crawl(
    plan: Plan,
    fetcher: Arc<Fetcher>,
    runtime: Runtime,
    stop: &Stop,
    progress: ProgressBar,
    writer: Option<&Writer>,
) -> rusqlite::Result<Crawled> {
    let began = Instant::now();
    let (frontier, jobs) = PriorityQueue::unbounded().into_channel();
    let concurrency = plan.concurrency.min(MAX_PERMITS);
    let (sender, findings) = FifoQueue::bounded(concurrency).into_channel();
    let permits = Arc::new(PrioritySemaphore::new(concurrency));
    let fetchers = Fetchers {
        rules: Rules::new(Arc::clone(&fetcher), Arc::clone(&permits)),
        permits,
        fetcher,
        runtime,
        stop: stop.clone(),
        jobs,
        frontier: frontier.downgrade(),
        findings: sender,
    };
    let crawl = Crawl::new(plan, progress, frontier, writer);
    let mut crawled = thread::scope(|scope| {
        scope.spawn(move || runtime.block_on(fetchers.run()));
        // Its end closes the frontier, by which the runtime's thread ends.
        crawl.run(findings, stop)
    })?;
    crawled.elapsed = began.elapsed();
    crawled.interrupted = stop.is_stopped();
    Ok(crawled)
}

/// What makes the thread go on.
enum Event {
    Seed(Url),
    Found(Finding),
    LookAgain(TargetId),
    Stop,
    /// All fetchers have panicked.
    NoFetchers,
}

struct Crawl<'a> {
    plan: Plan,
    progress: ProgressBar,
    writer: Option<&'a Writer>,
    /// What the event at hand has to say to the writer.
    rows: store::Finding,
    /// What counts as the site.
    site: Origin,
    seen: Seen,
    /// The start, or where its redirects have led so far.
    entry: TargetId,
    /// What is to be fetched, the shallowest first; its only sender.
    frontier: Sender<Job, Priority<Depth>>,
    /// Jobs that are queued or in flight.
    jobs: usize,
    /// Failures that are to be looked at again.
    again: Scheduler<TargetId>,
    crawled: Crawled,
}

impl<'a> Crawl<'a> {
    fn new(
        plan: Plan,
        progress: ProgressBar,
        frontier: Sender<Job, Priority<Depth>>,
        writer: Option<&'a Writer>,
    ) -> Self {
        Self {
            site: plan.start.origin(),
            crawled: Crawled::new(plan.start.clone()),
            seen: Seen::new(plan.remember),
            plan,
            progress,
            writer,
            rows: Vec::new(),
            entry: 0,
            frontier,
            jobs: 0,
            again: Scheduler::new(),
        }
    }

    fn run(mut self, findings: Receiver<Finding>, stop: &Stop) -> rusqlite::Result<Crawled> {
        let crawled = self.gather(findings, stop);
        if crawled.is_err() {
            // Nobody wants to know what is still queued.
            stop.stop();
        }
        crawled?;
        Ok(self.crawled)
    }

    /// Takes what the sources of URLs have, in turns, until none has anything to come.
    fn gather(&mut self, findings: Receiver<Finding>, stop: &Stop) -> rusqlite::Result<()> {
        let start = without_fragment(&self.plan.start);
        self.entry = self.want(start, 0)?;
        let seeds = mem::take(&mut self.plan.seeds);
        let mut seeds_left = seeds.len();
        let end = stream::once(Event::NoFetchers);
        let events = merge!(
            stream::iter(seeds).map(Event::Seed),
            findings.map(Event::Found).chain(end),
            self.again
                .stream()
                .map(|due| Event::LookAgain(due.into_inner())),
            Box::pin(stream::once_future(async {
                stop.stopped().await;
                Event::Stop
            })),
        );
        let mut events = stream::block_on(events);
        while seeds_left > 0 || self.jobs > 0 || !self.again.is_empty() {
            match events.next() {
                Some(Event::Seed(url)) => {
                    seeds_left -= 1;
                    self.want(without_fragment(&url), 0)?;
                }
                Some(Event::Found(finding)) => {
                    self.jobs -= 1;
                    self.found(finding)?;
                }
                Some(Event::LookAgain(id)) => {
                    self.crawled.targets[id].rechecks += 1;
                    self.crawled.rechecks += 1;
                    self.queue(id);
                }
                Some(Event::Stop) => drop(self.again.close()),
                Some(Event::NoFetchers) | None => break,
            }
            if let (Some(writer), false) = (self.writer, self.rows.is_empty()) {
                writer.put(mem::take(&mut self.rows));
            }
        }
        Ok(())
    }

    /// Puts a target into the frontier.
    fn queue(&mut self, id: TargetId) {
        let target = &self.crawled.targets[id];
        let job = Job {
            id,
            url: target.url.clone(),
            is_external: target.url.origin() != self.site,
        };
        // It has no limit; and it is closed only if all fetchers have panicked.
        if self.frontier.try_send(job, target.depth).is_ok() {
            self.jobs += 1;
            self.progress.inc_length(1);
        }
    }

    /// The target for `url`, which is wanted by a link, so many links away from the start.
    fn want(&mut self, url: Url, depth: Depth) -> rusqlite::Result<TargetId> {
        let id = self.id_of(url)?;
        self.offer(id, 0, depth);
        Ok(id)
    }

    fn id_of(&mut self, url: Url) -> rusqlite::Result<TargetId> {
        let new = self.crawled.targets.len();
        let id = self.seen.number(&url, new)?;
        if id == new {
            self.crawled.add_target(url);
        }
        Ok(id)
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
                if target.url.origin() == self.site || self.plan.external {
                    self.queue(id);
                } else {
                    self.settle(id, State::External);
                }
                return;
            }
            let State::Redirect { to, .. } = target.state else {
                return;
            };
            id = to;
            hops += 1;
        }
    }

    fn found(&mut self, Finding { id, result }: Finding) -> rusqlite::Result<()> {
        match result {
            // It stays as it is: unchecked, or as it was when it was looked at first.
            Err(Trouble::Stopped) => return Ok(()),
            Err(Trouble::Failed(failure)) => self.failed(id, failure),
            Ok(Answer::Disallowed(robots)) => self.disallowed(id, &robots),
            Ok(Answer::Reply(reply, document)) => self.answered(id, &reply, document)?,
        }
        self.progress.inc(1);
        Ok(())
    }

    /// Notes what has become of a target.
    fn settle(&mut self, id: TargetId, state: State) {
        let target = &mut self.crawled.targets[id];
        let is_broken = matches!(state, State::Broken(_));
        if target.rechecks > 0 && matches!(target.state, State::Broken(_)) && !is_broken {
            self.crawled.recovered += 1;
        }
        target.state = state;
        if self.writer.is_some() {
            self.rows.push(self.crawled.target_row(id));
        }
    }

    fn failed(&mut self, id: TargetId, failure: Failure) {
        let looked_again = self.crawled.targets[id].rechecks;
        // The start is all there is: whoever gave it had better look at it themselves.
        if failure.may_pass() && looked_again < self.plan.rechecks && id != self.entry {
            let times = 1_u32.checked_shl(looked_again).unwrap_or(u32::MAX);
            let delay = self.plan.recheck_after.saturating_mul(times);
            // Refused once the crawl is being stopped: then it stays broken.
            let _ = self.again.schedule_in(delay, id);
        }
        self.settle(id, State::Broken(Problem::Failed(failure)));
    }

    fn disallowed(&mut self, id: TargetId, robots: &Robots) {
        if let Some(reason) = robots.why_unreachable() {
            let origin = self.crawled.targets[id].url.origin();
            let line = format!("{}/robots.txt: {reason}", origin.ascii_serialization());
            self.crawled.unreachable_robots.insert(line);
        }
        self.settle(id, State::Disallowed);
    }

    fn answered(
        &mut self,
        id: TargetId,
        reply: &Reply,
        document: Option<Document>,
    ) -> rusqlite::Result<()> {
        match (reply.status, document) {
            (301 | 302 | 303 | 307 | 308, _) => {
                return self.redirected(id, reply.location.as_deref());
            }
            (400.., _) => self.failed(id, Failure::Status(reply.status)),
            (_, Some(document)) => return self.page(id, document),
            (_, None) => self.settle(id, State::Fine { anchors: None }),
        }
        Ok(())
    }

    fn redirected(&mut self, id: TargetId, location: Option<&str>) -> rusqlite::Result<()> {
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
                self.failed(id, Failure::BadRedirect(reason));
                return Ok(());
            }
        };
        let fragment = url.fragment().map(str::to_owned);
        let to = self.id_of(without_fragment(&url))?;
        if id == self.entry {
            // `http://example.org` may well mean `https://www.example.org/en/`.
            self.entry = to;
            self.site = url.origin();
        }
        self.settle(id, State::Redirect { to, fragment });
        self.offer(to, hops + 1, depth);
        Ok(())
    }

    /// Takes the links of a page.
    fn page(&mut self, page: TargetId, document: Document) -> rusqlite::Result<()> {
        let anchors = Some(document.anchors);
        if self
            .plan
            .max_pages
            .is_some_and(|max| self.crawled.pages >= max)
        {
            self.crawled.pages_beyond_limit += 1;
            self.settle(page, State::Fine { anchors });
            return Ok(());
        }
        self.crawled.pages += 1;
        self.crawled.targets[page].is_followed = true;
        self.settle(page, State::Fine { anchors });
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
                    id: self.want(without_fragment(&url), depth)?,
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
            let link = Link { page, to };
            if self.writer.is_some() {
                self.rows.push(self.crawled.link_row(&link));
            }
            self.crawled.links.push(link);
        }
        Ok(())
    }
}

pub(crate) fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host()
}

fn without_fragment(url: &Url) -> Url {
    let mut url = url.clone();
    url.set_fragment(None);
    url
}
