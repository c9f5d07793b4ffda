//! Reads the command line, runs the crawl, writes what it found.

#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser as _;
use linkcheck::cli::{self, Args};
use linkcheck::crawl::{Crawled, Plan, crawl};
use linkcheck::fetch::{Fetcher, Settings};
use linkcheck::politeness::Rate;
use linkcheck::report::Report;
use linkcheck::site::{self, Site};
use linkcheck::stop::Stop;
use linkcheck::store::{Store, Writer};
use linkcheck::{net, progress};
use url::Url;

const BROKEN: u8 = 1;
const TROUBLE: u8 = 2;
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    // Ends the process with code 2 if the arguments are wrong.
    let args = Args::parse();
    match run(&args) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(io::stderr(), "linkcheck: {error}");
            ExitCode::from(TROUBLE)
        }
    }
}

fn run(args: &Args) -> Result<u8, Box<dyn Error>> {
    match &args.url {
        Some(url) => check(args, url),
        None => demonstrate(args),
    }
}

/// Checks a site of the user's.
fn check(args: &Args, url: &Url) -> Result<u8, Box<dyn Error>> {
    let limits = limits(args, 20, Duration::from_secs(10), None);
    let run = Run::start(args, url, &limits, Duration::from_secs(5))?;
    if let Some(reason) = run.report.why_nothing(&run.crawled) {
        return Err(reason.into());
    }
    write!(io::stdout(), "{}", run.report)?;
    Ok(run.code())
}

/// Serves the built-in site, checks it, and compares the result with what the site has planted
/// and what its server has seen.
fn demonstrate(args: &Args) -> Result<u8, Box<dyn Error>> {
    let epoch = Instant::now();
    let site = Site::start(site::Size::FULL, epoch)?;
    let limits = limits(args, 40, Duration::from_secs(2), Some(epoch));
    let run = Run::start(args, &site.url(), &limits, Duration::from_secs(1))?;
    let mut out = io::stdout().lock();
    write!(out, "{}", run.report)?;

    let log = site.log();
    let locks = run.fetcher.politeness().locks();
    let lockouts = log.lockouts(&locks);
    let busiest = log.busiest_window(limits.rate.per);
    writeln!(out, "\nas the server saw it")?;
    writeln!(
        out,
        "  most requests in any {:?}: {busiest} (limit {})",
        limits.rate.per, limits.rate.requests
    )?;
    writeln!(
        out,
        "  requests during its {} lockouts: {} ({} were under way when it answered 429 or 503)",
        lockouts.imposed, lockouts.violations, lockouts.under_way
    )?;
    writeln!(
        out,
        "  requests for what robots.txt disallows: {}",
        log.disallowed()
    )?;
    if run.report.interrupted {
        return Ok(INTERRUPTED);
    }
    let is_polite = lockouts.violations == 0
        && u32::try_from(busiest).is_ok_and(|busiest| busiest <= limits.rate.requests.get())
        && log.disallowed() == 0;
    let found = site::found(&run.report);
    let is_right = found == site.planted();
    if run.report.complete {
        writeln!(
            out,
            "  planted faults: {}, found: {}{}",
            site.planted().len(),
            found.len(),
            if is_right { "" } else { ", NOT THE SAME" }
        )?;
    }
    writeln!(
        out,
        "  pages that work when they are asked for again: {}, of these found to work: {}",
        site::FLAKY,
        run.report.recovered
    )?;
    // The faults are meant to be there: what counts is that these were found, and how.
    let is_good = is_polite && (is_right || !run.report.complete);
    Ok(if is_good { 0 } else { BROKEN })
}

fn limits(args: &Args, requests: u32, timeout: Duration, stamps: Option<Instant>) -> Settings {
    let default = Rate {
        requests: requests.try_into().expect("the defaults are not zero"),
        per: Duration::from_secs(1),
    };
    Settings {
        rate: args.rate.unwrap_or(default),
        timeout: args.timeout.unwrap_or(timeout),
        retries: args.retries,
        max_wait: args.max_wait,
        stamps,
    }
}

/// A crawl that has ended, its result written to the files that were asked for.
struct Run {
    crawled: Crawled,
    fetcher: Arc<Fetcher>,
    report: Report,
}

impl Run {
    fn start(
        args: &Args,
        url: &Url,
        limits: &Settings,
        recheck_after: Duration,
    ) -> Result<Self, Box<dyn Error>> {
        // Whatever can go wrong with files goes wrong before the first request.
        let tls = net::tls_config(args.ca.as_deref())?;
        let seeds = match &args.seeds {
            Some(path) => read_seeds(path).map_err(|e| in_file(path, &*e))?,
            None => Vec::new(),
        };
        let store = match &args.db {
            Some(path) => Some(Store::open(path).map_err(|e| in_file(path, &e))?),
            None => None,
        };
        let json = match &args.json {
            Some(path) => Some((path, open(path).map_err(|e| in_file(path, &e))?)),
            None => None,
        };

        let stop = Stop::new();
        let on_signal = stop.clone();
        ctrlc::set_handler(move || {
            // The second Ctrl-C means it.
            if !on_signal.stop() {
                std::process::exit(INTERRUPTED.into());
            }
        })?;
        let fetcher = Arc::new(Fetcher::new(limits.clone(), tls, stop.clone()));
        let plan = Plan {
            start: url.clone(),
            concurrency: args.concurrency.get(),
            max_pages: args.max_pages.map(NonZeroUsize::get),
            external: args.external,
            seeds,
            rechecks: args.rechecks,
            recheck_after: args.recheck_after.unwrap_or(recheck_after),
            remember: args.remember,
        };
        let writer = match (store, &args.db) {
            (Some(store), Some(path)) => {
                let names = [
                    url.as_str(),
                    &args.runtime.to_string(),
                    &limits.rate.to_string(),
                ];
                let writer = Writer::start(store, names, Arc::clone(&fetcher), stop.clone());
                Some((writer.map_err(|e| in_file(path, &e))?, path))
            }
            _ => None,
        };
        let line = progress::show(&fetcher);
        // This thread decides what is fetched.
        let crawled = crawl(
            plan,
            Arc::clone(&fetcher),
            args.runtime,
            &stop,
            line.clone(),
            writer.as_ref().map(|(writer, _)| writer),
        );
        line.finish_and_clear();

        let crawled = crawled.map(|crawled| {
            let report = Report::new(&crawled, &fetcher, limits.rate, args.runtime);
            (crawled, report)
        });
        if let Some((writer, path)) = writer {
            if let Ok((crawled, report)) = &crawled {
                writer.conclude(report, crawled);
            }
            // Also if the crawl has failed: what was found until then is worth keeping.
            writer.finish().map_err(|e| in_file(path, &e))?;
        }
        let (crawled, report) = crawled?;
        if let Some((path, file)) = json {
            write_json(&report, file).map_err(|e| in_file(path, &e))?;
        }
        Ok(Self {
            crawled,
            fetcher,
            report,
        })
    }

    fn code(&self) -> u8 {
        if self.report.interrupted {
            INTERRUPTED
        } else if self.report.broken.is_empty() {
            0
        } else {
            BROKEN
        }
    }
}

/// Opens a file for writing; what it holds is kept until there is something better.
fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

fn write_json(report: &Report, file: File) -> io::Result<()> {
    file.set_len(0)?;
    report.write_json(BufWriter::new(file))
}

/// The URLs in a file, one per line.
fn read_seeds(path: &Path) -> Result<Vec<Url>, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let mut seeds = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let seed = cli::parse_url(line).map_err(|e| format!("line {}: {e}", number + 1))?;
        seeds.push(seed);
    }
    Ok(seeds)
}

fn in_file(path: &Path, error: &dyn fmt::Display) -> String {
    format!("{}: {error}", path.display())
}
