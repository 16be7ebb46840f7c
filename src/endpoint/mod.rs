//! Where a server is and how the way to it is protected: host, port, TLS, an extra certificate authority. IMAP and
//! SMTP share these rules: certificates are always verified, TLS is 1.2 or newer, and clear text goes to loopback
//! only.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use async_native_tls::TlsConnector;
use native_tls::{Certificate, Protocol};
use serde::Deserialize;
use tokio::net::TcpStream;

mod certificate;
mod stream;

pub use stream::Stream;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// TLS from the first byte (IMAPS, SMTPS; RFC 8314).
    #[default]
    Implicit,
    /// Clear text first, then `STARTTLS`; without it the connection is given up.
    Starttls,
    /// No protection: accepted only where the peer is this machine.
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
    /// A host name or an address, as configured; certificates are checked against it.
    pub host: String,
    /// The TCP port.
    pub port: u16,
    /// How the way is protected.
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

/// Why a server could not be reached safely. Each message names the key to change.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name does not resolve.
    #[error("cannot find the host `{host}`: {cause}; check the key host")]
    Resolve {
        /// The host as configured.
        host: String,
        /// What the resolver said.
        cause: io::Error,
    },
    /// Nothing accepts connections there.
    #[error("cannot connect to {endpoint}: {cause}; check the keys host and port")]
    Connect {
        /// Host and port.
        endpoint: String,
        /// What the system said.
        cause: io::Error,
    },
    /// Nobody answered in time.
    #[error("{endpoint} did not answer within {} s; check the keys host, port and tls", .limit.as_secs())]
    Silent {
        /// Host and port.
        endpoint: String,
        /// How long was waited.
        limit: Duration,
    },
    /// `tls = "none"` towards another machine.
    #[error(
        "{endpoint} is not this machine: tls = \"none\" is for loopback only, use \"implicit\" or \"starttls\""
    )]
    Cleartext {
        /// Host and port.
        endpoint: String,
    },
    /// The file of certificates cannot be used.
    #[error("cannot use ca_file {path}: {why}")]
    CaFile {
        /// The file as configured.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// TLS could not be set up.
    #[error("no TLS with {endpoint}: {why}")]
    Handshake {
        /// Host and port.
        endpoint: String,
        /// What is wrong, and what to change.
        why: String,
    },
}

impl Endpoint {
    /// Whether the host names this machine by its literal address or as `localhost`.
    pub fn names_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The bytes of `ca_file`, checked to hold certificates; `None` where the key is not set.
    ///
    /// # Errors
    /// The file cannot be read, or holds no PEM certificate.
    pub fn ca_pem(&self) -> Result<Option<Vec<u8>>, ConnectError> {
        let Some(path) = &self.ca_file else {
            return Ok(None);
        };
        let broken = |why: String| ConnectError::CaFile {
            path: path.clone(),
            why,
        };
        let pem = std::fs::read(path).map_err(|cause| broken(cause.to_string()))?;
        match Certificate::stack_from_pem(&pem) {
            Ok(stack) if !stack.is_empty() => Ok(Some(pem)),
            Ok(_) => Err(broken("it holds no certificate in PEM form".into())),
            Err(cause) => Err(broken(format!("it is not a PEM certificate ({cause})"))),
        }
    }

    /// A TLS connector: the system's roots, those of `ca_file`, TLS 1.2 or newer, host names checked.
    ///
    /// # Errors
    /// `ca_file` cannot be used.
    pub fn connector(&self) -> Result<TlsConnector, ConnectError> {
        let mut builder = native_tls::TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        if let (Some(pem), Some(path)) = (self.ca_pem()?, &self.ca_file) {
            let stack =
                Certificate::stack_from_pem(&pem).map_err(|cause| ConnectError::CaFile {
                    path: path.clone(),
                    why: cause.to_string(),
                })?;
            for certificate in stack {
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
        Err(ConnectError::Connect {
            endpoint: self.to_string(),
            cause: last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()),
        })
    }

    /// The host's addresses; with `tls = "none"` only those of this machine, and an error where there is none.
    ///
    /// # Errors
    /// The name does not resolve, or is another machine that must not be spoken to in clear text.
    pub async fn addresses(&self) -> Result<Vec<SocketAddr>, ConnectError> {
        let mut found: Vec<SocketAddr> = tokio::net::lookup_host((self.host.as_str(), self.port))
            .await
            .map_err(|cause| ConnectError::Resolve {
                host: self.host.clone(),
                cause,
            })?
            .collect();
        if self.tls == Tls::None {
            found.retain(|address| address.ip().is_loopback());
            if found.is_empty() {
                return Err(ConnectError::Cleartext {
                    endpoint: self.to_string(),
                });
            }
        }
        Ok(found)
    }

    /// The error for a server that did not answer within `limit`.
    pub fn silent(&self, limit: Duration) -> ConnectError {
        ConnectError::Silent {
            endpoint: self.to_string(),
            limit,
        }
    }

    /// The error for a failed handshake, with the library's words turned into what to change.
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
        ConnectError::Handshake {
            endpoint: self.to_string(),
            why: explain(&said, &self.host),
        }
    }
}

/// Turns OpenSSL's words about a certificate into what is wrong and what to change.
fn explain(said: &str, host: &str) -> String {
    let lower = said.to_ascii_lowercase();
    let has = |words: &str| lower.contains(words);
    if has("hostname mismatch") || has("ip address mismatch") {
        format!("its certificate is not for `{host}`; set host to a name in the certificate")
    } else if has("certificate has expired") {
        "its certificate has expired; the server needs a new one".into()
    } else if has("not yet valid") {
        "its certificate is not valid yet; check this machine's clock".into()
    } else if has("self-signed certificate") || has("self signed certificate") {
        "its certificate is self-signed or from a private authority; put that certificate into a file and name it as ca_file".into()
    } else if has("certificate signature failure") {
        "its certificate was signed by another authority than the one of that name in ca_file"
            .into()
    } else if has("unable to get local issuer") || has("unable to get issuer") {
        "its certificate is from an authority this machine does not know; put that authority's certificate into a file and name it as ca_file".into()
    } else if has("wrong version number")
        || has("packet length too long")
        || has("record layer failure")
    {
        "it does not speak TLS on this port; set tls = \"starttls\" or another port".into()
    } else if has("unsupported protocol") || has("protocol version") {
        "it offers no TLS 1.2 or newer; the server must be updated".into()
    } else {
        said.to_owned()
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

    #[test]
    fn what_openssl_says_becomes_what_to_change() {
        assert!(explain("… (Hostname mismatch)", "mail.example").contains("`mail.example`"));
        assert!(explain("(self-signed certificate in certificate chain)", "h").contains("ca_file"));
        assert!(explain("wrong version number", "h").contains("starttls"));
        assert_eq!(explain("something else", "h"), "something else");
    }
}
