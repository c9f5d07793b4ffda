//! What is in the database: while the program runs, when it is killed, and when it can't write.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use common::canned::{Canned, page, status};
use linkcheck::store::INTERVAL;
use rusqlite::Connection;
use tempfile::TempDir;

/// A site without an end: each page leads to the next one, and has a broken link.
struct Endless {
    site: Canned,
    asked: Arc<(Mutex<Vec<Instant>>, Condvar)>,
}

impl Endless {
    fn start() -> Self {
        let asked = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let seen = Arc::clone(&asked);
        let site = Canned::start(move |request| {
            let Some(number) = request.strip_prefix("GET /p/") else {
                return status("404 Not Found");
            };
            seen.0.lock().unwrap().push(Instant::now());
            seen.1.notify_all();
            let next = number.parse::<u64>().unwrap() + 1;
            page(&format!("<a href=/p/{next}><a href=/gone/{next}>"))
        });
        Self { site, asked }
    }

    /// Returns once so many pages were asked for.
    fn wait_for(&self, pages: usize) {
        let asked = Arc::clone(&self.asked);
        testkit::watchdog(Duration::from_secs(60), move || {
            let (asked, more) = &*asked;
            let is_less = |asked: &mut Vec<Instant>| asked.len() < pages;
            drop(more.wait_while(asked.lock().unwrap(), is_less).unwrap());
        });
    }

    /// How many pages were asked for before.
    fn asked_before(&self, instant: Instant) -> usize {
        let asked = self.asked.0.lock().unwrap();
        asked.iter().filter(|asked| **asked < instant).count()
    }

    fn check(&self, rate: &str) -> (Child, TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("r.db");
        let child = Command::new(env!("CARGO_BIN_EXE_linkcheck"))
            .args(["--rate", rate, "--db"])
            .args([&path, Path::new(self.site.url("/p/0").as_str())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        (child, dir, path)
    }
}

fn count(db: &Connection, what: &str) -> usize {
    db.query_row(&format!("SELECT count(*) FROM {what}"), [], |row| {
        row.get(0)
    })
    .unwrap()
}

/// The program gets no chance to do anything about it.
#[test]
fn a_kill_loses_the_last_interval_and_no_more() {
    let endless = Endless::start();
    let (mut child, _dir, path) = endless.check("40/1s");
    endless.wait_for(60);
    child.kill().unwrap();
    let killed = Instant::now();
    child.wait().unwrap();

    let db = Connection::open(&path).unwrap();
    let sound: String = db
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    let complete = db.query_row("SELECT complete FROM run", [], |row| row.get(0));
    assert_eq!(complete, Ok(false));
    // Half an interval for the answer, the commit, and a busy machine.
    let due = killed.checked_sub(INTERVAL + INTERVAL / 2).unwrap();
    let due = endless.asked_before(due);
    assert!(due > 0, "it was killed too early to tell");
    let pages = count(&db, "target WHERE state = 'fine'");
    assert!(pages >= due, "{pages} of {due}");
    let run: usize = db
        .query_row("SELECT pages FROM run", [], |row| row.get(0))
        .unwrap();
    assert_eq!(run, pages);
    assert_eq!(count(&db, "link"), 2 * pages, "a page comes with its links");
}

#[test]
fn a_database_that_refuses_ends_the_run_with_2_and_the_reason() {
    let endless = Endless::start();
    let (child, _dir, path) = endless.check("1000/1s");
    endless.wait_for(1);
    let db = Connection::open(&path).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    // Longer than `SQLite` waits for its turn.
    db.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let output = testkit::watchdog(Duration::from_secs(60), || child.wait_with_output()).unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("database is locked"), "{text}");
    assert!(text.contains(path.to_str().unwrap()), "{text}");
}
