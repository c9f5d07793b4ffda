//! The program as a user runs it: arguments, files, exit codes, Ctrl-C.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::canned::{Canned, page, status};
use linkcheck::site::{Site, Size};
use rusqlite::Connection;
use serde_json::Value;

fn linkcheck(args: &[&str]) -> Output {
    let child = start(args);
    testkit::watchdog(Duration::from_secs(60), || child.wait_with_output()).unwrap()
}

fn start(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_linkcheck"))
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A site of two pages; the second has a broken link, the third is only linked to by others.
fn small_site() -> Canned {
    Canned::start(|request| match request {
        "GET /" => page("<a href=/bad>"),
        "GET /bad" => page("<a href=/gone><a href=/bad#gone>"),
        "GET /good" => page("<a href=/good>"),
        _ => status("404 Not Found"),
    })
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn fine_links_exit_with_0_on_every_runtime() {
    let site = small_site();
    for runtime in ["tokio", "smol", "async-std"] {
        let url = site.url("/good");
        let output = linkcheck(&["--runtime", runtime, url.as_str()]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&format!("{url} on {runtime}")), "{text}");
        assert!(text.contains("broken    0\n"), "{text}");
        assert_eq!(output.stderr, b"", "no progress where there is no terminal");
    }
}

#[test]
fn broken_links_exit_with_1_and_stand_in_the_summary_the_json_and_the_database() {
    let site = small_site();
    let dir = tempfile::tempdir().unwrap();
    let (json_path, db_path) = (dir.path().join("r.json"), dir.path().join("r.db"));
    // Longer than what replaces it.
    fs::write(&json_path, "x".repeat(100_000)).unwrap();
    let site_url = site.url("/");
    let args = [
        "--json",
        json_path.to_str().unwrap(),
        "--db",
        db_path.to_str().unwrap(),
        site_url.as_str(),
    ];
    for run in 1..=2 {
        let output = linkcheck(&args);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        for line in [
            "broken    2: 1 missing anchor, 1 status 404\n",
            "missing anchor\n  /bad#gone <- /bad\n",
            "status 404\n  /gone <- /bad\n",
        ] {
            assert!(text.contains(line), "{text}");
        }

        let json = json(&json_path);
        assert_eq!(json["complete"], true);
        assert_eq!(json["pages"], 2);
        assert_eq!(json["links"], 3);
        assert_eq!(json["broken"][1]["url"], site.url("/gone").as_str());
        assert_eq!(json["broken"][1]["pages"][0], site.url("/bad").as_str());

        let db = Connection::open(&db_path).unwrap();
        let (rows, complete): (u32, bool) = db
            .query_row("SELECT max(id), min(complete) FROM run", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!((rows, complete), (run, true), "each run is added");
        let broken: Vec<[String; 3]> = db
            .prepare("SELECT problem, url, page FROM broken WHERE run = ? ORDER BY problem")
            .unwrap()
            .query_map([run], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let bad = site.url("/bad").to_string();
        let gone = site.url("/gone").to_string();
        let expected = [
            ["missing anchor".into(), format!("{bad}#gone"), bad.clone()],
            ["status 404".into(), gone, bad],
        ];
        assert_eq!(broken, expected);
    }
}

#[test]
fn seeds_are_checked_besides_the_site() {
    let site = small_site();
    let dir = tempfile::tempdir().unwrap();
    let (seeds, json_path) = (dir.path().join("seeds"), dir.path().join("r.json"));
    let text = format!("# more\n\n  {}\n{}\n", site.url("/bad"), site.url("/good"));
    fs::write(&seeds, text).unwrap();
    let site_url = site.url("/good");
    let output = linkcheck(&[
        "--seeds",
        seeds.to_str().unwrap(),
        "--json",
        json_path.to_str().unwrap(),
        site_url.as_str(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let json = json(&json_path);
    assert_eq!(json["pages"], 2);
    assert_eq!(json["targets"], 3);
    assert_eq!(json["broken"].as_array().unwrap().len(), 2);

    fs::write(&seeds, "http://localhost/\nexample.org\n").unwrap();
    let output = linkcheck(&["--seeds", seeds.to_str().unwrap(), site_url.as_str()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("line 2: "), "{}", stderr(&output));
}

#[test]
fn a_memory_for_one_url_finds_the_same() {
    let site = small_site();
    let url = site.url("/");
    let output = linkcheck(&["--remember", "1", url.as_str()]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("links     3 to 3 URLs\n"), "{text}");
    let mut requests = site.requests();
    requests.sort();
    let expected = ["GET /", "GET /bad", "GET /gone", "GET /robots.txt"];
    assert_eq!(requests, expected, "nothing is fetched twice");
}

#[test]
fn bad_usage_exits_with_2_and_a_sentence() {
    let table: &[(&[&str], &str)] = &[
        (&["example.org"], "a URL begins with http:// or https://"),
        (&["ftp://example.org/"], "only http:// and https://"),
        (&["http://"], "empty host"),
        (&["--rate", "20", "http://localhost/"], "written N/TIME"),
        (
            &["--rate", "0/1s", "http://localhost/"],
            "not a whole number",
        ),
        (
            &["--rate", "many/1s", "http://localhost/"],
            "not a whole number",
        ),
        (&["--rate", "1/0s", "http://localhost/"], "can't be zero"),
        (
            &["--rate", "1/second", "http://localhost/"],
            "is not a time",
        ),
        (&["--timeout", "soon", "http://localhost/"], "is not a time"),
        (
            &["--timeout", "99999999999999999999h", "http://localhost/"],
            "reasonable",
        ),
        (&["--concurrency", "0", "http://localhost/"], "zero"),
        (&["--max-pages", "0", "http://localhost/"], "zero"),
        (
            &["--runtime", "glommio", "http://localhost/"],
            "tokio, smol, async-std",
        ),
        (&["--fast", "http://localhost/"], "--fast"),
        (&["--remember", "0", "http://localhost/"], "zero"),
        (
            &["--recheck-after", "soon", "http://localhost/"],
            "is not a time",
        ),
        (
            &["--seeds", "/no/such/file", "http://localhost/"],
            "/no/such/file",
        ),
        (
            &["http://localhost/", "http://localhost/"],
            "unexpected argument",
        ),
        (
            &["--ca", "/no/such/file", "https://localhost/"],
            "/no/such/file",
        ),
        (
            &["--ca", "Cargo.toml", "https://localhost/"],
            "no certificate",
        ),
        (
            &["--db", "/no/such/dir/r.db", "http://localhost/"],
            "/no/such/dir/r.db",
        ),
        (
            &["--db", "Cargo.toml", "http://localhost/"],
            "not a database",
        ),
        (
            &["--json", "/no/such/dir/r", "http://localhost/"],
            "/no/such/dir/r",
        ),
    ];
    for (args, sentence) in table {
        let output = linkcheck(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains(sentence),
            "{args:?}: {}",
            stderr(&output)
        );
        assert_eq!(output.stdout, b"", "{args:?}");
    }
}

#[test]
fn a_site_that_is_not_to_be_had_exits_with_2_and_the_reason() {
    let site = small_site();
    let gone = site.url("/gone").to_string();
    let nobody = {
        let once = small_site();
        once.url("/").to_string()
    };
    // A name that the resolver refuses before it asks anybody.
    let too_long = format!("http://{}.invalid/", "a".repeat(64));
    for (url, reason) in [
        (gone.as_str(), "status 404"),
        (nobody.as_str(), "connection refused"),
        (&too_long, "host not found"),
    ] {
        let output = linkcheck(&[url]);
        assert_eq!(output.status.code(), Some(2), "{url}");
        assert!(
            stderr(&output).contains(reason),
            "{url}: {}",
            stderr(&output)
        );
        assert!(stderr(&output).contains(url), "{url}: {}", stderr(&output));
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_gathered() {
    let site = Site::start(Size::FULL, Instant::now()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let (json_path, db_path) = (dir.path().join("r.json"), dir.path().join("r.db"));
    let child = start(&[
        "--rate",
        "30/1s",
        "--json",
        json_path.to_str().unwrap(),
        "--db",
        db_path.to_str().unwrap(),
        site.url().as_str(),
    ]);
    let site = testkit::watchdog(Duration::from_secs(30), move || {
        site.wait_for_requests(20);
        site
    });
    let kill = format!("kill -INT {}", child.id());
    assert!(
        Command::new("sh")
            .args(["-c", &kill])
            .status()
            .unwrap()
            .success()
    );
    let output = testkit::watchdog(Duration::from_secs(30), || child.wait_with_output()).unwrap();

    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("INCOMPLETE: stopped early"), "{text}");
    let json = json(&json_path);
    assert_eq!(json["interrupted"], true);
    assert_eq!(json["complete"], false);
    // What had been sent has been heard out, and is in the result.
    let requests = json["requests"].as_u64().unwrap();
    assert_eq!(
        usize::try_from(requests).unwrap(),
        site.log().requests.len()
    );
    assert!((20..300).contains(&requests), "{requests}");
    assert!(json["pages"].as_u64().unwrap() > 0);
    assert!(json["unchecked"].as_u64().unwrap() > 0);
    let db = Connection::open(&db_path).unwrap();
    let complete = db.query_row("SELECT complete FROM run", [], |row| row.get(0));
    assert_eq!(complete, Ok(false));
    let targets = db.query_row(
        "SELECT count(*) FROM target WHERE state = 'fine'",
        [],
        |row| row.get::<_, i64>(0),
    );
    assert!(targets.unwrap() > 0);
    // The end was not sudden, so the database has all that the report counts.
    for (count, table) in [("targets", "target"), ("links", "link")] {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows = db.query_row(&sql, [], |row| row.get::<_, u64>(0)).unwrap();
        assert_eq!(Some(rows), json[count].as_u64(), "{table}");
    }
}
