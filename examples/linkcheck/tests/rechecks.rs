//! What fails, and may work later, is looked at again, later.

mod common;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::canned::{Canned, page, status};
use linkcheck::crawl::Plan;
use linkcheck::runtime::Runtime;

const RUNTIMES: [Runtime; 3] = [Runtime::Tokio, Runtime::Smol, Runtime::AsyncStd];

const DELAY: Duration = Duration::from_millis(80);

/// A site whose page `/flaky` answers 500 for the first `failures` times; and the instants at
/// which it was asked for.
fn serve(failures: usize) -> (Canned, Arc<Mutex<Vec<Instant>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let site = Canned::start(move |request| match request {
        "GET /" => page("<a href=/flaky><a href=/gone>"),
        "GET /flaky" => {
            let mut asked = seen.lock().unwrap();
            asked.push(Instant::now());
            if asked.len() <= failures {
                status("500 Oh No")
            } else {
                page("<a href=/found-late>")
            }
        }
        "GET /found-late" => page("At last."),
        _ => status("404 Not Found"),
    });
    (site, asked)
}

fn plan(site: &Canned, rechecks: u32) -> Plan {
    Plan {
        rechecks,
        recheck_after: DELAY,
        ..common::plan(site.url("/"))
    }
}

#[test]
fn a_page_that_works_later_is_fine_and_its_links_are_followed() {
    for runtime in RUNTIMES {
        let (site, asked) = serve(1);
        let run = common::run(plan(&site, 1), common::generous(), runtime);
        let broken: Vec<&str> = run.report.broken.iter().map(|b| b.kind.as_str()).collect();
        assert_eq!(broken, ["status 404"], "on {runtime}");
        assert_eq!((run.report.rechecks, run.report.recovered), (1, 1));
        assert!(site.requests().contains(&"GET /found-late".to_owned()));
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 2, "on {runtime}");
        assert!(asked[1] - asked[0] >= DELAY, "on {runtime}");
    }
}

#[test]
fn a_failure_is_looked_at_as_often_as_told_and_each_time_twice_as_late() {
    let (site, asked) = serve(usize::MAX);
    let run = common::run(plan(&site, 3), common::generous(), Runtime::Smol);
    assert_eq!(run.report.broken.len(), 2);
    assert_eq!((run.report.rechecks, run.report.recovered), (3, 0));
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 4);
    for (k, pair) in asked.windows(2).enumerate() {
        assert!(pair[1] - pair[0] >= DELAY * 2_u32.pow(k.try_into().unwrap()));
    }
}

#[test]
fn what_will_not_pass_is_asked_for_once() {
    let (site, _) = serve(0);
    let run = common::run(plan(&site, 3), common::generous(), Runtime::Smol);
    assert_eq!(run.report.rechecks, 0);
    let gone = site.requests().iter().filter(|r| *r == "GET /gone").count();
    assert_eq!(gone, 1);
}

#[test]
fn the_first_page_is_not_waited_for() {
    let site = Canned::start(|_| status("500 Oh No"));
    let plan = Plan {
        recheck_after: Duration::from_secs(3600),
        ..plan(&site, 1)
    };
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(run.report.rechecks, 0);
}

/// An hour's delay does not keep a crawl that is stopped; what waited for it stays broken.
#[test]
fn a_stop_does_not_wait_for_the_next_look() {
    for runtime in RUNTIMES {
        let (site, asked) = serve(1);
        let plan = Plan {
            recheck_after: Duration::from_secs(3600),
            ..plan(&site, 1)
        };
        let run = common::run_and_stop(plan, runtime, move || !asked.lock().unwrap().is_empty());
        assert!(run.report.interrupted, "on {runtime}");
        assert!(run.report.broken.iter().any(|b| b.kind == "status 500"));
        drop(site);
    }
}
