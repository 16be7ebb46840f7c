//! Delivers the queue, at least once, with bytes and Message-ID that never change.

use std::future::Future;

use serde::Deserialize;

use crate::endpoint::{ConnectError, Endpoint, ServerKeys};
use crate::secret::{KeyError, LoginKeys, SecretError};

mod deliver;
mod retry;
mod smtp;
mod stream;

pub use deliver::{Round, deliver_due, run};
pub use smtp::{Probe, Smtp, probe, rehearse};

/// How one attempt to submit a mail ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it; its words.
    Delivered(String),
    /// Not now: the server or the way to it said no for the time being.
    Deferred(String),
    /// Never: the server refused this mail or this recipient (5yz, RFC 5321 section 4.2.1).
    Refused(String),
    /// The connection was lost after the mail was begun and before the server's answer: it may have it.
    Uncertain(String),
}

/// A way to submit mail (RFC 6409).
pub trait Transport: Send + Sync {
    /// Makes one attempt to submit one mail for one recipient. It never takes longer than the limits of RFC 5321 section
    /// 4.5.3.2 add up to.
    fn submit(
        &self,
        sender: &str,
        recipient: &str,
        bytes: &[u8],
    ) -> impl Future<Output = Outcome> + Send;
}

/// Why no session with the submission server could be had; for `check`, which says what to change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keys contradict each other.
    #[error("[smtp]: {0}")]
    Keys(#[from] KeyError),
    /// An address that cannot stand in MAIL or RCPT.
    #[error("{address}: {why}")]
    Address {
        /// The address as configured.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// The server could not be reached safely.
    #[error(transparent)]
    Endpoint(#[from] ConnectError),
    /// The password could not be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The server refused the login.
    #[error(
        "{endpoint} refused the login of `{username}`: {said}; check the keys username and {key} in [smtp]"
    )]
    Credentials {
        /// Host and port.
        endpoint: String,
        /// The login name.
        username: String,
        /// The key of the password or token.
        key: &'static str,
        /// The server's words.
        said: String,
    },
    /// The server offers no login, or none we know.
    #[error(
        "{endpoint} offers no login that fits (it offers: {offered}); check the key auth in [smtp], remove username, or use the port for submission"
    )]
    NoLogin {
        /// Host and port.
        endpoint: String,
        /// What it offers.
        offered: String,
    },
    /// The server said something else than expected.
    #[error(
        "{endpoint} is no submission server as expected: {said}; check the keys host, port and tls in [smtp]"
    )]
    Protocol {
        /// Host and port.
        endpoint: String,
        /// What was said, or not said.
        said: String,
    },
}

/// The `[smtp]` table: where digests are handed in.
#[derive(Clone, Debug, Deserialize)]
pub struct SmtpSettings {
    /// The submission server; without `port` it is 465 with `tls = "implicit"`, else 587.
    #[serde(flatten)]
    pub server: ServerKeys,
    /// The login; without `username` none is made.
    #[serde(flatten)]
    pub login: LoginKeys<Option<String>>,
    /// Who is told when a digest is given up; by default the edition's sender.
    pub operator: Option<String>,
}

impl SmtpSettings {
    /// The server that the keys name, with the port's default.
    pub fn endpoint(&self) -> Endpoint {
        self.server.endpoint(465, 587)
    }
}
