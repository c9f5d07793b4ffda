//! The tasks that ask for URLs: they take jobs from the frontier and hand back what they find.

use std::mem;
use std::sync::Arc;

use async_dual_queue::{Priority, Receiver, Sender};
use async_priority_semaphore::PrioritySemaphore;
use url::{Origin, Url};

use super::{TargetId, is_web};
use crate::failure::Failure;
use crate::fetch::{AGENT, Fetcher, Reply, Trouble, Want};
use crate::html::{self, Document};
use crate::robots::Robots;
use crate::runtime::Runtime;
use crate::stop::Stop;

/// How many links away from the start; the priority in the frontier and for the permits.
pub(super) type Depth = i32;

/// How many redirects of a `robots.txt` are followed (RFC 9309, section 2.3.1.2).
const MAX_ROBOTS_REDIRECTS: usize = 5;

/// What a fetcher does.
pub(super) enum Job {
    Robots(Origin, Url),
    Page(TargetId, Url),
    External(TargetId, Url),
}

/// What a fetcher has found.
pub(super) enum Finding {
    Robots(Origin, Result<Robots, Trouble>),
    Target(TargetId, Result<Answer, Trouble>),
}

/// The answer for a target, and what stands on the page if that was wanted.
type Answer = (Reply, Option<Document>);

/// What all fetchers share.
#[derive(Clone)]
pub(super) struct Fetchers {
    /// The bound on what is in flight; the shallowest goes first here, too.
    pub(super) permits: Arc<PrioritySemaphore>,
    pub(super) fetcher: Arc<Fetcher>,
    pub(super) runtime: Runtime,
    pub(super) stop: Stop,
    pub(super) jobs: Receiver<Job, Priority<Depth>>,
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
            let permit = self.permits.acquire_with(depth).await;
            let finding = self.fetch(job).await;
            drop(permit);
            // Nobody listens any more if the crawl has panicked.
            let _ = self.findings.send(finding).await;
        }
    }

    async fn fetch(&self, job: Job) -> Finding {
        let fetcher = &self.fetcher;
        let is_stopped = self.stop.is_stopped();
        match job {
            Job::Robots(origin, _) if is_stopped => Finding::Robots(origin, Err(Trouble::Stopped)),
            Job::Page(id, _) | Job::External(id, _) if is_stopped => {
                Finding::Target(id, Err(Trouble::Stopped))
            }
            Job::Robots(origin, url) => Finding::Robots(origin, fetch_robots(fetcher, url).await),
            Job::Page(id, url) => Finding::Target(id, fetch_page(fetcher, &url).await),
            Job::External(id, url) => Finding::Target(id, fetch_external(fetcher, &url).await),
        }
    }
}

/// Fetches a page of the site and reads it.
async fn fetch_page(fetcher: &Fetcher, url: &Url) -> Result<Answer, Trouble> {
    let mut reply = fetcher.fetch(url, Want::Page).await?;
    let document = reply.body.take().map(|body| html::parse(&body));
    Ok((reply, document))
}

/// Asks whether a page of another site is there.
///
/// Servers that don't like HEAD answer it with all sorts of errors, so an error is believed only
/// after a GET.
async fn fetch_external(fetcher: &Fetcher, url: &Url) -> Result<Answer, Trouble> {
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
