//! https, with a certificate authority of one's own.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_rustls::rustls::crypto::ring;
use futures_rustls::rustls::pki_types::PrivateKeyDer;
use futures_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};

/// A server at `https://localhost` and, in PEM, the authority that vouches for it.
///
/// Its thread ends with the process.
fn https_server() -> (u16, String) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = authority.self_signed(&authority_key).unwrap();

    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &authority, &authority_key)
        .unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);

    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            // Clients that do not trust us leave during the handshake.
            let _ = serve(stream.unwrap(), &config);
        }
    });
    (port, authority.pem())
}

fn serve(stream: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let answer = match &*head {
        head if head.starts_with(b"GET / ") => common::canned::page("<a href=/a><a href=/gone>"),
        head if head.starts_with(b"GET /a ") => common::canned::page("<a href=/>"),
        _ => common::canned::status("404 Not Found"),
    };
    stream.write_all(answer.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

fn linkcheck(runtime: &str, ca: Option<&Path>, url: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_linkcheck"));
    command.args(["--runtime", runtime, url]);
    if let Some(ca) = ca {
        command.arg("--ca").arg(ca);
    }
    testkit::watchdog(Duration::from_secs(60), move || command.output()).unwrap()
}

#[test]
fn a_private_authority_is_trusted_if_and_only_if_it_was_named() {
    let (port, pem) = https_server();
    let dir = tempfile::tempdir().unwrap();
    let ca = dir.path().join("ca.pem");
    fs::write(&ca, pem).unwrap();
    let url = format!("https://localhost:{port}/");
    for runtime in ["tokio", "smol", "async-std"] {
        let output = linkcheck(runtime, Some(&ca), &url);
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("pages     2\n"), "{text}");
        assert!(text.contains("status 404\n  /gone <- /\n"), "{text}");

        let output = linkcheck(runtime, None, &url);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("TLS error"), "{text}");
    }
    // The right authority, but another name than the certificate's.
    let output = linkcheck("smol", Some(&ca), &format!("https://127.0.0.1:{port}/"));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("TLS error"), "{text}");
}
