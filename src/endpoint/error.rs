//! Why a server could not be reached safely, with what to change.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a server could not be reached safely. Each message names the key to change.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name, as configured, does not resolve.
    #[error("cannot find the host `{0}`: {1}; check the key host")]
    Resolve(String, io::Error),
    /// Nothing accepts connections at this host and port.
    #[error("cannot connect to {0}: {1}; check the keys host and port")]
    Connect(String, io::Error),
    /// Nobody answered at this host and port in time.
    #[error("{0} did not answer within {limit} s; check the keys host, port and tls", limit = .1.as_secs())]
    Silent(String, Duration),
    /// `tls = "none"` towards another machine, named by host and port.
    #[error(
        "{0} is not this machine: tls = \"none\" is for loopback only, use \"implicit\" or \"starttls\""
    )]
    Cleartext(String),
    /// The file of certificates cannot be used, for this reason.
    #[error("cannot use ca_file {0}: {1}")]
    CaFile(PathBuf, String),
    /// TLS could not be set up with this host and port; with the fault, and what to change.
    #[error("no TLS with {0}: {1}")]
    Handshake(String, String),
}

/// Turns OpenSSL's words about a certificate into what is wrong and what to change.
pub(super) fn explain(said: &str, host: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_openssl_says_becomes_what_to_change() {
        assert!(explain("… (Hostname mismatch)", "mail.example").contains("`mail.example`"));
        assert!(explain("(self-signed certificate in certificate chain)", "h").contains("ca_file"));
        assert!(explain("wrong version number", "h").contains("starttls"));
        assert_eq!(explain("something else", "h"), "something else");
    }
}
