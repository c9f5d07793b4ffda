//! Connections that any executor can drive: async-io's sockets, and rustls on top of them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use async_net::TcpStream;
use futures_lite::{AsyncRead, AsyncWrite};
use futures_rustls::TlsConnector;
use futures_rustls::rustls::crypto::ring;
use futures_rustls::rustls::pki_types::pem::PemObject as _;
use futures_rustls::rustls::pki_types::{CertificateDer, ServerName};
use futures_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::failure::Failure;

/// A connection, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// How https trusts: Mozilla's roots, and those of the PEM file `ca` if there is one.
///
/// # Panics
///
/// Never: ring serves the default versions of TLS.
///
/// # Errors
///
/// A sentence for the user when `ca` can't be read or has no certificate.
pub fn tls_config(ca: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = ca {
        let in_file = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let certificates = CertificateDer::pem_file_iter(path).map_err(|e| in_file(&e))?;
        let mut found = false;
        for certificate in certificates {
            let certificate = certificate.map_err(|e| in_file(&e))?;
            roots.add(certificate).map_err(|e| in_file(&e))?;
            found = true;
        }
        if !found {
            return Err(in_file(&"no certificate in this file"));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring serves the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Connects to the host of `url`, by TLS if its scheme is https.
pub(crate) async fn connect(
    url: &Url,
    tls: &Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, Failure> {
    let port = url.port_or_known_default().unwrap_or(80);
    let host = url.host().ok_or_else(|| Failure::Dns("no host".into()))?;
    let (addresses, name) = match host {
        Host::Domain(domain) => {
            let addresses = async_net::resolve((domain, port))
                .await
                .map_err(|error| Failure::Dns(error.to_string()))?;
            let name = ServerName::try_from(domain.to_owned()).ok();
            (addresses, name)
        }
        Host::Ipv4(ip) => address(ip.into(), port),
        Host::Ipv6(ip) => address(ip.into(), port),
    };
    let stream = TcpStream::connect(&addresses[..])
        .await
        .map_err(|error| Failure::from_io(&error))?;
    // A request is one small write, and nobody gains from holding it back.
    let _ = stream.set_nodelay(true);
    if url.scheme() != "https" {
        return Ok(Box::new(stream));
    }
    let name = name.ok_or_else(|| Failure::Tls("not a valid server name".into()))?;
    let stream = TlsConnector::from(Arc::clone(tls))
        .connect(name, stream)
        .await
        .map_err(|error| match error.kind() {
            // How futures-rustls passes on what rustls objects to.
            io::ErrorKind::InvalidData => Failure::Tls(error.to_string()),
            _ => Failure::from_io(&error),
        })?;
    Ok(Box::new(stream))
}

fn address(ip: IpAddr, port: u16) -> (Vec<SocketAddr>, Option<ServerName<'static>>) {
    let addresses = vec![SocketAddr::new(ip, port)];
    (addresses, Some(ServerName::IpAddress(ip.into())))
}
