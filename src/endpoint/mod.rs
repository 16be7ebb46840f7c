//! Where a server is and how the way to it is protected: host, port, TLS, an extra certificate authority. IMAP and
//! SMTP share these rules: certificates are always verified, TLS is 1.2 or newer, and clear text goes to loopback
//! only. A host has several addresses, and one that is dead must not stand for the others: see [`Endpoint::open`].
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
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_native_tls::TlsConnector;
use native_tls::{Certificate, Protocol};
use serde::Deserialize;
use tokio::sync::Mutex;

mod addresses;
mod certificate;
mod error;
mod fault;
mod in_process;
mod open;
mod race;
mod stream;

pub use error::ConnectError;
#[doc(hidden)]
pub use in_process::InProcess;
pub use open::{RENEWAL_DAYS, Reached};
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

/// Held by who reads a `ca_file`: one that hangs holds one thread, however often it is asked for.
static READING_CA_FILE: Mutex<()> = Mutex::const_new(());

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
    /// The address of the host that is meant, once one was connected to.
    address: Option<IpAddr>,
}

/// Host and port; behind them the address, where one was connected to and the host is a name.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse() {
            Ok(IpAddr::V6(_)) => write!(f, "[{}]:{}", self.host, self.port),
            Ok(IpAddr::V4(_)) => write!(f, "{}:{}", self.host, self.port),
            Err(_) => {
                write!(f, "{}:{}", self.host, self.port)?;
                self.address
                    .map_or(Ok(()), |address| write!(f, " ({address})"))
            }
        }
    }
}

impl Endpoint {
    /// Builds a TLS connector: the system's roots, those of `ca_file`, TLS 1.2 or newer, host names checked.
    ///
    /// # Errors
    /// `ca_file` cannot be used.
    fn connector(&self) -> Result<TlsConnector, ConnectError> {
        let mut builder = native_tls::TlsConnector::builder();
        builder.min_protocol_version(Some(Protocol::Tlsv12));
        if let Some(path) = &self.ca_file {
            for certificate in certificates(path)?.1 {
                builder.add_root_certificate(certificate);
            }
        }
        Ok(builder.into())
    }

    /// Builds it on another thread, and no longer than `limit`: a file system whose server is away holds whoever reads `ca_file`.
    ///
    /// # Errors
    /// `ca_file` cannot be used, or not in time.
    async fn connector_within(&self, limit: Duration) -> Result<TlsConnector, ConnectError> {
        let Some(path) = self.ca_file.clone() else {
            return self.connector();
        };
        let own = self.clone();
        let building = async {
            let turn = READING_CA_FILE.lock().await;
            let building = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                own.connector()
            });
            building.await
        };
        let why = match tokio::time::timeout(limit, building).await {
            Ok(Ok(built)) => return built,
            Ok(Err(panicked)) => panicked.to_string(),
            Err(_) => format!(
                "it did not answer within {} s (a pipe, or a file system whose server is away)",
                limit.as_secs()
            ),
        };
        Err(ConnectError::CaFile(path, why))
    }

    /// Opens a connection in clear text to a server in this process.
    ///
    /// # Errors
    /// It takes none.
    #[doc(hidden)]
    pub fn connect_within(&self, process: &InProcess) -> Result<Stream, ConnectError> {
        let stream = process.dial().map(Stream::InProcess);
        stream.map_err(|cause| ConnectError::Connect(self.to_string(), cause.to_string()))
    }

    /// Returns the error for a server that did not answer within `limit`.
    pub fn silent(&self, limit: Duration) -> ConnectError {
        ConnectError::Silent(self.to_string(), limit)
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
            address: None,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ca_file_that_hangs_holds_up_nothing_but_the_connection() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("ca.pem");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let keys: ServerKeys =
            toml::from_str(&format!("host = \"localhost\"\nca_file = {pipe:?}")).unwrap();
        let limit = Duration::from_millis(100);
        for _ in 0..3 {
            let error = keys.endpoint(9, 9).connector_within(limit).await;
            let error = error.unwrap_err().to_string();
            assert!(error.contains("did not answer within"), "{error}");
        }
        // Lets it end: this runtime waits for its threads.
        drop(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap());
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "not a certificate").unwrap();
        let keys = format!("host = \"localhost\"\nca_file = {:?}", file.path());
        let keys: ServerKeys = toml::from_str(&keys).unwrap();
        let endpoint = keys.endpoint(9, 9);
        let error = endpoint.connector().unwrap_err().to_string();
        assert!(error.starts_with("cannot use ca_file "), "{error}");
        assert!(error.contains("certificate"), "{error}");
    }
}
