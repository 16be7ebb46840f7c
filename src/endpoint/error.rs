//! Why a server could not be reached safely, with what to change.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::fault;
use super::race::Failure;

/// Addresses, and causes, that an error names; of more it tells their number.
const NAMED: usize = 4;

/// Why a server could not be reached safely. Each message names the key to change.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name, as configured, does not resolve, for this reason.
    #[error("cannot find the host `{0}`: {1}")]
    Resolve(String, String),
    /// None of its addresses can be used, named by host and port; with the cause at each.
    #[error("cannot connect to {0}: {1}; check the keys host and port")]
    Connect(String, String),
    /// Nobody answered at this host and port in time.
    #[error("{0} did not answer within {limit} s; check the keys host, port and tls", limit = .1.as_secs())]
    Silent(String, Duration),
    /// The connection with this host and port ended before the server had greeted, for this reason.
    #[error("{0} ended the connection before it greeted: {1}; check the keys host, port and tls")]
    Lost(String, String),
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

impl ConnectError {
    /// Returns true for what does not pass by itself: a certificate that is not to be trusted, a port of another kind.
    pub fn is_lasting(&self) -> bool {
        match self {
            ConnectError::Cleartext(_) | ConnectError::CaFile(..) => true,
            ConnectError::Handshake(_, why) => ![fault::CLOSED_EARLY, fault::STALLED]
                .iter()
                .any(|words| why.starts_with(words)),
            _ => false,
        }
    }

    /// Returns what happened at one address, without its name and without what to change.
    pub fn cause(&self) -> String {
        match self {
            ConnectError::Silent(_, limit) => format!("no answer within {} s", limit.as_secs()),
            ConnectError::Handshake(_, why) | ConnectError::Lost(_, why) => {
                why.split("; ").next().unwrap_or_default().to_owned()
            }
            other => other.to_string(),
        }
    }
}

/// Tells what happened at each address: `Connection refused at 192.0.2.1, no answer within 10 s at 2001:db8::1`. Where the
/// host is an address itself it is not repeated.
pub(super) fn told(failures: &[Failure], host: &str) -> String {
    let mut causes: Vec<(&str, Vec<String>)> = Vec::new();
    for (address, cause) in failures {
        let address = address.ip().to_string();
        match causes.iter_mut().find(|(known, _)| known == cause) {
            Some((_, there)) => there.push(address),
            None => causes.push((cause, vec![address])),
        }
    }
    if let [(cause, _)] = &causes[..]
        && host.parse::<IpAddr>().is_ok()
    {
        return (*cause).to_owned();
    }
    let each = causes
        .iter()
        .map(|(cause, there)| format!("{cause} at {}", shortened(there, " and ")));
    shortened(&each.collect::<Vec<_>>(), ", ")
}

/// Joins the first few, and counts the others.
fn shortened(parts: &[String], between: &str) -> String {
    if parts.len() <= NAMED {
        return parts.join(between);
    }
    let (named, others) = parts.split_at(NAMED - 1);
    format!("{}{between}{} others", named.join(between), others.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::Tls;

    #[test]
    fn each_address_is_told_with_its_cause() {
        let failure = |address: &str, cause: &str| {
            let address: IpAddr = address.parse().unwrap();
            ((address, 993).into(), cause.to_owned())
        };
        let failures = [
            failure("192.0.2.1", "Connection refused"),
            failure("2001:db8::1", "Network is unreachable"),
            failure("192.0.2.2", "Connection refused"),
        ];
        assert_eq!(
            told(&failures, "mail.example"),
            "Connection refused at 192.0.2.1 and 192.0.2.2, Network is unreachable at 2001:db8::1"
        );
        assert_eq!(told(&failures[..1], "192.0.2.1"), "Connection refused");
        let many: Vec<_> = (1..=16)
            .map(|octet| failure(&format!("192.0.2.{octet}"), "no answer within 10 s"))
            .collect();
        assert_eq!(
            told(&many, "mail.example"),
            "no answer within 10 s at 192.0.2.1 and 192.0.2.2 and 192.0.2.3 and 13 others"
        );
    }

    #[test]
    fn a_handshake_that_was_cut_or_stalled_may_pass_and_a_certificate_does_not() {
        let lasts = |why: &str| ConnectError::Handshake("h:1".into(), why.into()).is_lasting();
        assert!(lasts("its certificate has expired; renew it"));
        assert!(!lasts(&fault::in_handshake(
            "Connection reset by peer",
            "h",
            Tls::Implicit,
            None
        )));
        assert!(!lasts(&format!("{} within 60 s", fault::STALLED)));
        assert!(!ConnectError::Silent("h:1".into(), Duration::from_secs(1)).is_lasting());
    }

    #[test]
    fn a_cause_is_what_happened_and_not_what_to_change() {
        let silent = ConnectError::Silent("mail.example:993".into(), Duration::from_secs(10));
        assert_eq!(silent.cause(), "no answer within 10 s");
        let expired = ConnectError::Handshake("h:1".into(), "it has expired; renew it".into());
        assert_eq!(expired.cause(), "it has expired");
    }
}
