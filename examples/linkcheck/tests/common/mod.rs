//! What several tests need.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test uses its part of this module"
)]

pub mod canned;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use linkcheck::crawl::{Crawled, Plan, crawl};
use linkcheck::fetch::{Fetcher, Settings};
use linkcheck::net;
use linkcheck::politeness::Rate;
use linkcheck::report::Report;
use linkcheck::runtime::Runtime;
use linkcheck::stop::Stop;
use url::Url;

/// Limits that let everything through quickly.
pub fn generous() -> Settings {
    Settings {
        rate: rate(100_000, Duration::from_secs(1)),
        timeout: Duration::from_secs(10),
        retries: 3,
        max_wait: Duration::from_secs(120),
        stamps: None,
    }
}

pub fn rate(requests: u32, per: Duration) -> Rate {
    Rate {
        requests: requests.try_into().unwrap(),
        per,
    }
}

/// As [`generous`], with requests that say when they were sent.
pub fn stamped(epoch: Instant) -> Settings {
    Settings {
        stamps: Some(epoch),
        ..generous()
    }
}

pub fn plan(start: Url) -> Plan {
    Plan {
        start,
        concurrency: 8,
        max_pages: None,
        external: false,
    }
}

/// A crawl that has ended.
pub struct Run {
    pub crawled: Crawled,
    pub fetcher: Arc<Fetcher>,
    pub report: Report,
}

/// Crawls on `runtime`, which gets a minute for it.
pub fn run(plan: Plan, settings: Settings, runtime: Runtime) -> Run {
    run_with(plan, settings, runtime, ProgressBar::hidden())
}

/// As [`run`]; the length of `progress` is the number of URLs that were queued so far.
pub fn run_with(plan: Plan, settings: Settings, runtime: Runtime, progress: ProgressBar) -> Run {
    testkit::watchdog(Duration::from_secs(60), move || {
        let stop = Stop::new();
        let rate = settings.rate;
        let tls = net::tls_config(None).unwrap();
        let fetcher = Arc::new(Fetcher::new(settings, tls, stop.clone()));
        let crawled = crawl(plan, Arc::clone(&fetcher), runtime, &stop, progress);
        let report = Report::new(&crawled, &fetcher, rate, runtime);
        Run {
            crawled,
            fetcher,
            report,
        }
    })
}

/// The broken links of a report, each with each page that has it, without the site's own name.
pub fn pairs(report: &Report) -> BTreeSet<(String, String)> {
    let site = Url::parse(&report.start).unwrap().origin();
    let site = site.ascii_serialization();
    let short = |url: &str| url.strip_prefix(&site).unwrap_or(url).to_owned();
    report
        .broken
        .iter()
        .flat_map(|broken| broken.pages.iter().map(move |page| (page, &broken.url)))
        .map(|(page, url)| (short(page), short(url)))
        .collect()
}
