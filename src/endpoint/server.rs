//! The keys that name a server, the same in `[mailbox]` and `[smtp]`.

use std::path::PathBuf;

use serde::Deserialize;

use super::{Endpoint, Tls};

/// The keys of one server.
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
        let usual = if self.tls == Tls::Implicit {
            implicit_port
        } else {
            plain_port
        };
        Endpoint {
            host: self.host.clone(),
            port: self.port.unwrap_or(usual),
            tls: self.tls,
            ca_file: self.ca_file.clone(),
        }
    }
}
