//! The result as an `SQLite` database; each run adds to it, so that runs can be compared.
//!
//! Rows are written while the crawl runs, a batch of them per transaction: see [`Writer`].

mod rows;
mod writer;

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, Transaction, params};

use crate::crawl::TargetId;

pub use self::writer::{Finding, INTERVAL, Writer};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS run (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,                -- seconds since 1970, when it was written to last
    start TEXT NOT NULL,
    runtime TEXT NOT NULL,
    rate TEXT NOT NULL,
    complete INTEGER NOT NULL,          -- 0 until it has ended, and if it ended early
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
    problem TEXT,                       -- NULL unless it is broken; known when the run has ended
    FOREIGN KEY (run, page) REFERENCES target (run, id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS link_target ON link (run, target);
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

/// Something that a run has found out.
#[derive(Clone, Debug)]
pub enum Row {
    /// What has become of a URL; what was known before is overwritten.
    Target {
        /// Its number.
        id: TargetId,
        /// Without a fragment.
        url: String,
        /// One word.
        state: &'static str,
        /// More about it.
        detail: Option<String>,
        /// Whether its links were followed.
        is_page: bool,
    },
    /// A link on a page whose own row has gone before.
    Link {
        /// The number of the page.
        page: TargetId,
        /// The number of the URL that it leads to, if that is one.
        target: Option<TargetId>,
        /// With its fragment.
        url: String,
        /// What is wrong with it, if that is known already.
        problem: Option<String>,
    },
    /// What is wrong with the links that say `url`.
    Problem {
        /// The number of the URL without its fragment.
        target: TargetId,
        /// With its fragment.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// All was checked that should be.
    Complete,
}

/// Where a run stands when a batch is written.
#[derive(Clone, Copy, Debug)]
struct Standing {
    run: i64,
    requests: u64,
    elapsed: Duration,
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

    /// Adds a run without results, and returns its number.
    fn begin(&self, start: &str, runtime: &str, rate: &str) -> rusqlite::Result<i64> {
        self.connection.execute(
            "INSERT INTO run (at, start, runtime, rate, complete, pages, requests, elapsed_ms)
             VALUES (?, ?, ?, ?, FALSE, 0, 0, 0)",
            params![now(), start, runtime, rate],
        )?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Adds findings, all or none of them.
    fn add(&mut self, standing: Standing, findings: &[Finding]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let rows = || findings.iter().flatten();
        for row in rows() {
            add(&transaction, standing.run, row)?;
        }
        let is_page = |row: &&Row| matches!(row, Row::Target { is_page: true, .. });
        transaction.execute(
            "UPDATE run SET at = ?, pages = pages + ?, requests = ?, elapsed_ms = ? WHERE id = ?",
            params![
                now(),
                integer(rows().filter(is_page).count()),
                integer(standing.requests),
                integer(standing.elapsed.as_millis()),
                standing.run,
            ],
        )?;
        transaction.commit()
    }
}

fn add(transaction: &Transaction<'_>, run: i64, row: &Row) -> rusqlite::Result<()> {
    let sql = match row {
        Row::Target { .. } => {
            "INSERT INTO target (run, id, url, state, detail) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET state = excluded.state, detail = excluded.detail"
        }
        Row::Link { .. } => {
            "INSERT INTO link (run, page, target, url, problem) VALUES (?, ?, ?, ?, ?)"
        }
        Row::Problem { .. } => {
            "UPDATE link SET problem = ?4 WHERE run = ?1 AND target = ?2 AND url = ?3"
        }
        Row::Complete => "UPDATE run SET complete = TRUE WHERE id = ?",
    };
    let mut statement = transaction.prepare_cached(sql)?;
    match row {
        Row::Target {
            id,
            url,
            state,
            detail,
            is_page: _,
        } => statement.execute(params![run, integer(*id), url, state, detail]),
        Row::Link {
            page,
            target,
            url,
            problem,
        } => {
            let target = target.map(integer);
            statement.execute(params![run, integer(*page), target, url, problem])
        }
        Row::Problem {
            target,
            url,
            problem,
        } => statement.execute(params![run, integer(*target), url, problem]),
        Row::Complete => statement.execute([run]),
    }?;
    Ok(())
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    integer(since.unwrap_or_default().as_secs())
}

/// `SQLite`'s integers have 64 bits and a sign; what is larger than they are is cut to the largest.
fn integer(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
