//! A server that answers what it was told to, one connection after the other.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use url::Url;

/// Serves on the loopback interface until it is dropped.
pub struct Canned {
    address: SocketAddr,
    /// `METHOD /path` of each request.
    requests: Arc<Mutex<Vec<String>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Canned {
    /// `answer` gets `METHOD /path` and returns all that is to be written.
    pub fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let serve = move || {
            for stream in listener.incoming() {
                // The end is a connection without a request.
                if serve(stream.unwrap(), &answer, &seen).is_none() {
                    return;
                }
            }
        };
        Self {
            address,
            requests,
            thread: Some(thread::spawn(serve)),
        }
    }

    pub fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Canned {
    fn drop(&mut self) {
        drop(TcpStream::connect(self.address));
        let ended = self.thread.take().map(thread::JoinHandle::join);
        assert!(matches!(ended, Some(Ok(()))) || thread::panicking());
    }
}

fn serve(
    mut stream: TcpStream,
    answer: &impl Fn(&str) -> String,
    seen: &Mutex<Vec<String>>,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let (request, _) = head.split_once(" HTTP/1.1\r\n").unwrap();
    seen.lock().unwrap().push(request.to_owned());
    // A client that has left does not want to know.
    let _ = stream.write_all(answer(request).as_bytes());
    Some(())
}

/// A page, as an answer.
pub fn page(body: &str) -> String {
    answer("200 OK", "Content-Type: text/html\r\n", body)
}

/// An answer without anything to read.
pub fn status(status: &str) -> String {
    answer(status, "", "")
}

/// A redirect.
pub fn redirect(to: &str) -> String {
    answer("302 Found", &format!("Location: {to}\r\n"), "")
}

/// Any answer; `headers` are complete lines.
pub fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}
