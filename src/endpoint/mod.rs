//! Where a server is and how the way to it is protected: host, port, TLS, an extra certificate authority. IMAP and
//! SMTP share these rules: certificates are always verified, TLS is 1.2 or newer, and clear text goes to loopback
//! only.
//!
//! ```
//! use nikkan::endpoint::{ServerKeys, is_loopback};
//!
//! let keys: ServerKeys = toml::from_str("host = \"mail.example.net\"\ntls = \"starttls\"")?;
//! let server = keys.endpoint(993, 143);
//! assert_eq!(server.to_string(), "mail.example.net:143");
//! assert!(is_loopback("localhost") && !is_loopback(&server.host));
//! # Ok::<(), toml::de::Error>(())
//! ```

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_native_tls::TlsConnector;
use native_tls::{Certificate, Protocol};
use serde::Deserialize;
use tokio::net::TcpStream;

mod certificate;
mod error;
mod in_process;
mod stream;

pub use error::ConnectError;
#[doc(hidden)]
pub use in_process::InProcess;
pub use stream::Stream;

/// The protection of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (IMAPS, SMTPS; RFC 8314).
    #[default]
    Implicit,
    /// Clear text first, then `STARTTLS`; without it the connection is given up.
    Starttls,
    /// No protection: accepted only when the peer is this machine.
    None,
}

impl fmt::Display for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tls::Implicit => "implicit",
            Tls::Starttls => "starttls",
            Tls::None => "none",
        })
    }
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// A host name or an address, as configured; certificates are checked against it (RFC 9525).
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// The protection of the way.
    pub tls: Tls,
    /// A PEM file with certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Endpoint {
    /// Builds a TLS connector: the system's roots, those of `ca_file`, TLS 1.2 or newer, host names checked.
    ///
    /// # Errors
    /// `ca_file` cannot be used.
    pub fn connector(&self) -> Result<TlsConnector, ConnectError> {
        let mut builder = native_tls::TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        if let Some(path) = &self.ca_file {
            for certificate in certificates(path)?.1 {
                builder.add_root_certificate(certificate);
            }
        }
        Ok(builder.into())
    }

    /// Opens a TCP connection with keep-alive, trying each address of the host within `limit` altogether. With
    /// `tls = "none"` only addresses of this machine are tried.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn connect(&self, limit: Duration) -> Result<TcpStream, ConnectError> {
        tokio::time::timeout(limit, self.connect_any(limit))
            .await
            .unwrap_or_else(|_| Err(self.silent(limit)))
    }

    /// Opens a connection in clear text to a server in this process.
    ///
    /// # Errors
    /// It takes none.
    #[doc(hidden)]
    pub fn connect_within(&self, process: &InProcess) -> Result<Stream, ConnectError> {
        let stream = process.dial().map(Stream::InProcess);
        stream.map_err(|cause| ConnectError::Connect(self.to_string(), cause))
    }

    /// Sets TLS up over a connection, within `limit`.
    ///
    /// # Errors
    /// The certificate is not to be trusted, or the server speaks something else; the message says which.
    pub async fn protect(
        &self,
        connector: &TlsConnector,
        tcp: TcpStream,
        limit: Duration,
    ) -> Result<Stream, ConnectError> {
        let peer = tcp.peer_addr().ok();
        let stream = tokio::time::timeout(limit, connector.connect(&self.host, tcp))
            .await
            .map_err(|_| self.silent(limit))?
            .map_err(|cause| self.refused(&cause))?;
        Ok(Stream::Protected(Box::new(stream), peer))
    }

    async fn connect_any(&self, limit: Duration) -> Result<TcpStream, ConnectError> {
        let mut last = None;
        for address in self.addresses().await? {
            match TcpStream::connect(address).await {
                Ok(stream) => {
                    keep_alive(&stream, limit);
                    return Ok(stream);
                }
                Err(cause) => last = Some(cause),
            }
        }
        let cause = last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into());
        Err(ConnectError::Connect(self.to_string(), cause))
    }

    /// Resolves the host's addresses; with `tls = "none"` only those of this machine, and an error when there is none.
    ///
    /// # Errors
    /// The name does not resolve, or is another machine that must not be spoken to in clear text.
    pub async fn addresses(&self) -> Result<Vec<SocketAddr>, ConnectError> {
        let resolved = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let resolved = resolved.map_err(|cause| ConnectError::Resolve(self.host.clone(), cause))?;
        let mut found: Vec<SocketAddr> = resolved.collect();
        if self.tls == Tls::None {
            found.retain(|address| address.ip().is_loopback());
            if found.is_empty() {
                return Err(ConnectError::Cleartext(self.to_string()));
            }
        }
        Ok(found)
    }

    /// Returns the error for a server that did not answer within `limit`.
    pub fn silent(&self, limit: Duration) -> ConnectError {
        ConnectError::Silent(self.to_string(), limit)
    }

    /// Returns the error for a failed handshake, with the library's words turned into what to change.
    pub fn refused(&self, cause: &dyn std::error::Error) -> ConnectError {
        let mut said = cause.to_string();
        let mut inner = cause.source();
        while let Some(next) = inner {
            // The TLS library gives itself as its own cause.
            let words = next.to_string();
            if !said.contains(&words) {
                said = format!("{said}: {words}");
            }
            inner = next.source();
        }
        ConnectError::Handshake(self.to_string(), error::explain(&said, &self.host))
    }
}

/// The keys that name a server, the same in `[mailbox]` and `[smtp]`.
#[derive(Clone, Debug, Deserialize)]
pub struct ServerKeys {
    /// Host name or address.
    pub host: String,
    /// TCP port; by default the protocol's own.
    pub port: Option<u16>,
    /// The protection of the connection.
    #[serde(default)]
    pub tls: Tls,
    /// A PEM file with certificates to trust besides the system's roots.
    pub ca_file: Option<PathBuf>,
}

impl ServerKeys {
    /// Returns the server that the keys name. Without `port` it is `implicit_port` with TLS from the first byte, else
    /// `plain_port`.
    pub fn endpoint(&self, implicit_port: u16, plain_port: u16) -> Endpoint {
        let usual = match self.tls {
            Tls::Implicit => implicit_port,
            Tls::Starttls | Tls::None => plain_port,
        };
        Endpoint {
            host: self.host.clone(),
            port: self.port.unwrap_or(usual),
            tls: self.tls,
            ca_file: self.ca_file.clone(),
        }
    }
}

/// Returns true when `host` names this machine by its literal address, bare or in brackets, or as `localhost`.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Reads a `ca_file`, which must hold certificates in PEM form.
///
/// # Errors
/// The file cannot be read, or holds no PEM certificate.
pub fn read_ca_file(path: &Path) -> Result<Vec<u8>, ConnectError> {
    certificates(path).map(|(pem, _)| pem)
}

/// Reads the bytes of a `ca_file`, and the certificates in it.
fn certificates(path: &Path) -> Result<(Vec<u8>, Vec<Certificate>), ConnectError> {
    let broken = |why: String| ConnectError::CaFile(path.to_owned(), why);
    let pem = std::fs::read(path).map_err(|cause| broken(cause.to_string()))?;
    match Certificate::stack_from_pem(&pem) {
        Ok(stack) if stack.is_empty() => Err(broken("it holds no certificate in PEM form".into())),
        Ok(stack) => Ok((pem, stack)),
        Err(cause) => Err(broken(format!("it is not a PEM certificate ({cause})"))),
    }
}

/// Lets the kernel find a dead peer: probes on a silent line, and an end to unacknowledged data. A half-open
/// connection is the most reported failure of programs that wait for mail.
fn keep_alive(stream: &TcpStream, limit: Duration) {
    let socket = socket2::SockRef::from(stream);
    let probes = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(15));
    // Best effort: a kernel without these options still has the timeouts above it.
    let _ = socket.set_tcp_keepalive(&probes);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(limit.max(Duration::from_secs(60))));
    let _ = stream.set_nodelay(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(host: &str, tls: Tls) -> Endpoint {
        Endpoint {
            host: host.into(),
            port: 9,
            tls,
            ca_file: None,
        }
    }

    #[tokio::test]
    async fn clear_text_to_another_machine_is_refused_before_a_connection() {
        let error = endpoint("192.0.2.1", Tls::None)
            .connect(Duration::from_secs(5))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "192.0.2.1:9 is not this machine: tls = \"none\" is for loopback only, use \"implicit\" or \"starttls\""
        );
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not a certificate").unwrap();
        let mut endpoint = endpoint("localhost", Tls::Implicit);
        endpoint.ca_file = Some(file.path().to_owned());
        let error = endpoint.connector().unwrap_err().to_string();
        assert!(error.starts_with("cannot use ca_file "), "{error}");
        assert!(error.contains("certificate"), "{error}");
    }
}
