//! The result as an `SQLite` database; each run adds to it, so that runs can be compared.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Transaction, params};

use crate::crawl::{Crawled, Destination, State};
use crate::report::{Report, link_url};
use crate::verdict::Verdict;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,                -- seconds since 1970, when it ended
    start TEXT NOT NULL,
    runtime TEXT NOT NULL,
    rate TEXT NOT NULL,
    complete INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    elapsed_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS target (
    run INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    id INTEGER NOT NULL,
    url TEXT NOT NULL,
    state TEXT NOT NULL,                -- fine, redirect, broken, external, disallowed, unchecked
    detail TEXT,                        -- the kind of problem, or the redirect's target
    PRIMARY KEY (run, id)
);
CREATE TABLE IF NOT EXISTS link (
    run INTEGER NOT NULL,
    page INTEGER NOT NULL,              -- the target on which it stands
    target INTEGER,                     -- NULL if it is not a URL
    url TEXT NOT NULL,                  -- with its fragment
    problem TEXT,                       -- NULL unless it is broken
    FOREIGN KEY (run, page) REFERENCES target (run, id) ON DELETE CASCADE
);
CREATE VIEW IF NOT EXISTS broken AS
    SELECT link.run, link.problem, link.url, target.url AS page
    FROM link JOIN target ON target.run = link.run AND target.id = link.page
    WHERE link.problem IS NOT NULL;
";

/// A database that is ready to take runs.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the database at `path`, and creates it if there is none.
    ///
    /// # Errors
    ///
    /// When the file can't be opened or is something else than a database of ours.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection })
    }

    /// Adds a run, all or nothing; returns its number.
    ///
    /// # Errors
    ///
    /// When the database can't be written to.
    pub fn add(&mut self, report: &Report, crawled: &Crawled) -> rusqlite::Result<i64> {
        let transaction = self.connection.transaction()?;
        let run = add_run(&transaction, report)?;
        add_targets(&transaction, run, crawled)?;
        add_links(&transaction, run, crawled)?;
        transaction.commit()?;
        Ok(run)
    }
}

fn add_run(transaction: &Transaction<'_>, report: &Report) -> rusqlite::Result<i64> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    transaction.execute(
        "INSERT INTO run (at, start, runtime, rate, complete, pages, requests, elapsed_ms)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            integer(now.as_secs()),
            report.start,
            report.runtime,
            report.rate,
            report.complete,
            integer(report.pages),
            integer(report.requests),
            integer(report.elapsed_ms),
        ],
    )?;
    Ok(transaction.last_insert_rowid())
}

fn add_targets(transaction: &Transaction<'_>, run: i64, crawled: &Crawled) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT INTO target (run, id, url, state, detail) VALUES (?, ?, ?, ?, ?)")?;
    for (id, target) in crawled.targets.iter().enumerate() {
        let detail = match &target.state {
            State::Broken(problem) => Some(problem.to_string()),
            State::Redirect { to, .. } => Some(crawled.targets[*to].url.to_string()),
            _ => None,
        };
        insert.execute(params![
            run,
            integer(id),
            target.url.as_str(),
            target.state.word(),
            detail
        ])?;
    }
    Ok(())
}

fn add_links(transaction: &Transaction<'_>, run: i64, crawled: &Crawled) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT INTO link (run, page, target, url, problem) VALUES (?, ?, ?, ?, ?)")?;
    for link in &crawled.links {
        let target = match &link.to {
            Destination::Target { id, .. } => Some(integer(*id)),
            Destination::Invalid { .. } => None,
        };
        let problem = match crawled.verdict(link) {
            Verdict::Broken(problem) => Some(problem.to_string()),
            _ => None,
        };
        let url = link_url(crawled, link, true);
        insert.execute(params![run, integer(link.page), target, url, problem])?;
    }
    Ok(())
}

/// `SQLite`'s integers have 64 bits and a sign; what is larger than they are is cut to the largest.
fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
