//! Delivers sealed mails, at least once, with bytes and Message-ID that never change.

use std::future::Future;
use std::path::PathBuf;

use serde::Deserialize;

use crate::archive::Due;
use crate::endpoint::{ConnectError, Endpoint, Tls};
use crate::secret::{Auth, Credential, Secret, SecretError, SecretSource};

mod base64;
mod deliver;
mod letters;
mod retry;
mod smtp;
mod stream;

pub use deliver::{Round, deliver_due, run};
pub use letters::deliver_letters;
pub use smtp::{Probe, Smtp, probe, rehearse};

/// How one attempt to hand a mail in ended.
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

/// What hands one mail in for one recipient.
pub trait Courier: Send + Sync {
    /// Makes one attempt. Never longer than the limits of RFC 5321 section 4.5.3.2 add up to.
    fn carry(&self, due: &Due) -> impl Future<Output = Outcome> + Send;
}

/// Why no session with the submission server could be had; for `check`, which says what to change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keys contradict each other.
    #[error("{0}")]
    Settings(String),
    /// The server could not be reached safely.
    #[error(transparent)]
    Endpoint(#[from] ConnectError),
    /// The password could not be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The server refused the login.
    #[error(
        "{endpoint} refused the login of `{username}`: {said}; check the keys username and {keys} in [smtp]"
    )]
    Credentials {
        /// Host and port.
        endpoint: String,
        /// The login name.
        username: String,
        /// The key of the password or token.
        keys: &'static str,
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
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Host name or address of the submission server.
    pub host: String,
    /// TCP port; by default 465 with `tls = "implicit"`, else 587.
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// PEM certificates to trust besides the system's roots.
    pub ca_file: Option<PathBuf>,
    /// The login name; without it no login is made.
    pub username: Option<String>,
    /// The name of a credential that systemd hands over, whose first line is the password.
    pub password_credential: Option<Credential>,
    /// File whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Command whose first line of output is the password.
    pub password_command: Option<Vec<String>>,
    /// The password itself; warned of.
    pub password: Option<Secret>,
    /// How to prove who we are.
    #[serde(default)]
    pub auth: Auth,
    /// Command whose first line of output is an OAuth 2.0 access token, run at each login.
    pub token_command: Option<Vec<String>>,
    /// Who is told when a digest is given up; by default the edition's sender.
    pub operator: Option<String>,
}

impl SmtpSettings {
    /// The server that the keys name, with the port's default.
    pub fn endpoint(&self) -> Endpoint {
        let default = if self.tls == Tls::Implicit { 465 } else { 587 };
        Endpoint {
            host: self.host.clone(),
            port: self.port.unwrap_or(default),
            tls: self.tls,
            ca_file: self.ca_file.clone(),
        }
    }

    /// Where the password comes from; `None` where no login is made.
    ///
    /// # Errors
    /// More than one source, or a user name without a password, as a sentence that names the keys.
    pub fn secret(&self) -> Result<Option<SecretSource>, String> {
        let password = SecretSource::from_all_keys(
            "password",
            self.password_credential.as_ref(),
            self.password_file.as_deref(),
            self.password_command.as_deref(),
            self.password.as_ref(),
        )?;
        let source = self.auth.source(password, self.token_command.as_deref())?;
        match (&self.username, &source) {
            (Some(_), None) => Err(
                "one of password_credential, password_file, password_command and password must be set with username"
                    .into(),
            ),
            (None, Some(_)) if self.auth == Auth::Password => {
                Err("username must be set with a password".into())
            }
            (None, Some(_)) => Err("token_command needs username to be set with it".into()),
            _ => Ok(source),
        }
    }
}
