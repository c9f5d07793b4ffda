//! What is made of a server's answers.

mod common;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use common::canned::{Canned, answer, page, redirect, status};
use hyper::header::{DATE, HeaderMap, RETRY_AFTER};
use linkcheck::crawl::Plan;
use linkcheck::fetch::{MAX_PAGE, Settings, retry_after};
use linkcheck::runtime::Runtime;

/// Paths, and what is answered to those who ask for them.
type Answers = &'static [(&'static str, fn() -> String)];

/// Crawls from `path` of a server with these answers; what is missing is a 404.
fn crawl(path: &str, answers: Answers) -> (Canned, common::Run) {
    let server = canned(answers);
    let plan = common::plan(server.url(path));
    let run = common::run(plan, common::generous(), Runtime::Smol);
    (server, run)
}

fn canned(answers: Answers) -> Canned {
    Canned::start(|request| {
        let (_, path) = request.split_once(' ').unwrap();
        let found = answers.iter().find(|(known, _)| *known == path);
        found.map_or_else(|| status("404 Not Found"), |(_, answer)| answer())
    })
}

/// Kind and URL of what is broken.
fn broken(run: &common::Run) -> Vec<(&str, &str)> {
    let site = run.crawled.start.origin().ascii_serialization();
    let list = run.report.broken.iter();
    list.map(|broken| {
        let url = broken.url.strip_prefix(&site).unwrap_or(&broken.url);
        (broken.kind.as_str(), url)
    })
    .collect()
}

#[test]
fn links_to_other_sites_are_asked_for_only_when_told_so() {
    for external in [false, true] {
        let other = Canned::start(|request| match request {
            "HEAD /fine" | "GET /hates-head" => page("<a href=/never-followed>"),
            _ => status("404 Not Found"),
        });
        let links: String = ["/fine", "/hates-head", "/gone", "/fine#not-looked-for"]
            .map(|path| format!("<a href={}>", other.url(path)))
            .concat();
        let here = Canned::start(move |_| page(&links));
        let plan = Plan {
            external,
            ..common::plan(here.url("/"))
        };
        let run = common::run(plan, common::generous(), Runtime::Smol);

        let mut requests = other.requests();
        requests.sort();
        if external {
            let gone = other.url("/gone").to_string();
            assert_eq!(broken(&run), [("status 404", gone.as_str())]);
            let expected = [
                "GET /gone",
                "GET /hates-head",
                "GET /robots.txt",
                "HEAD /fine",
                "HEAD /gone",
                "HEAD /hates-head",
            ];
            assert_eq!(requests, expected, "HEAD, and GET where that fails");
        } else {
            assert_eq!(requests, [""; 0]);
            assert_eq!(run.report.external, 4);
            assert!(run.report.broken.is_empty());
        }
    }
}

#[test]
fn a_url_is_requested_once_however_many_links_lead_to_it() {
    let server = Canned::start(|request| {
        let (_, name) = request.split_once(" /").unwrap();
        let mut links = format!("<a id=from-{name}>");
        for k in 0..20 {
            let _ = write!(links, "<a href=/{k}#from-{k}><a href=./x/../{k}>");
        }
        page(&links)
    });
    let plan = common::plan(server.url("/0"));
    let run = common::run(plan, common::generous(), Runtime::Tokio);
    assert_eq!(broken(&run), []);
    assert_eq!(run.report.links, 20 * 40);
    let mut requests = server.requests();
    assert_eq!(requests.len(), 21, "twenty pages and robots.txt");
    requests.sort();
    requests.dedup();
    assert_eq!(requests.len(), 21);
}

#[test]
fn the_site_is_where_the_redirects_of_the_start_lead() {
    let there = canned(&[
        ("/home/", || page("<a href=../more>")),
        ("/more", || page("<a href=/gone>")),
    ]);
    let to = there.url("/home/").to_string();
    let here = Canned::start(move |_| redirect(&to));
    let plan = common::plan(here.url("/"));
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(run.report.pages, 2);
    assert_eq!(run.report.broken.len(), 1);
    assert_eq!(run.report.broken[0].url, there.url("/gone").as_str());
}

#[test]
fn without_robots_txt_everything_is_allowed() {
    let (_server, run) = crawl("/", &[("/", || page("<a href=/>"))]);
    assert_eq!(run.report.pages, 1);
}

#[test]
fn robots_txt_is_followed_over_redirects() {
    let (server, run) = crawl(
        "/",
        &[
            ("/robots.txt", || redirect("/r/1")),
            ("/r/1", || redirect("/r/2")),
            ("/r/2", || {
                answer("200 OK", "", "User-agent: LinkCheck\nDisallow: /no")
            }),
            ("/", || page("<a href=/no/1><a href=/no/2><a href=/yes>")),
            ("/yes", || page("")),
        ],
    );
    assert_eq!(run.report.disallowed, 2);
    assert_eq!(broken(&run), []);
    assert!(
        !server
            .requests()
            .iter()
            .any(|request| request.contains("/no"))
    );
}

#[test]
fn a_robots_txt_that_fails_forbids_everything() {
    let (server, run) = crawl(
        "/",
        &[("/robots.txt", || status("500 Oh")), ("/", || page(""))],
    );
    assert_eq!(server.requests(), ["GET /robots.txt"]);
    let reason = run.report.why_nothing(&run.crawled).unwrap();
    assert!(reason.contains("robots.txt: status 500"), "{reason}");
}

#[test]
fn a_fragment_needs_an_anchor_at_the_end_of_the_redirects() {
    let (_server, run) = crawl(
        "/",
        &[
            ("/", || {
                page(
                    "<a href='#a'><a id=a><a href=/moved#b><a href=/moved#a>\
                     <a href=/named#a><a href='/there#caf%C3%A9'><a href='/there#a b'>\
                     <a href='/there#:~:text=any'><a href='/text#any'>",
                )
            }),
            ("/moved", || redirect("/there")),
            // The fragment of the redirect goes before that of the link.
            ("/named", || redirect("/there#b")),
            ("/there", || page("<p id=b><p id='café'><p id='a b'>")),
            ("/text", || {
                answer("200 OK", "Content-Type: text/plain\r\n", "")
            }),
        ],
    );
    assert_eq!(broken(&run), [("missing anchor", "/moved#a")]);
}

#[test]
fn ten_redirects_are_followed_and_no_more() {
    let server = Canned::start(|request| {
        let number = request.strip_prefix("GET /r/").and_then(|n| n.parse().ok());
        match (request, number) {
            ("GET /", _) => page("<a href=/r/0><a href=/r/1>"),
            (_, Some(number @ 0_u32..11)) => redirect(&format!("/r/{}", number + 1)),
            (_, Some(11)) => page(""),
            _ => status("404 Not Found"),
        }
    });
    let plan = common::plan(server.url("/"));
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(broken(&run), [("too many redirects", "/r/0")]);
}

#[test]
fn a_503_is_asked_again_as_often_as_told() {
    let retry = || answer("503 Later", "Retry-After: 0\r\n", "");
    for retries in [0, 2] {
        let server = Canned::start(move |request| match request {
            "GET /" => page("<a href=/busy>"),
            "GET /busy" => retry(),
            _ => status("404 Not Found"),
        });
        let settings = Settings {
            retries,
            ..common::generous()
        };
        let run = common::run(common::plan(server.url("/")), settings, Runtime::Smol);
        assert_eq!(broken(&run), [("status 503", "/busy")]);
        let requests = server.requests();
        let asked = requests.iter().filter(|request| *request == "GET /busy");
        assert_eq!(asked.count(), usize::try_from(retries).unwrap() + 1);
    }
}

#[test]
fn only_html_is_looked_into() {
    let (_server, run) = crawl(
        "/",
        &[
            ("/", || page("<a href=/text><a href=/xhtml>")),
            ("/text", || {
                answer("200 OK", "Content-Type: text/plain\r\n", "<a href=/1>")
            }),
            ("/xhtml", || {
                let xhtml = "Content-Type: Application/XHTML+XML; charset=utf-8\r\n";
                answer("200 OK", xhtml, "<a href='/2'/>")
            }),
        ],
    );
    assert_eq!(broken(&run), [("status 404", "/2")]);
}

#[test]
fn retry_after_is_read_in_both_forms() {
    let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(784_111_777 + seconds);
    let date = "Sun, 06 Nov 1994 08:49:47 GMT"; // ten seconds after `at(0)`
    let table = [
        ("0", None, Some(0)),
        ("120", None, Some(120)),
        (" 7 ", None, Some(7)),
        (date, None, Some(10)),
        // The server's clock is 4 s behind ours; what counts is the server's.
        (date, Some("Sun, 06 Nov 1994 08:49:33 GMT"), Some(14)),
        ("Sun, 06 Nov 1994 08:49:30 GMT", None, Some(0)),
        (date, Some("rubbish"), Some(10)),
        ("soon", None, None),
        ("-1", None, None),
        ("1.5", None, None),
        ("", None, None),
    ];
    for (value, date, seconds) in table {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        let pause = retry_after(&headers, at(0));
        assert_eq!(
            pause,
            seconds.map(Duration::from_secs),
            "{value:?} {date:?}"
        );
    }
    let mut headers = HeaderMap::new();
    assert_eq!(retry_after(&headers, at(0)), None);
    headers.insert(RETRY_AFTER, "99999999999999999999999".parse().unwrap());
    assert_eq!(retry_after(&headers, at(0)), Some(Duration::MAX));
}

#[test]
fn a_429_that_does_not_say_for_how_long_locks_for_a_second_and_then_for_two() {
    let asked = AtomicUsize::new(0);
    let server = Canned::start(move |request| match request {
        "GET /" if asked.fetch_add(1, Ordering::SeqCst) < 2 => status("429 Slow Down"),
        "GET /" => page(""),
        _ => status("404 Not Found"),
    });
    let plan = common::plan(server.url("/"));
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(run.report.pages, 1);
    let locks = run.fetcher.politeness().locks();
    assert_eq!(locks.len(), 2, "{locks:?}");
    for (lock, seconds) in locks.iter().zip([1, 2]) {
        let length = lock.until.duration_since(lock.from);
        // It counts from immediately before `from`.
        assert!(length <= Duration::from_secs(seconds), "{length:?}");
        assert!(length > Duration::from_secs(seconds - 1), "{length:?}");
    }
    assert!(
        locks[0].until <= locks[1].from,
        "nothing was sent in between"
    );
}

#[test]
fn a_page_that_is_too_large_is_there_but_not_looked_into() {
    let server = Canned::start(|request| match request {
        "GET /" => page("<a href=/large#unknown><a href=/full#no>"),
        "GET /large" => page(&format!("{}<a href=/gone>", " ".repeat(MAX_PAGE))),
        "GET /full" => page(&" ".repeat(MAX_PAGE)),
        _ => status("404 Not Found"),
    });
    let plan = common::plan(server.url("/"));
    let run = common::run(plan, common::generous(), Runtime::Smol);
    assert_eq!(broken(&run), [("missing anchor", "/full#no")]);
    assert_eq!(run.report.pages, 2);
}

#[test]
fn what_is_compressed_against_our_wish_is_not_looked_into() {
    let (_server, run) = crawl(
        "/",
        &[
            ("/", || page("<a href=/packed#unknown>")),
            ("/packed", || {
                let headers = "Content-Type: text/html\r\nContent-Encoding: gzip\r\n";
                answer("200 OK", headers, "<a href=/gone>")
            }),
        ],
    );
    assert_eq!(broken(&run), []);
}
