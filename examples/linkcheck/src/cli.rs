//! The command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use url::Url;

use crate::duration;
use crate::politeness::Rate;
use crate::runtime::Runtime;

/// Checks the links of a web site, without ever going over the limits it was told.
///
/// Without a URL it serves a built-in site on the loopback interface and checks that.
///
/// Exit codes: 0 all links are fine, 1 there are broken links, 2 bad usage, or the first page, a
/// file or the network is not to be had, 130 stopped by Ctrl-C (what was gathered is kept).
/// For the built-in site: 0 exactly the planted faults were found and no limit was passed, else 1.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Args {
    /// The page to start from; its origin (scheme, host and port) is the site
    #[arg(value_parser = parse_url)]
    pub url: Option<Url>,

    /// What drives the crawl
    #[arg(long, value_enum, default_value_t = Runtime::Tokio)]
    pub runtime: Runtime,

    /// The most requests that any window of that length may see at a host
    /// [default: 20/1s; 40/1s for the built-in site]
    #[arg(long, value_name = "N/TIME")]
    pub rate: Option<Rate>,

    /// How many URLs are asked for at once
    #[arg(long, value_name = "N", default_value = "8")]
    pub concurrency: NonZeroUsize,

    /// Follow the links of so many pages only
    #[arg(long, value_name = "N")]
    pub max_pages: Option<NonZeroUsize>,

    /// Ask whether links to other sites work, too (otherwise they are only counted)
    #[arg(long)]
    pub external: bool,

    /// The longest that one request may take
    /// [default: 10s; 2s for the built-in site]
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub timeout: Option<Duration>,

    /// How often a request is sent again that was answered 429 or 503
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub retries: u32,

    /// The longest pause that a host may ask for by 429 or 503 before its links count as broken
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration::parse)]
    pub max_wait: Duration,

    /// Trust the certificates in this PEM file, besides the usual ones
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,

    /// The `SQLite` database that the result is added to.
    #[arg(
        long,
        value_name = "FILE",
        help = "Add the result to this SQLite database"
    )]
    pub db: Option<PathBuf>,

    /// Write the result to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

fn parse_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| {
        if text.contains("://") {
            error.to_string()
        } else {
            format!("{error}; a URL begins with http:// or https://")
        }
    })?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("only http:// and https:// can be checked".to_owned())
    }
}
