//! Delivers sealed mails, at least once, with bytes and Message-ID that never change.

use std::path::PathBuf;

use serde::Deserialize;

use crate::endpoint::{Endpoint, Tls};
use crate::secret::{Secret, Source};

/// The `[smtp]` table: where digests are handed in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
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
    /// File whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Command whose first line of output is the password.
    pub password_command: Option<Vec<String>>,
    /// The password itself; warned of.
    pub password: Option<Secret>,
}

impl Settings {
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
    pub fn secret(&self) -> Result<Option<Source>, String> {
        let source = Source::from_keys(
            "password",
            self.password_file.as_deref(),
            self.password_command.as_deref(),
            self.password.as_ref(),
        )?;
        match (&self.username, &source) {
            (Some(_), None) => Err(
                "one of password_file, password_command and password must be set with username"
                    .into(),
            ),
            (None, Some(_)) => Err("username must be set with a password".into()),
            _ => Ok(source),
        }
    }
}
