//! What the site consists of. The same size makes the same site, to the byte.

use std::fmt::Write as _;
use std::time::Duration;

use super::Size;

/// How long a slow page takes.
const SLOW: Duration = Duration::from_millis(300);

/// How many images there are.
const IMAGES: usize = 20;

/// How many redirects `/chain/0` takes to its end; more than anybody follows.
const CHAIN: usize = 12;

/// How many pages work only when they are asked for again.
pub(super) const FLAKY: usize = 2;

/// What the server does about a request.
pub(super) enum Action {
    /// Answers.
    Answer(Answer),
    /// Answers with a 429 or 503 when it is asked for the first time, then with a page.
    LockOutOnce(u16, Pause),
    /// Answers with a 429, always.
    LockOut(Pause),
    /// Does this when it is asked for the first time, then answers with a page.
    FailOnce(Box<Action>),
    /// Says nothing until the client leaves.
    Hang,
    /// Tears the connection down.
    Reset,
    /// Writes these bytes and closes.
    Raw(&'static [u8]),
}

/// How the length of a pause is told.
#[derive(Clone, Copy)]
pub(super) enum Pause {
    /// `Retry-After: 1`
    Seconds(u64),
    /// `Retry-After: Sun, 06 Nov 1994 08:49:37 GMT`, so many seconds from now.
    Date(u64),
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
    /// How long it takes.
    pub(super) delay: Duration,
}

impl Action {
    fn answer(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer(Answer {
            status,
            headers: vec![("Content-Type", content_type.to_owned())],
            body: body.into(),
            delay: Duration::ZERO,
        })
    }

    fn redirect(status: u16, to: String) -> Self {
        Self::Answer(Answer {
            status,
            headers: vec![("Location", to)],
            body: Vec::new(),
            delay: Duration::ZERO,
        })
    }
}

/// The faults: the kind of each, as the report calls it, and where it is.
pub(super) fn faults(size: Size) -> Vec<(&'static str, String)> {
    let mut faults: Vec<(&'static str, String)> = [
        ("bad redirect", "/astray"),
        ("connection closed early", "/cut"),
        ("connection reset", "/reset/0"),
        ("connection reset", "/reset/1"),
        ("invalid URL", "http://[broken/"),
        ("malformed answer", "/rubbish"),
        ("missing anchor", "/p/4#nowhere"),
        ("missing anchor", "/p/9#s3"),
        ("missing anchor", "/r/2#nowhere"),
        ("redirect loop", "/loop/0"),
        ("redirect loop", "/loop/own"),
        ("status 410", "/withdrawn"),
        ("timeout", "/hang/0"),
        ("timeout", "/hang/1"),
        ("too many redirects", "/chain/0"),
    ]
    .map(|(kind, path)| (kind, path.to_owned()))
    .into();
    faults.extend((0..8).map(|k| ("status 404", format!("/gone/{k}"))));
    faults.extend((0..3).map(|k| ("status 500", format!("/error/{k}"))));
    if size.is_stubborn {
        faults.push(("status 429", "/limited/always".to_owned()));
    }
    faults
}

/// Whether `robots.txt` disallows it.
pub(super) fn is_disallowed(path: &str) -> bool {
    path.starts_with("/private/") && path != "/private/open"
}

/// What the server does about a request for `path`.
pub(super) fn action(path: &str, size: Size) -> Action {
    let text = "text/plain";
    match path {
        "/" => page(&front(size)),
        "/robots.txt" => Action::answer(
            200,
            text,
            "User-agent: *\nDisallow: /private/\nAllow: /private/open$\n",
        ),
        "/style.css" => Action::answer(200, "text/css", "body { margin: auto }"),
        "/download.bin" => Action::answer(200, "application/octet-stream", vec![0; 1 << 20]),
        "/private/open" => page("Anybody may read this."),
        "/based" => page("<base href='/p/'><a href='3#s1'>three</a>"),
        "/moved" => page("<meta http-equiv=refresh content='0; url=/p/1'>"),
        "/withdrawn" => Action::answer(410, text, "gone for good"),
        "/astray" => Action::Raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"),
        "/cut" => Action::Raw(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000\r\n\r\n<p>and",
        ),
        "/rubbish" => Action::Raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        "/loop/0" => Action::redirect(301, "/loop/1".into()),
        "/loop/1" => Action::redirect(302, "2".into()),
        "/loop/2" => Action::redirect(307, "/loop/0".into()),
        "/loop/own" => Action::redirect(308, "/loop/own".into()),
        "/limited/seconds" => Action::LockOutOnce(429, Pause::Seconds(1)),
        "/limited/date" => Action::LockOutOnce(429, Pause::Date(2)),
        "/limited/service" => Action::LockOutOnce(503, Pause::Seconds(1)),
        "/limited/always" => Action::LockOut(Pause::Seconds(1)),
        "/limited/for-an-hour" => Action::LockOut(Pause::Seconds(3600)),
        _ => numbered(path, size),
    }
}

/// The paths that end in a number.
fn numbered(path: &str, size: Size) -> Action {
    let not_found = || Action::answer(404, "text/plain", "no such page");
    let Some((kind, number)) = path.rsplit_once('/') else {
        return not_found();
    };
    let Ok(number) = number.trim_end_matches(".png").parse::<usize>() else {
        return not_found();
    };
    match kind {
        "/p" if number < size.pages => page(&plain(number, size)),
        "/img" if number < IMAGES => Action::answer(200, "image/png", b"\x89PNG\r\n\x1a\n"),
        "/r" => {
            let statuses = [301, 302, 303, 307, 308];
            let status = statuses[number % statuses.len()];
            Action::redirect(status, format!("/p/{number}"))
        }
        "/chain" if number < CHAIN => Action::redirect(302, format!("/chain/{}", number + 1)),
        "/chain" if number == CHAIN => page("The end of the chain."),
        "/slow" => match page("That took a while.") {
            Action::Answer(answer) => Action::Answer(Answer {
                delay: SLOW,
                ..answer
            }),
            other => other,
        },
        "/flaky" if number >= FLAKY => not_found(),
        "/flaky" if number == 0 => Action::FailOnce(Box::new(Action::Reset)),
        "/flaky" => Action::FailOnce(Box::new(Action::answer(502, "text/plain", "in a minute"))),
        "/error" => Action::answer(500, "text/html", "<a href=/not-a-link-of-a-page>sorry</a>"),
        "/hang" => Action::Hang,
        "/reset" => Action::Reset,
        _ => not_found(),
    }
}

pub(super) fn page(body: &str) -> Action {
    Action::answer(
        200,
        "text/html; charset=utf-8",
        format!(
            "<!doctype html><html><head><title><a href='/in-a-title'></title>\
             <link rel=stylesheet href=/style.css>\
             <link rel='preconnect dns-prefetch' href='https://fonts.example/'>\
             <script>let a = \"<a href='/in-a-script'>\";</script></head>\
             <body>{body}</body></html>"
        ),
    )
}

/// The first page: one of everything that needs no place of its own.
fn front(size: Size) -> String {
    let mut body = String::from(
        "<h1 id=top-of-all>A site</h1>\
         <!-- <a href='/in-a-comment'> -->\
         <a href='#top-of-all'>here</a> <a href='#'>top</a> <a href='#TOP'>top</a>\
         <a href='mailto:nobody@example.org'>mail</a> <a href='javascript:void(0)'>script</a>\
         <a href='https://elsewhere.example/'>elsewhere</a>\
         <a href=' /private/secret '>not for robots</a> <a href='/private/open'>open</a>\
         <img srcset='/img/0.png 1x, /img/1.png 2x' src=/img/2.png>\
         <a href='/download.bin'>download</a> <a href='/based'>based</a> <a href=/moved>moved</a>\
         <a href='/chain/5'>the end of the chain can be reached from here</a>\
         <a href='/p/1?a=1&amp;b=2#s0'>a query</a> <a href='p/./../p/2'>dots</a>",
    );
    for k in 0..5 {
        let _ = write!(
            body,
            "<a href=/r/{k}#s{}>r</a><a href=/slow/{k}>s</a>",
            k % 3
        );
    }
    if size.is_stubborn {
        body.push_str("<a href='/limited/always'>never</a>");
    }
    body.push_str("<a href=/p/0>the pages</a>");
    body
}

/// Page `i` of a binary tree, with some links across.
fn plain(i: usize, size: Size) -> String {
    let mut body = format!("<h1>Page {i}</h1><h2 id=s0>a</h2><h2 id=s1>b</h2><a name=s2>c</a>");
    let mut link = |to: &str| {
        let _ = write!(body, "<p><a href=\"{to}\">{i}</a>");
    };
    for child in [2 * i + 1, 2 * i + 2] {
        if child < size.pages {
            link(&format!("/p/{child}"));
        }
    }
    // Anywhere: a multiplicative hash is all the randomness that is needed.
    let across = i.wrapping_mul(2_654_435_761) % size.pages;
    link(&format!("/p/{across}#s{}", i % 3));
    for (k, (kind, fault)) in faults(size).into_iter().enumerate() {
        // Each fault stands on two pages, those that are found at once near the beginning.
        let spread = if kind == "status 404" { size.pages } else { 20 };
        if i == (k * 7 + 3) % spread || i == (k * 11 + 5) % spread {
            link(&fault);
        }
    }
    // No faults: they work when they are asked for again.
    if i < FLAKY {
        link(&format!("/flaky/{i}"));
    }
    // Apart from each other, so that one lockout is over before the next begins.
    for (k, path) in ["seconds", "date", "service"].into_iter().enumerate() {
        if i == (k + 1) * size.pages / 4 {
            link(&format!("/limited/{path}"));
        }
    }
    let _ = write!(body, "<img src=/img/{}.png>", i % IMAGES);
    body
}
