//! Real input: a part of the documentation that comes with Rust, served by Python.
//!
//! Only a few of its books are copied, and none of their long print versions, so links to the
//! rest are broken, and some pages lose their anchors. A script in Python says which, from the files alone; the crawl has to find the
//! same ones, page by page, on every runtime.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use linkcheck::runtime::Runtime;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use url::Url;

const BOOKS: [&str; 3] = ["reference", "nomicon", "edition-guide"];

const START: &str = "/edition-guide/index.html";

/// Where the books are, unless Rust was installed without.
fn books() -> Option<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(output.ok()?.stdout).ok()?;
    let html = Path::new(sysroot.trim()).join("share/doc/rust/html");
    let is_complete = BOOKS.iter().all(|book| html.join(book).is_dir());
    is_complete.then_some(html)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else if name != "print.html" {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// Takes the anchors from some pages, to which others link by fragment.
fn remove_anchors(directory: &Path) {
    for name in ["expressions", "items/traits", "destructors", "names/scopes"] {
        let page = directory.join("reference").join(format!("{name}.html"));
        let html = fs::read_to_string(&page).unwrap();
        assert!(html.contains(" id=\""), "{name}");
        fs::write(&page, html.replace(" id=\"", " data-was=\"")).unwrap();
    }
}

/// Python's server, until it is dropped.
struct Server {
    child: Child,
    url: Url,
}

impl Server {
    fn start(directory: &Path) -> Option<Self> {
        let mut child = Command::new("python3")
            .args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1"])
            .arg("--directory")
            .arg(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?)
            .read_line(&mut line)
            .ok()?;
        // Serving HTTP on 127.0.0.1 port 43623 (http://127.0.0.1:43623/) ...
        let (_, rest) = line.split_once('(').expect(&line);
        let (url, _) = rest.split_once(')').expect(&line);
        let url = Url::parse(url).unwrap();
        Some(Self { child, url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// What the script says: pages, links, broken links.
fn count(directory: &Path) -> (u64, u64, BTreeSet<(String, String)>) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/count_broken.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(directory)
        .arg(START)
        .output()
        .unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let pairs: Vec<(String, String)> = serde_json::from_value(result["broken"].clone()).unwrap();
    let number = |key: &str| result[key].as_u64().unwrap();
    (
        number("pages"),
        number("links"),
        pairs.into_iter().collect(),
    )
}

fn skip(what: &str) {
    // Past the test harness, which keeps what is printed for tests that fail.
    let _ = writeln!(io::stderr(), "SKIPPED rust_docs: {what}");
}

fn the_broken_links_are_found(runtime: Runtime) {
    let Some(html) = books() else {
        return skip("the documentation of Rust is not installed");
    };
    let directory = tempfile::tempdir().unwrap();
    for book in BOOKS {
        copy(&html.join(book), &directory.path().join(book));
    }
    remove_anchors(directory.path());
    let Some(server) = Server::start(directory.path()) else {
        return skip("python3 is not to be had");
    };
    let (pages, links, expected) = count(directory.path());
    // Otherwise there is little to be compared.
    let anchors = expected.iter().filter(|(_, url)| url.contains('#')).count();
    let files = expected.len() - anchors;
    assert!(
        pages > 200 && anchors > 50 && files > 200,
        "{pages}, {anchors}, {files}"
    );

    let start = server.url.join(START).unwrap();
    let run = common::run(common::plan(start), common::generous(), runtime);
    let decode = |text: String| {
        percent_decode_str(&text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    let found: BTreeSet<_> = common::pairs(&run.report)
        .into_iter()
        .map(|(page, url)| (decode(page), decode(url)))
        .collect();
    let missed: Vec<_> = expected.difference(&found).collect();
    let invented: Vec<_> = found.difference(&expected).collect();
    assert_eq!((missed, invented), (vec![], vec![]), "on {runtime}");
    assert_eq!(run.report.pages as u64, pages, "on {runtime}");
    assert_eq!(run.report.links as u64, links, "on {runtime}");
    let _ = writeln!(
        io::stderr(),
        "rust_docs on {runtime}: {pages} pages, {links} links, \
         broken: {files} files and {anchors} anchors, {} ms",
        run.report.elapsed_ms
    );
}

#[test]
fn the_broken_links_of_real_books_are_found_on_tokio() {
    the_broken_links_are_found(Runtime::Tokio);
}

#[test]
fn the_broken_links_of_real_books_are_found_on_smol() {
    the_broken_links_are_found(Runtime::Smol);
}

#[test]
fn the_broken_links_of_real_books_are_found_on_async_std() {
    the_broken_links_are_found(Runtime::AsyncStd);
}
