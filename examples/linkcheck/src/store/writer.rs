//! The plain thread that owns the database, and the batches that go there.

use std::future;
use std::io;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use async_waterfall::{Batch, Event, Waterfall};
use futures_lite::future::block_on;

use super::{Row, Standing, Store};
use crate::fetch::Fetcher;
use crate::stop::Stop;

/// No row waits for longer than this to be written.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// So many findings make a batch before the interval is over…
const BATCH: NonZeroUsize = NonZeroUsize::new(500).unwrap();

/// … or findings with so many rows.
const ROWS: NonZeroU32 = NonZeroU32::new(5000).unwrap();

/// The rows that one finding makes; they are written together, or not at all.
pub type Finding = Vec<Row>;

/// Writes the rows of one run, a transaction per batch.
///
/// If the process is killed, the findings of the last [`INTERVAL`] are missing, and nothing else;
/// after [`finish`](Self::finish) none is.
/// The first error raises the crawl's flag, and later findings are not written.
#[derive(Debug)]
pub struct Writer {
    findings: Waterfall<Finding, (), String>,
    thread: JoinHandle<()>,
    failure: Arc<OnceLock<String>>,
}

impl Writer {
    /// Adds a run to the database, and starts the thread that writes to it.
    ///
    /// # Errors
    ///
    /// When the database can't be written to, or there is no thread to be had.
    pub fn start(
        mut store: Store,
        [start, runtime, rate]: [&str; 3],
        fetcher: Arc<Fetcher>,
        stop: Stop,
    ) -> Result<Self, String> {
        let began = Instant::now();
        let run = store.begin(start, runtime, rate);
        let run = run.map_err(|error| error.to_string())?;
        let failure = Arc::new(OnceLock::<String>::new());

        let failed_before = Arc::clone(&failure);
        let write = move |batch: Batch<Finding>| {
            let standing = Standing {
                run,
                requests: fetcher.sent(),
                elapsed: began.elapsed(),
            };
            let written = match failed_before.get() {
                Some(reason) => Err(reason.clone()),
                None => store
                    .add(standing, batch.as_slice())
                    .map_err(|error| error.to_string()),
            };
            future::ready(written)
        };
        let fails = Arc::clone(&failure);
        let observe = move |event: Event<Finding, String>| {
            if let Event::Failed { failure, .. } = event {
                let reason = failure.error().cloned();
                // The first one counts.
                let _ = fails.set(reason.unwrap_or_else(|| failure.to_string()));
                stop.stop();
            }
        };
        let weigh = |finding: &Finding| u32::try_from(finding.len()).unwrap_or(u32::MAX);
        let (findings, driver) = Waterfall::builder(BATCH, INTERVAL)
            .max_weight(ROWS, weigh)
            .observe(observe)
            .build(write);
        let thread = thread::Builder::new()
            .name("store".into())
            .spawn(move || block_on(driver))
            .map_err(|error: io::Error| error.to_string())?;
        Ok(Self {
            findings,
            thread,
            failure,
        })
    }

    /// Adds what was found to the next batch.
    ///
    /// # Blocking
    ///
    /// Blocks the thread while four batches are waiting to be written.
    pub fn put(&self, finding: Finding) {
        // Refused only if the thread has gone, which `finish` tells.
        let _ = self.findings.put_blocking(finding);
    }

    /// Writes what is left.
    ///
    /// # Blocking
    ///
    /// Blocks the thread until all is written.
    ///
    /// # Errors
    ///
    /// Why not everything is in the database.
    pub fn finish(self) -> Result<(), String> {
        let report = self.findings.stop_blocking(Duration::MAX);
        let ended = self.thread.join();
        if let Some(reason) = self.failure.get() {
            return Err(reason.clone());
        }
        let missing = report.failed + report.undelivered;
        if missing > 0 || ended.is_err() {
            return Err(format!("{missing} findings were not written"));
        }
        Ok(())
    }
}
