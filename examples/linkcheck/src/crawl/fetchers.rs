//! The tasks that ask for URLs: they take jobs from the frontier and hand back what they find.

use std::mem;
use std::sync::Arc;

use async_dual_queue::{Priority, Receiver, Sender, WeakSender};
use async_priority_semaphore::PrioritySemaphore;
use url::Url;

use super::TargetId;
use crate::fetch::{Fetcher, Reply, Trouble, Want};
use crate::html::{self, Document};
use crate::robots::Robots;
use crate::rules::{self, Rules};
use crate::runtime::Runtime;
use crate::stop::Stop;

/// How many links away from the start; the priority in the frontier and for the permits.
pub(super) type Depth = i32;

/// What a fetcher does: asks for a URL.
pub(super) struct Job {
    pub(super) id: TargetId,
    pub(super) url: Url,
    /// Whether it is on another site, and not to be looked into.
    pub(super) is_external: bool,
}

/// What a fetcher has found.
pub(super) struct Finding {
    pub(super) id: TargetId,
    pub(super) result: Result<Answer, Trouble>,
}

/// What is known of a URL now.
pub(super) enum Answer {
    /// `robots.txt` does not want it to be fetched.
    Disallowed(Arc<Robots>),
    /// The answer, and what stands on the page if that was wanted.
    Reply(Reply, Option<Document>),
}

/// What all fetchers share.
#[derive(Clone)]
pub(super) struct Fetchers {
    /// The bound on what is in flight; the shallowest goes first here, too.
    pub(super) permits: Arc<PrioritySemaphore>,
    pub(super) fetcher: Arc<Fetcher>,
    pub(super) runtime: Runtime,
    pub(super) stop: Stop,
    pub(super) rules: Rules,
    pub(super) jobs: Receiver<Job, Priority<Depth>>,
    /// For jobs that come back once the rules of their host are there.
    pub(super) frontier: WeakSender<Job, Priority<Depth>>,
    pub(super) findings: Sender<Finding>,
}

impl Fetchers {
    /// Starts the first fetcher, and returns when the frontier is closed.
    ///
    /// There come to be half as many again as there are permits: some wait for room among the
    /// findings while others fetch. With one permit there is one fetcher, so that nothing is taken
    /// from the frontier before it can be fetched.
    pub(super) async fn run(self) {
        let permits = self.permits.available_permits();
        let jobs = self.jobs.clone();
        // This gives `findings` away: the crawl notices if no fetcher is left.
        self.start(permits.saturating_add(permits / 2));
        jobs.closed().await;
    }

    /// Starts one of `count` fetchers; it starts the next when it has got something to do, so
    /// there are never many more than there are jobs.
    fn start(self, count: usize) {
        if let Some(others) = count.checked_sub(1) {
            let runtime = self.runtime;
            runtime.spawn(self.work(others));
        }
    }

    /// One fetcher, until the frontier is closed and empty.
    async fn work(self, mut others: usize) {
        while let Ok((job, depth)) = self.jobs.recv_with_priority().await {
            self.clone().start(mem::take(&mut others));
            let id = job.id;
            let result = if self.stop.is_stopped() {
                Err(Trouble::Stopped)
            } else if let Some(robots) = self.rules.known(&job.url) {
                self.fetch(&job, depth, robots).await
            } else {
                let runtime = self.runtime;
                runtime.spawn(self.clone().come_back(job, depth));
                continue;
            };
            self.found(id, result).await;
        }
    }

    /// Waits for the rules of the job's host, and puts the job into the frontier once more.
    ///
    /// Not in the fetcher itself: a host that is slow to tell its rules would hold up others.
    async fn come_back(self, job: Job, depth: Depth) {
        let id = job.id;
        if let Err(trouble) = self.rules.of(&job.url).await {
            self.found(id, Err(trouble)).await;
        } else if let Some(frontier) = self.frontier.upgrade() {
            // It has no limit, and is closed only if the crawl has panicked.
            let _ = frontier.try_send(job, depth);
        }
    }

    async fn found(&self, id: TargetId, result: Result<Answer, Trouble>) {
        // Nobody listens any more if the crawl has panicked.
        let _ = self.findings.send(Finding { id, result }).await;
    }

    async fn fetch(&self, job: &Job, depth: Depth, robots: Arc<Robots>) -> Result<Answer, Trouble> {
        if !rules::allows(&robots, &job.url) {
            return Ok(Answer::Disallowed(robots));
        }
        let _permit = self.permits.acquire_with(depth).await;
        if job.is_external {
            fetch_external(&self.fetcher, &job.url).await
        } else {
            fetch_page(&self.fetcher, &job.url).await
        }
    }
}

/// Fetches a page of the site and reads it.
async fn fetch_page(fetcher: &Fetcher, url: &Url) -> Result<Answer, Trouble> {
    let mut reply = fetcher.fetch(url, Want::Page).await?;
    let document = reply.body.take().map(|body| html::parse(&body));
    Ok(Answer::Reply(reply, document))
}

/// Asks whether a page of another site is there.
///
/// Servers that don't like HEAD answer it with all sorts of errors, so an error is believed only
/// after a GET.
async fn fetch_external(fetcher: &Fetcher, url: &Url) -> Result<Answer, Trouble> {
    let reply = fetcher.fetch(url, Want::Head).await?;
    if reply.status < 400 {
        return Ok(Answer::Reply(reply, None));
    }
    let mut reply = fetcher.fetch(url, Want::Page).await?;
    reply.body = None;
    Ok(Answer::Reply(reply, None))
}
