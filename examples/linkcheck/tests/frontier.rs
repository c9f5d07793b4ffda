//! In which order pages are fetched, and how many at once.

mod common;

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use common::canned::{Canned, page, redirect, status};
use indicatif::ProgressBar;
use linkcheck::crawl::Plan;
use linkcheck::runtime::Runtime;
use url::Url;

const RUNTIMES: [Runtime; 3] = [Runtime::Tokio, Runtime::Smol, Runtime::AsyncStd];

/// A page, its depth, and where it leads; a redirect leads on without being a link.
const SITE: [(&str, i32, &[&str]); 11] = [
    ("/", 0, &["/moved", "/a"]),
    ("/moved", 1, &["/m2"]),
    ("/m2", 1, &["/m3"]),
    ("/m3", 1, &["/deep"]),
    ("/a", 1, &["/a/1", "/a/2", "/a/3", "/a/4"]),
    ("/deep", 2, &[]),
    ("/a/1", 2, &["/deeper"]),
    ("/a/2", 2, &[]),
    ("/a/3", 2, &[]),
    ("/a/4", 2, &[]),
    ("/deeper", 3, &[]),
];

fn find(path: &str) -> (i32, &'static [&'static str]) {
    let found = SITE.iter().find(|(known, ..)| *known == path);
    let (_, depth, leads_to) = found.unwrap();
    (*depth, leads_to)
}

/// The server answers a request only when what its earlier answers lead to has been queued; so at
/// each request all of that is in the frontier, but what the last answer leads to may be.
#[test]
fn one_fetcher_never_goes_deeper_while_a_shallower_page_is_queued() {
    for runtime in RUNTIMES {
        let progress = ProgressBar::hidden();
        progress.set_length(0);
        let queued = progress.clone();
        let known = Mutex::new(1); // the start
        let server = Canned::start(move |request| {
            let path = request.strip_prefix("GET ").unwrap();
            if path == "/robots.txt" {
                return status("404 Not Found");
            }
            let mut known = known.lock().unwrap();
            while queued.length().unwrap() < *known {
                thread::yield_now();
            }
            let (_, leads_to) = find(path);
            *known += leads_to.len() as u64;
            if matches!(path, "/moved" | "/m2") {
                return redirect(leads_to[0]);
            }
            let links = leads_to.iter().map(|to| format!("<a href={to}>"));
            page(&links.collect::<String>())
        });
        let plan = Plan {
            concurrency: 1,
            ..common::plan(server.url("/"))
        };
        let run = common::run_with(plan, common::generous(), runtime, progress);
        assert!(run.report.complete, "on {runtime}");

        let requests = server.requests();
        assert_eq!(requests[0], "GET /robots.txt");
        let order: Vec<&str> = requests[1..].iter().map(|request| &request[4..]).collect();
        assert_eq!(order.len(), SITE.len(), "on {runtime}: {order:?}");
        let mut queue = HashSet::from(["/"]);
        for (k, path) in order.iter().enumerate() {
            if let Some(before) = k.checked_sub(2) {
                queue.extend(find(order[before]).1);
            }
            queue.remove(path);
            let shallowest = queue.iter().filter(|other| !order[..k].contains(other));
            let shallowest = shallowest.map(|other| find(other).0).min();
            let depth = find(path).0;
            assert!(
                shallowest.is_none_or(|shallowest| depth <= shallowest),
                "on {runtime}: {path} in {order:?}, while {queue:?} were queued"
            );
        }
    }
}

/// How many requests are being answered, and the most that there were.
#[derive(Default)]
struct Busy {
    counts: Mutex<(usize, usize)>,
    grown: Condvar,
}

/// Serves a start page with `leaves` links; a leaf is answered when as many requests as `bound`
/// have been there at once.
fn serve(bound: usize, leaves: usize) -> (Url, Arc<Busy>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let busy = Arc::new(Busy::default());
    let shared = Arc::clone(&busy);
    // Ends with the process: it is in `accept` then.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (busy, stream) = (Arc::clone(&shared), stream.unwrap());
            thread::spawn(move || answer(stream, &busy, bound, leaves));
        }
    });
    (Url::parse(&url).unwrap(), busy)
}

fn answer(mut stream: TcpStream, busy: &Busy, bound: usize, leaves: usize) {
    let mut head = [0; 4096];
    let length = stream.read(&mut head).unwrap();
    let mut counts = busy.counts.lock().unwrap();
    counts.0 += 1;
    counts.1 = counts.1.max(counts.0);
    busy.grown.notify_all();
    let is_leaf = head[..length].starts_with(b"GET /leaf/");
    while is_leaf && counts.1 < bound {
        counts = busy.grown.wait(counts).unwrap();
    }
    drop(counts);
    let body = if is_leaf {
        // Whoever comes beyond the bound gets time to be seen.
        (0..10).for_each(|_| thread::yield_now());
        page("")
    } else if head.starts_with(b"GET / ") {
        let links = (0..leaves).map(|k| format!("<a href=/leaf/{k}>"));
        page(&links.collect::<String>())
    } else {
        status("404 Not Found")
    };
    // It is not in flight any more from the client's point of view once this is written.
    busy.counts.lock().unwrap().0 -= 1;
    stream.write_all(body.as_bytes()).unwrap();
}

#[test]
fn as_many_as_the_bound_are_in_flight_and_never_more() {
    for runtime in RUNTIMES {
        for bound in [1, 4] {
            let (url, busy) = serve(bound, 40);
            let plan = Plan {
                concurrency: bound,
                ..common::plan(url)
            };
            let run = common::run(plan, common::generous(), runtime);
            assert_eq!(run.report.pages, 41, "on {runtime}");
            let (_, most) = *busy.counts.lock().unwrap();
            assert_eq!(most, bound, "on {runtime}");
        }
    }
}

/// A bound beyond any site costs nothing: fetchers come with the jobs.
#[test]
fn a_huge_bound_is_as_good_as_none() {
    let server = Canned::start(|_| page("<a href=/other>"));
    let plan = Plan {
        concurrency: usize::MAX,
        ..common::plan(server.url("/"))
    };
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(run.report.pages, 2);
}
