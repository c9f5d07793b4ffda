//! One request after the other to one URL, politely, until there is an answer to keep.

use std::future::Future as _;
use std::num::ParseIntError;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime};

use async_clock::timeout;
use futures_lite::future;
use futures_rustls::rustls::ClientConfig;
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HeaderMap};
use hyper::{Method, Request, Response};
use smol_hyper::rt::FuturesIo;
use url::{Position, Url};

use crate::failure::Failure;
use crate::net::Connector;
use crate::politeness::{Host, Politeness, Rate};
use crate::robots;
use crate::stop::{Stop, Stopped};

/// The product token, for `robots.txt`.
pub const AGENT: &str = "linkcheck";

/// A page larger than this is there, but is not looked into.
pub const MAX_PAGE: usize = 16 * 1024 * 1024;

/// Tells servers of ours which request this is; see [`Settings::stamps`].
pub const REQUEST_ID: &str = "x-request-id";

/// Tells servers of ours when it was sent; see [`Settings::stamps`].
pub const SENT_AT: &str = "x-sent-at";

/// The first pause after a 429 or 503 that does not say for how long; it doubles from then on.
const DEFAULT_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that is taken at its word; nobody waits so long anyway.
const LONGEST_PAUSE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The limits of every request.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most requests that any window may see at a host.
    pub rate: Rate,
    /// For one request, from the connection to the end of the body. Waiting for one's turn is
    /// not part of it.
    pub timeout: Duration,
    /// How often a request that was answered 429 or 503 is sent again.
    pub retries: u32,
    /// The longest pause that a host may ask for.
    pub max_wait: Duration,
    /// Adds to each request its number and the instant at which it was sent, in nanoseconds
    /// since this one. For servers in the same process, which check the promise.
    pub stamps: Option<Instant>,
}

/// What is to be read of the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Want {
    /// Its head, by the method HEAD.
    Head,
    /// Its body, if that is HTML.
    Page,
    /// The beginning of its body, whatever that is.
    Robots,
}

/// An answer that needs no second request.
#[derive(Debug)]
pub struct Reply {
    /// Any status but 429 and 503.
    pub status: u16,
    /// The `Location` of a redirect.
    pub location: Option<String>,
    /// The body, if it was wanted and is what was wanted.
    pub body: Option<String>,
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// It did not work.
    Failed(Failure),
    /// It was not tried: the crawl is being stopped.
    Stopped,
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Stopped> for Trouble {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

/// Sends requests, each in its turn.
#[derive(Debug)]
pub struct Fetcher {
    settings: Settings,
    politeness: Politeness,
    connector: Connector,
    stop: Stop,
    /// Requests sent so far; each one's number is the value before it.
    sent: AtomicU64,
    /// Requests under way.
    in_flight: AtomicUsize,
}

impl Fetcher {
    /// Creates a fetcher that gives up waiting for its turn once `stop` is raised.
    #[must_use]
    pub fn new(settings: Settings, tls: Arc<ClientConfig>, stop: Stop) -> Self {
        Self {
            politeness: Politeness::new(settings.rate, settings.max_wait),
            settings,
            connector: Connector::new(tls),
            stop,
            sent: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
        }
    }

    /// The hosts and their limits.
    #[must_use]
    pub fn politeness(&self) -> &Politeness {
        &self.politeness
    }

    /// How many requests were sent so far.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// How many requests are under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::SeqCst)
    }

    /// Asks for `url` until the answer is not 429 or 503. Redirects are not followed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection and gives the turn back; a request that was
    /// sent counts against the rate.
    ///
    /// # Errors
    ///
    /// [`Trouble`] when there is no such answer.
    pub async fn fetch(&self, url: &Url, want: Want) -> Result<Reply, Trouble> {
        let host = self.politeness.host(url);
        let mut retries = 0;
        loop {
            let reply = self.attempt(&host, url, want, retries).await?;
            if !matches!(reply.status, 429 | 503) {
                return Ok(reply);
            }
            if retries == self.settings.retries {
                return Err(Failure::Status(reply.status).into());
            }
            retries += 1;
        }
    }

    /// Sends one request: limiter first, lockout last, and then at once.
    async fn attempt(
        &self,
        host: &Host,
        url: &Url,
        want: Want,
        retries: u32,
    ) -> Result<Reply, Trouble> {
        let turn = self.stop.or_stopped(host.limiter.acquire_guard()).await?;
        // Given back when the answer's head is there, or at the end of this function.
        let mut turn = Some(turn.expect("nobody closes the limiter, and 1 fits into any limit"));
        loop {
            if let Err(too_long) = self.stop.or_stopped(host.unlocked()).await? {
                return Err(Failure::LockedOut(too_long.left).into());
            }
            let exchange = self.exchange(host, url, want, retries, || drop(turn.take()));
            match timeout(self.settings.timeout, exchange).await {
                Ok(Ok(Some(reply))) => return Ok(reply),
                // Locked while the connection was made: the turn is still ours, wait again.
                Ok(Ok(None)) => {}
                Ok(Err(failure)) => return Err(failure.into()),
                Err(_elapsed) => return Err(Failure::Timeout.into()),
            }
        }
    }

    /// Connects, sends, reads; `None` if the host became locked before anything was sent.
    ///
    /// One connection per request: the server learns nothing of our pauses but silence.
    async fn exchange(
        &self,
        host: &Host,
        url: &Url,
        want: Want,
        retries: u32,
        head_read: impl FnOnce(),
    ) -> Result<Option<Reply>, Failure> {
        let stream = self.connector.connect(url).await?;
        let (mut sender, connection) = http1::handshake(FuturesIo::new(stream))
            .await
            .map_err(|error| Failure::from_http(&error))?;

        let talk = async {
            let number = self.sent.fetch_add(1, Ordering::SeqCst);
            let _in_flight = Counted::new(&self.in_flight);
            let request = self.request(url, want, number, Instant::now())?;
            let response = sender
                .send_request(request)
                .await
                .map_err(|error| Failure::from_http(&error))?;
            if matches!(response.status().as_u16(), 429 | 503) {
                let pause = retry_after(response.headers(), SystemTime::now())
                    .unwrap_or(DEFAULT_PAUSE * 2_u32.pow(retries.min(5)));
                host.lock_for(number, pause.min(LONGEST_PAUSE));
            }
            head_read();
            read(response, want).await.map(Some)
        };
        // hyper's connection has to be polled for the talk to go on; its own result adds nothing
        // to what the talk is told.
        let drive = async {
            let _ = connection.await;
            future::pending().await
        };

        // The first poll hands the request to the connection and has that write it: the socket is
        // new, its buffer empty, and the request small. That poll runs while no lock can be set.
        // It can't set one itself: the talk, which goes first, has no answer yet.
        let mut both = pin!(future::or(talk, drive));
        let first = |cx: &mut Context<'_>| {
            let polled = host.unless_locked(|| both.as_mut().poll(cx));
            Poll::Ready(polled)
        };
        match future::poll_fn(first).await {
            None => Ok(None),
            Some(Poll::Ready(result)) => result,
            Some(Poll::Pending) => both.await,
        }
    }

    fn request(
        &self,
        url: &Url,
        want: Want,
        number: u64,
        sent_at: Instant,
    ) -> Result<Request<Empty<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(if want == Want::Head {
                Method::HEAD
            } else {
                Method::GET
            })
            .uri(&url[Position::BeforePath..Position::AfterQuery])
            .header(
                header::HOST,
                &url[Position::BeforeHost..Position::AfterPort],
            )
            .header(
                header::USER_AGENT,
                concat!("linkcheck/", env!("CARGO_PKG_VERSION")),
            )
            .header(header::ACCEPT, "text/html, */*;q=0.5")
            .header(header::CONNECTION, "close");
        if let Some(epoch) = self.settings.stamps {
            let sent_at = sent_at.duration_since(epoch).as_nanos().to_string();
            request = request
                .header(REQUEST_ID, number.to_string())
                .header(SENT_AT, sent_at);
        }
        request
            .body(Empty::new())
            .map_err(|error| Failure::Io(error.to_string()))
    }
}

/// Adds one for as long as it lives.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Keeps of an answer what is wanted.
async fn read(response: Response<Incoming>, want: Want) -> Result<Reply, Failure> {
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok());
    let location = text(header::LOCATION).map(str::to_owned);
    let is_plain =
        text(header::CONTENT_ENCODING).is_none_or(|v| v.eq_ignore_ascii_case("identity"));
    let is_html = text(header::CONTENT_TYPE).is_some_and(is_html);
    let body = match want {
        Want::Page if head.status.is_success() && is_html && is_plain => {
            let (bytes, complete) = read_body(body, MAX_PAGE).await?;
            complete.then_some(bytes)
        }
        Want::Robots if head.status.is_success() && is_plain => {
            Some(read_body(body, robots::MAX_LEN).await?.0)
        }
        _ => None,
    };
    Ok(Reply {
        status,
        location,
        body: body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    })
}

fn is_html(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/html")
        || essence.eq_ignore_ascii_case("application/xhtml+xml")
}

/// Reads up to `limit` bytes, and tells whether that is all.
async fn read_body(mut body: Incoming, limit: usize) -> Result<(Vec<u8>, bool), Failure> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Failure::from_http(&error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        let room = limit - bytes.len();
        if data.len() > room {
            bytes.extend_from_slice(&data[..room]);
            return Ok((bytes, false));
        }
        bytes.extend_from_slice(data);
    }
    Ok((bytes, true))
}

/// The pause that `Retry-After` asks for, in either of its forms (RFC 9110, section 10.2.3).
///
/// A date counts from the answer's own `Date` where there is one: then only the server's clock is
/// asked, and as both are cut to seconds alike, the pause is never too short. Otherwise it counts
/// from `now`. A date that has passed asks for no pause at all; rubbish is no header.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let value = text(header::RETRY_AFTER)?.trim();
    if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        let seconds: Result<u64, ParseIntError> = value.parse();
        return Some(seconds.map_or(Duration::MAX, Duration::from_secs));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let from = text(header::DATE)
        .and_then(|value| httpdate::parse_http_date(value).ok())
        .unwrap_or(now);
    Some(date.duration_since(from).unwrap_or_default())
}
