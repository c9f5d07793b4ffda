//! A thread per connection, and a request per connection.

use std::collections::HashSet;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use socket2::SockRef;

use super::Size;
use super::log::{Imposed, Log, Seen};
use super::pages::{self, Action, Answer, Pause};
use crate::fetch::{REQUEST_ID, SENT_AT};

/// A longer request is not read.
const MAX_REQUEST: usize = 16 * 1024;

/// No connection lives longer than this between two signs of life.
const PATIENCE: Duration = Duration::from_secs(30);

/// Listens until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    size: Size,
    epoch: Instant,
    state: Mutex<State>,
    /// Told of each request, and when the server closes.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    log: Log,
    /// What was asked for, of that which is different for the first time.
    asked_before: HashSet<String>,
    is_closing: bool,
}

impl Server {
    pub(super) fn start(size: Size, epoch: Instant) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            size,
            epoch,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let acceptor = {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name("site".into())
                .spawn(move || accept(&listener, &shared))?
        };
        Ok(Self {
            address,
            shared,
            acceptor: Some(acceptor),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn log(&self) -> Log {
        self.shared.lock().log.clone()
    }

    pub(super) fn wait_for_requests(&self, count: usize) {
        let is_less = |state: &mut State| state.log.requests.len() < count;
        let state = self.shared.lock();
        let reached = self.shared.changed.wait_while(state, is_less);
        drop(reached.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.lock().is_closing = true;
        self.shared.changed.notify_all();
        // Wakes the acceptor, which then sees the flag. If that fails it has ended already.
        if TcpStream::connect(self.address).is_ok() {
            if let Some(acceptor) = self.acceptor.take() {
                let _ = acceptor.join();
            }
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.lock().is_closing {
            return;
        }
        let Ok(stream) = stream else {
            continue;
        };
        let shared = Arc::clone(shared);
        // A client that leaves in mid-sentence is the client's affair.
        let serve = move || drop(shared.serve(stream));
        // Without a thread the connection is closed: the client will say so.
        drop(thread::Builder::new().name("site".into()).spawn(serve));
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let head = read_head(&mut stream)?;
        let arrived = Instant::now();
        let Some(request) = Request::parse(&head) else {
            return stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        };
        self.lock().log.requests.push(Seen {
            id: request.number(REQUEST_ID),
            path: request.path.to_owned(),
            arrived,
            sent: request
                .number(SENT_AT)
                .map(|nanos| self.epoch + Duration::from_nanos(nanos)),
        });
        self.changed.notify_all();

        let path = request.path.split('?').next().unwrap_or_default();
        self.act(&mut stream, &request, pages::action(path, self.size))
    }

    fn act(&self, stream: &mut TcpStream, request: &Request<'_>, action: Action) -> io::Result<()> {
        match action {
            Action::Answer(answer) => self.answer(stream, request, &answer),
            Action::LockOutOnce(status, pause) => {
                if self.is_first(request) {
                    self.lock_out(stream, request, status, pause)
                } else {
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                }
            }
            Action::LockOut(pause) => self.lock_out(stream, request, 429, pause),
            Action::FailOnce(failure) => {
                let page = || pages::page("It works now.");
                let is_first = self.is_first(request);
                self.act(stream, request, if is_first { *failure } else { page() })
            }
            Action::Hang => stream.read(&mut [0]).map(drop),
            Action::Reset => SockRef::from(&*stream).set_linger(Some(Duration::ZERO)),
            Action::Raw(bytes) => stream.write_all(bytes),
        }
    }

    /// Whether nobody has asked for this before.
    fn is_first(&self, request: &Request<'_>) -> bool {
        self.lock().asked_before.insert(request.path.to_owned())
    }

    fn answer(
        &self,
        stream: &mut TcpStream,
        request: &Request<'_>,
        answer: &Answer,
    ) -> io::Result<()> {
        // Not a sleep: whoever closes the server need not wait for its slow pages.
        let (state, _) = self
            .changed
            .wait_timeout_while(self.lock(), answer.delay, |state| !state.is_closing)
            .unwrap_or_else(PoisonError::into_inner);
        drop(state);
        let mut bytes = format!(
            "HTTP/1.1 {} Some Reason\r\nContent-Length: {}\r\nConnection: close\r\n",
            answer.status,
            answer.body.len()
        )
        .into_bytes();
        for (name, value) in &answer.headers {
            write!(bytes, "{name}: {value}\r\n")?;
        }
        bytes.extend_from_slice(b"\r\n");
        if request.method != "HEAD" {
            bytes.extend_from_slice(&answer.body);
        }
        stream.write_all(&bytes)
    }

    /// Answers with a 429 or 503, and notes from when to when it wants to be left alone.
    fn lock_out(
        &self,
        stream: &mut TcpStream,
        request: &Request<'_>,
        status: u16,
        pause: Pause,
    ) -> io::Result<()> {
        let (answered, now) = (Instant::now(), SystemTime::now());
        let (retry_after, left) = match pause {
            Pause::Seconds(seconds) => (seconds.to_string(), Duration::from_secs(seconds)),
            Pause::Date(seconds) => {
                let text = httpdate::fmt_http_date(now + Duration::from_secs(seconds));
                // What is left until the date as it is written, which is cut to full seconds.
                let date = httpdate::parse_http_date(&text).map_err(io::Error::other)?;
                (text, date.duration_since(now).unwrap_or_default())
            }
        };
        self.lock().log.imposed.push(Imposed {
            id: request.number(REQUEST_ID),
            answered,
            until: answered + left,
        });
        let date = httpdate::fmt_http_date(now);
        let head = format!(
            "HTTP/1.1 {status} Not Now\r\nDate: {date}\r\nRetry-After: {retry_after}\r\n\
             Content-Length: 0\r\n\r\n"
        );
        stream.write_all(head.as_bytes())
    }
}

fn read_head(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let read = stream.read(&mut buffer)?;
        if read == 0 || head.len() > MAX_REQUEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        head.extend_from_slice(&buffer[..read]);
    }
    Ok(head)
}

struct Request<'a> {
    method: &'a str,
    path: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

impl<'a> Request<'a> {
    fn parse(head: &'a [u8]) -> Option<Self> {
        let mut lines = std::str::from_utf8(head).ok()?.split("\r\n");
        let mut first = lines.next()?.split(' ');
        Some(Self {
            method: first.next()?,
            path: first.next()?,
            headers: lines.filter_map(|line| line.split_once(": ")).collect(),
        })
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}
