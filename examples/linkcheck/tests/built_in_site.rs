//! The crawl of the built-in site: what it finds, and what it may not do on the way.

mod common;

use std::time::{Duration, Instant};

use linkcheck::crawl::Plan;
use linkcheck::fetch::Settings;
use linkcheck::runtime::Runtime;
use linkcheck::site::{self, Site, Size};

/// Small enough for a test, and with a page that locks everybody out again and again.
const SIZE: Size = Size {
    pages: 60,
    is_stubborn: true,
};

const REQUESTS: u32 = 25;
const PER: Duration = Duration::from_millis(400);

/// The one long run, for the things that take time: the rate and the lockouts.
fn the_promise_holds(runtime: Runtime) {
    let epoch = Instant::now();
    let site = Site::start(SIZE, epoch).unwrap();
    let settings = Settings {
        rate: common::rate(REQUESTS, PER),
        timeout: Duration::from_secs(3),
        retries: 1,
        ..common::stamped(epoch)
    };
    let plan = Plan {
        rechecks: 1,
        recheck_after: Duration::from_millis(500),
        ..common::plan(site.url())
    };
    let run = common::run(plan, settings, runtime);

    assert_eq!(site::found(&run.report), site.planted(), "on {runtime}");
    assert_eq!(run.report.recovered, site::FLAKY, "on {runtime}");
    assert!(run.report.complete, "on {runtime}");

    let log = site.log();
    let requests = u64::try_from(log.requests.len()).unwrap();
    assert_eq!(requests, run.fetcher.sent(), "the server has seen them all");
    assert!(
        log.requests.iter().all(|seen| seen.sent.is_some()),
        "without stamps nothing can be judged"
    );

    let busiest = log.busiest_window(PER);
    assert!(
        busiest <= usize::try_from(REQUESTS).unwrap(),
        "{busiest} requests in {PER:?} on {runtime}, {REQUESTS} are allowed"
    );
    // Otherwise the limit was never reached, and the assertion above says nothing.
    assert!(
        busiest > usize::try_from(REQUESTS / 2).unwrap(),
        "{busiest}"
    );

    let locks = run.fetcher.politeness().locks();
    let lockouts = log.lockouts(&locks);
    // Three pages lock out once, the stubborn one at each of its two requests.
    assert_eq!(lockouts.imposed, 5, "on {runtime}");
    assert_eq!(locks.len(), 5, "on {runtime}");
    assert_eq!(lockouts.violations, 0, "on {runtime}: {locks:?} {log:?}");
    // Nobody is locked out without a pause: the last request came after all of them had passed.
    let last = log.requests.iter().map(|seen| seen.arrived).max();
    assert!(log.imposed.iter().all(|imposed| Some(imposed.until) < last));

    assert_eq!(log.disallowed(), 0, "on {runtime}");
    for path in ["/limited/seconds", "/limited/date", "/limited/always"] {
        let asked = log.requests.iter().filter(|seen| seen.path == path);
        assert_eq!(asked.count(), 2, "{path} is asked for, and once again");
    }
}

#[test]
fn limits_and_lockouts_are_kept_on_tokio() {
    the_promise_holds(Runtime::Tokio);
}

#[test]
fn limits_and_lockouts_are_kept_on_smol() {
    the_promise_holds(Runtime::Smol);
}

#[test]
fn limits_and_lockouts_are_kept_on_async_std() {
    the_promise_holds(Runtime::AsyncStd);
}

#[test]
fn a_host_that_asks_for_an_hour_is_given_up_at_once() {
    let site = Site::start(SIZE, Instant::now()).unwrap();
    let start = site.url().join("/limited/for-an-hour").unwrap();
    let run = common::run(common::plan(start), common::generous(), Runtime::Smol);
    let reason = run.report.why_nothing(&run.crawled).unwrap();
    assert!(reason.contains("locked out for too long"), "{reason}");
    assert_eq!(site.log().requests.len(), 2, "robots.txt and one request");
}

#[test]
fn a_limit_on_pages_makes_the_run_incomplete() {
    let site = Site::start(SIZE, Instant::now()).unwrap();
    let plan = Plan {
        max_pages: Some(1),
        ..common::plan(site.url().join("/p/1").unwrap())
    };
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(run.report.pages, 1);
    assert!(!run.report.complete);
    assert!(run.report.pages_beyond_limit > 0);
    assert_eq!(
        run.report.unchecked, 0,
        "the links of the one page are checked"
    );
}
