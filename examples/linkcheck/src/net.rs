//! Connections that any executor can drive: async-io's sockets, and rustls on top of them.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_fn_cache::FnCache;
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

/// For how long the addresses of a host hold.
const LIFETIME: Duration = Duration::from_secs(60);

/// Of so many hosts the addresses are remembered.
const HOSTS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// A domain and a port.
type Name = (String, u16);

/// The addresses of a host, at least one.
type Addresses = Arc<[SocketAddr]>;

/// Connects to hosts.
#[derive(Debug)]
pub(crate) struct Connector {
    tls: Arc<ClientConfig>,
    /// The resolver is asked once per host, however many connect to it at the same time.
    addresses: FnCache<Name, Result<Addresses, Failure>>,
}

impl Connector {
    pub(crate) fn new(tls: Arc<ClientConfig>) -> Self {
        let addresses = FnCache::builder().capacity(HOSTS).ttl(LIFETIME);
        Self {
            tls,
            addresses: addresses.evict_errors().build(),
        }
    }

    /// Connects to the host of `url`, by TLS if its scheme is https.
    pub(crate) async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, Failure> {
        let port = url.port_or_known_default().unwrap_or(80);
        let host = url.host().ok_or_else(|| Failure::Dns("no host".into()))?;
        let (addresses, name) = match host {
            Host::Domain(domain) => {
                let addresses = self.resolve(domain.to_owned(), port).await?;
                (addresses, ServerName::try_from(domain.to_owned()).ok())
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
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, stream)
            .await
            .map_err(|error| match error.kind() {
                // How futures-rustls passes on what rustls objects to.
                io::ErrorKind::InvalidData => Failure::Tls(error.to_string()),
                _ => Failure::from_io(&error),
            })?;
        Ok(Box::new(stream))
    }

    async fn resolve(&self, domain: String, port: u16) -> Result<Addresses, Failure> {
        let name = (domain.clone(), port);
        let load = move || async move {
            let resolved = async_net::resolve((domain, port)).await;
            resolved
                .map(Arc::from)
                .map_err(|error| Failure::Dns(error.to_string()))
        };
        self.addresses.get_with(name, load).await
    }
}

fn address(ip: IpAddr, port: u16) -> (Addresses, Option<ServerName<'static>>) {
    let addresses = Arc::from([SocketAddr::new(ip, port)]);
    (addresses, Some(ServerName::IpAddress(ip.into())))
}
