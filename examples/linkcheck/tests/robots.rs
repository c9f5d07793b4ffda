//! RFC 9309, line by line.

mod common;

use std::future::{self, Future as _};
use std::pin::pin;
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::time::Duration;

use async_dual_queue::FifoQueue;
use async_priority_semaphore::PrioritySemaphore;
use common::canned::{Canned, answer};
use linkcheck::fetch::Fetcher;
use linkcheck::net;
use linkcheck::robots::Robots;
use linkcheck::rules::{self, Rules};
use linkcheck::runtime::Runtime;
use linkcheck::stop::Stop;

/// Which of `paths` are allowed for the agent `me`.
fn allowed<'a>(text: &str, paths: &[&'a str]) -> Vec<&'a str> {
    let robots = Robots::parse(text, "me");
    let paths = paths.iter().copied();
    paths.filter(|path| robots.allows(path)).collect()
}

#[test]
fn an_empty_file_allows_everything() {
    for text in [
        "",
        "\n\n",
        "# nothing",
        "Sitemap: https://example.org/s",
        "Disallow: /",
    ] {
        assert_eq!(allowed(text, &["/", "/a"]), ["/", "/a"], "{text:?}");
    }
}

#[test]
fn the_group_that_names_us_replaces_the_general_one() {
    let text = "User-agent: *\nDisallow: /a\n\nUser-agent: ME/2.0 (x)\nDisallow: /b\n";
    assert_eq!(allowed(text, &["/a", "/b"]), ["/a"]);
    // Even if it has no rule at all.
    let text = "User-agent: *\nDisallow: /\nUser-agent: other\nUser-agent: me\n";
    assert_eq!(allowed(text, &["/a"]), ["/a"]);
}

#[test]
fn other_groups_do_not_concern_us() {
    let text = "User-agent: meow\nDisallow: /\nUser-agent: m\nDisallow: /\n";
    assert_eq!(allowed(text, &["/a"]), ["/a"]);
}

#[test]
fn groups_of_one_agent_are_put_together() {
    let text = "user-agent: me\ndisallow: /a\nuser-agent: x\ndisallow: /c\n\
                USER-AGENT: me\nDISALLOW: /b";
    assert_eq!(allowed(text, &["/a", "/b", "/c"]), ["/c"]);
}

#[test]
fn a_group_may_have_several_agents() {
    let text = "User-agent: x\nUser-agent: me\nUser-agent: y\nCrawl-delay: 3\nDisallow: /a\n";
    assert_eq!(allowed(text, &["/a", "/b"]), ["/b"]);
}

#[test]
fn the_longest_match_decides_and_of_equals_the_allowing_one() {
    let text = "User-agent: *\nDisallow: /a\nAllow: /a/b\nDisallow: /a/b/c\n\
                Disallow: /d\nAllow: /d";
    let paths = ["/a", "/a/x", "/a/b", "/a/b/x", "/a/b/c", "/d"];
    assert_eq!(allowed(text, &paths), ["/a/b", "/a/b/x", "/d"]);
}

#[test]
fn an_empty_disallow_disallows_nothing() {
    assert_eq!(allowed("User-agent: *\nDisallow:\n", &["/"]), ["/"]);
}

#[test]
fn robots_txt_itself_is_always_allowed() {
    let text = "User-agent: *\nDisallow: /";
    assert_eq!(allowed(text, &["/robots.txt", "/"]), ["/robots.txt"]);
    assert!(Robots::unreachable("x").allows("/robots.txt"));
    assert!(!Robots::unreachable("x").allows("/"));
}

#[test]
fn wildcards_match_as_section_2_2_3_says() {
    let table: &[(&str, &[&str], &[&str])] = &[
        (
            "/*.gif$",
            &["/a.gif", "/a/b.gif", "/.gif.gif"],
            &["/a.gif?x", "/a.GIF", "/gif"],
        ),
        ("/a*b", &["/ab", "/axxb", "/axbx"], &["/a", "/ba"]),
        ("/a*b*c$", &["/abc", "/abcbc", "/aXbXc"], &["/abcd", "/acb"]),
        ("*", &["/", "/a"], &[]),
        ("/$", &["/"], &["/a"]),
        ("/a$b", &["/a$b"], &["/a"]),
        ("/a%24", &["/a$", "/a$b"], &["/a"]),
        ("/a%2A", &["/a*"], &["/ab"]),
        ("/**a", &["/a", "/xa"], &["/b"]),
        ("/a?b=", &["/a?b=1"], &["/a", "/aXb="]),
    ];
    for (pattern, matching, others) in table {
        let text = format!("User-agent: *\nDisallow: {pattern}\n");
        assert_eq!(allowed(&text, matching), [""; 0], "{pattern}");
        assert_eq!(allowed(&text, others), *others, "{pattern}");
    }
}

#[test]
fn percent_encoding_makes_no_difference() {
    // The table of section 2.2.2, and more of its kind.
    let table = [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        (
            "/foo/bar?baz=https://foo.bar",
            "/foo/bar?baz=https://foo.bar",
        ),
        ("/foo/bar/ツ", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/a%3cd.html", "/a%3Cd.html"),
        ("/%7ejoe/", "/~joe/"),
        ("/100%", "/100%"),
    ];
    for (pattern, path) in table {
        let text = format!("User-agent: *\nDisallow: {pattern}\n");
        assert_eq!(allowed(&text, &[path]), [""; 0], "{pattern}");
    }
    let text = "User-agent: *\nDisallow: /a%2Fb\n";
    assert_eq!(allowed(text, &["/a%2fb", "/a/b"]), ["/a/b"]);
}

#[test]
fn lines_may_end_and_look_as_they_like() {
    let text = "\u{feff}user-agent :\tME # us\r\rDISALLOW:/a#comment\r\n  Disallow:  /b  \nrubbish\n: /c\n";
    assert_eq!(allowed(text, &["/a", "/b", "/c"]), ["/c"]);
}

#[test]
fn a_hostile_pattern_is_matched_quickly() {
    let text = format!("User-agent: *\nDisallow: /{}b\n", "a*".repeat(1000));
    let path = format!("/{}", "a".repeat(2000));
    let robots = Robots::parse(&text, "me");
    testkit::within_seconds(10, move || assert!(robots.allows(&path)));
}

/// However many tasks want to know, the host is asked once.
#[test]
fn a_thousand_callers_are_one_request() {
    const CALLERS: usize = 1000;
    for runtime in [Runtime::Tokio, Runtime::Smol, Runtime::AsyncStd] {
        let (begun, all_begun) = mpsc::channel();
        let site = Canned::start(move |_| {
            // Nobody gets an answer before all have asked.
            all_begun.iter().take(CALLERS).for_each(drop);
            answer("200 OK", "", "User-agent: *\nDisallow: /private/")
        });
        let url = site.url("/private/page");
        testkit::watchdog(Duration::from_secs(60), move || {
            let tls = net::tls_config(None).unwrap();
            let fetcher = Fetcher::new(common::generous(), tls, Stop::new());
            let rules = Rules::new(Arc::new(fetcher), Arc::new(PrioritySemaphore::new(1)));
            runtime.block_on(async move {
                let (sender, answers) = FifoQueue::unbounded().into_channel();
                for _ in 0..CALLERS {
                    let (rules, url, sender) = (rules.clone(), url.clone(), sender.clone());
                    let begun = begun.clone();
                    runtime.spawn(async move {
                        let mut robots = pin!(rules.of(&url));
                        let first = future::poll_fn(|cx| Poll::Ready(robots.as_mut().poll(cx)));
                        let first = first.await;
                        begun.send(()).unwrap();
                        let robots = match first {
                            Poll::Ready(robots) => robots,
                            Poll::Pending => robots.await,
                        };
                        let _ = sender.try_send(rules::allows(&robots.unwrap(), &url));
                    });
                }
                for _ in 0..CALLERS {
                    assert_eq!(answers.recv().await, Ok(false));
                }
            });
        });
        assert_eq!(site.requests(), ["GET /robots.txt"], "on {runtime}");
    }
}
