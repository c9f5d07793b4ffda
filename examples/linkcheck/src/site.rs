//! The built-in site: a few hundred pages with planted faults, on a server that writes down what
//! it sees.
//!
//! The server is plain threads and blocking sockets, so it has nothing in common with the client
//! that it observes, and it does things that no good server would: it tears connections down,
//! falls silent, and answers rubbish.

mod log;
mod pages;
mod server;

use std::collections::BTreeSet;
use std::io;
use std::time::Instant;

use url::Url;

pub use self::log::{Imposed, Lockouts, Log, Seen};
use self::server::Server;
use crate::report::Report;

/// How large the site is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How many plain pages it has, besides those with a purpose; at least 20.
    pub pages: usize,
    /// Whether one of its pages answers 429 for ever.
    pub is_stubborn: bool,
}

impl Size {
    /// What the program shows when it is started without a URL.
    pub const FULL: Self = Self {
        pages: 300,
        is_stubborn: false,
    };
}

/// The site, served on the loopback interface until this is dropped.
#[derive(Debug)]
pub struct Site {
    server: Server,
    size: Size,
}

impl Site {
    /// Serves the site on a free port.
    ///
    /// Requests that carry [`SENT_AT`](crate::fetch::SENT_AT) are taken to count from `epoch`.
    ///
    /// # Errors
    ///
    /// When no port of the loopback interface can be listened on.
    pub fn start(size: Size, epoch: Instant) -> io::Result<Self> {
        let server = Server::start(size, epoch)?;
        Ok(Self { server, size })
    }

    /// The page to start from.
    ///
    /// # Panics
    ///
    /// Never: an address and a port make a URL.
    #[must_use]
    pub fn url(&self) -> Url {
        let url = format!("http://{}/", self.server.address());
        Url::parse(&url).expect("an address and a port make a URL")
    }

    /// What the server has seen so far.
    #[must_use]
    pub fn log(&self) -> Log {
        self.server.log()
    }

    /// Returns once so many requests have arrived since the start.
    ///
    /// # Blocking
    ///
    /// Blocks the thread, for ever if they never come.
    pub fn wait_for_requests(&self, count: usize) {
        self.server.wait_for_requests(count);
    }

    /// The faults that the site has: the kind of each and the path at which it is found.
    #[must_use]
    pub fn planted(&self) -> BTreeSet<(String, String)> {
        pages::faults(self.size)
            .into_iter()
            .map(|(kind, path)| (kind.to_owned(), path))
            .collect()
    }
}

/// How many of its pages work only when they are asked for again.
pub const FLAKY: usize = pages::FLAKY;

/// The faults that a report names, in the form of [`Site::planted`].
#[must_use]
pub fn found(report: &Report) -> BTreeSet<(String, String)> {
    let site = report.start.trim_end_matches('/');
    report
        .broken
        .iter()
        .map(|broken| {
            let path = broken.url.strip_prefix(site).unwrap_or(&broken.url);
            (broken.kind.clone(), path.to_owned())
        })
        .collect()
}
