//! Why a link is broken.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a URL can't be fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Failure {
    /// The server answered with this status, 400 or above.
    Status(u16),
    /// The answer did not come in time.
    Timeout,
    /// Nobody listens there.
    Refused,
    /// The connection was torn down.
    Reset,
    /// The connection was closed before the answer was complete.
    Closed,
    /// The host has no address.
    Dns(String),
    /// The server's certificate is not trusted, or TLS failed otherwise.
    Tls(String),
    /// The answer is not HTTP.
    Malformed(String),
    /// A redirect without a usable `Location`.
    BadRedirect(String),
    /// The host asked for a pause of this length, more than we were told to wait for.
    LockedOut(Duration),
    /// Anything else.
    Io(String),
}

impl Failure {
    /// Sorts an error of the operating system.
    #[must_use]
    pub fn from_io(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => Self::Reset,
            Kind::UnexpectedEof => Self::Closed,
            Kind::TimedOut => Self::Timeout,
            _ => Self::Io(error.to_string()),
        }
    }

    /// Whether it may well be gone when it is looked at again a little later.
    ///
    /// A 429 or 503 is none of these: it was asked again already, when it wanted to be.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 500 | 502 | 504),
            Self::Timeout | Self::Refused | Self::Reset | Self::Closed | Self::Dns(_) => true,
            _ => false,
        }
    }

    /// Sorts an error of the HTTP client.
    #[must_use]
    pub fn from_http(error: &hyper::Error) -> Self {
        if error.is_parse() {
            return Self::Malformed(error.to_string());
        }
        let mut source = error.source();
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<io::Error>() {
                return Self::from_io(error);
            }
            source = cause.source();
        }
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            Self::Closed
        } else {
            Self::Io(error.to_string())
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "status {status}"),
            Self::Timeout => f.write_str("timeout"),
            Self::Refused => f.write_str("connection refused"),
            Self::Reset => f.write_str("connection reset"),
            Self::Closed => f.write_str("connection closed early"),
            Self::Dns(_) => f.write_str("host not found"),
            Self::Tls(_) => f.write_str("TLS error"),
            Self::Malformed(_) => f.write_str("malformed answer"),
            Self::BadRedirect(_) => f.write_str("bad redirect"),
            Self::LockedOut(_) => f.write_str("locked out for too long"),
            Self::Io(_) => f.write_str("I/O error"),
        }
    }
}

/// Why a link is broken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Problem {
    /// It can't be fetched.
    Failed(Failure),
    /// It is not a URL.
    BadUrl(String),
    /// Its redirects lead back to where they were before.
    RedirectLoop,
    /// It redirects more often than anybody follows.
    TooManyRedirects,
    /// The page is there, the anchor that the fragment names is not.
    MissingAnchor,
}

impl Problem {
    /// Whether the URL would be fine but for its fragment.
    #[must_use]
    pub fn is_about_fragment(&self) -> bool {
        matches!(self, Self::MissingAnchor)
    }

    /// More words about it, where there are any.
    #[must_use]
    pub fn detail(&self) -> Option<String> {
        match self {
            Self::Failed(Failure::LockedOut(pause)) => Some(format!("asked to wait {pause:.0?}")),
            Self::Failed(
                Failure::Dns(detail)
                | Failure::Tls(detail)
                | Failure::Malformed(detail)
                | Failure::BadRedirect(detail)
                | Failure::Io(detail),
            )
            | Self::BadUrl(detail) => Some(detail.clone()),
            _ => None,
        }
    }
}

/// Shows the kind alone: what broken links are grouped by.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(failure) => failure.fmt(f),
            Self::BadUrl(_) => f.write_str("invalid URL"),
            Self::RedirectLoop => f.write_str("redirect loop"),
            Self::TooManyRedirects => f.write_str("too many redirects"),
            Self::MissingAnchor => f.write_str("missing anchor"),
        }
    }
}
