//! What `robots.txt` says on each host: fetched once, however many ask for it at the same time.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_fn_cache::FnCache;
use async_priority_semaphore::PrioritySemaphore;
use url::{Origin, Position, Url};

use crate::crawl::is_web;
use crate::failure::Failure;
use crate::fetch::{AGENT, Fetcher, Trouble, Want};
use crate::robots::Robots;

/// The priority of a `robots.txt`: before all else, for others wait for it.
const FIRST: i32 = i32::MIN;

/// How many redirects of a `robots.txt` are followed (RFC 9309, section 2.3.1.2).
const MAX_REDIRECTS: usize = 5;

/// How long it holds (RFC 9309, section 2.4).
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// So many hosts are remembered; one that is forgotten is asked again.
const HOSTS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// The rules of all hosts; clones share them.
#[derive(Clone, Debug)]
pub struct Rules {
    known: FnCache<Origin, Result<Arc<Robots>, Trouble>>,
    fetcher: Arc<Fetcher>,
    permits: Arc<PrioritySemaphore>,
}

impl Rules {
    /// Knows nothing yet; fetches with one of `permits`, before all others.
    #[must_use]
    pub fn new(fetcher: Arc<Fetcher>, permits: Arc<PrioritySemaphore>) -> Self {
        let known = FnCache::builder().capacity(HOSTS).ttl(LIFETIME);
        Self {
            known: known.evict_errors().build(),
            fetcher,
            permits,
        }
    }

    /// The rules of the host that `url` names, if they are there.
    #[must_use]
    pub fn known(&self, url: &Url) -> Option<Arc<Robots>> {
        self.known.try_get(&url.origin()).ok()?.ok()
    }

    /// The rules of the host that `url` names.
    ///
    /// A host whose `robots.txt` can't be had disallows everything (RFC 9309, section 2.3.1.4).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the request to the others who wait for it; the last of them
    /// drops it.
    ///
    /// # Errors
    ///
    /// [`Trouble::Stopped`] when the crawl is being stopped.
    pub async fn of(&self, url: &Url) -> Result<Arc<Robots>, Trouble> {
        let (fetcher, permits) = (Arc::clone(&self.fetcher), Arc::clone(&self.permits));
        let mut at = url.clone();
        at.set_path("/robots.txt");
        at.set_query(None);
        let load = move || async move {
            let _permit = permits.acquire_with(FIRST).await;
            match fetch(&fetcher, at).await {
                Ok(robots) => Ok(Arc::new(robots)),
                Err(Trouble::Failed(failure)) => {
                    Ok(Arc::new(Robots::unreachable(failure.to_string())))
                }
                Err(Trouble::Stopped) => Err(Trouble::Stopped),
            }
        };
        self.known.get_with(url.origin(), load).await
    }
}

/// Whether `robots` lets `url` be fetched.
#[must_use]
pub fn allows(robots: &Robots, url: &Url) -> bool {
    robots.allows(&url[Position::BeforePath..Position::AfterQuery])
}

/// Fetches the rules of a host, as RFC 9309 says in section 2.3.
async fn fetch(fetcher: &Fetcher, url: Url) -> Result<Robots, Trouble> {
    let mut url = url;
    for _ in 0..=MAX_REDIRECTS {
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
