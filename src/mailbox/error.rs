//! The ways a session fails, and what the operator may have to change.

use super::backoff;
use crate::endpoint::ConnectError;
use crate::secret::{KeyError, SecretError};

/// Why the mailbox could not be read. Every one of them ends the session; the watcher comes back.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The keys of the login cannot be used.
    #[error("[mailbox]: {0}")]
    Keys(#[from] KeyError),
    /// The server does not offer the way of logging in that is configured.
    #[error(
        "{endpoint} does not offer {wanted} (it offers {offered}); check the keys auth and tls in [mailbox]"
    )]
    NoLogin {
        /// Host and port.
        endpoint: String,
        /// The mechanism.
        wanted: &'static str,
        /// The mechanisms that it offers.
        offered: String,
    },
    /// The server could not be reached safely.
    #[error(transparent)]
    Endpoint(#[from] ConnectError),
    /// The password or token could not be had.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The server refused the login.
    #[error(
        "{endpoint} refused the login of `{username}`: {said}; check the keys username and {key} in [mailbox]"
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
    /// The server refuses for the time being: too many connections, maintenance.
    #[error("{endpoint} refuses for now: {said}")]
    Later {
        /// Host and port.
        endpoint: String,
        /// The server's words.
        said: String,
    },
    /// A folder cannot be opened.
    #[error("cannot open the folder `{folder}`: {said}; check the key folders in [mailbox]")]
    Folder {
        /// The folder as configured.
        folder: String,
        /// The server's words.
        said: String,
    },
    /// The server refused a command that it should know.
    #[error("the server refused {command}: {said}")]
    Refused {
        /// The command's name.
        command: &'static str,
        /// The server's words.
        said: String,
    },
    /// The server is not what was expected.
    #[error(
        "{endpoint} is no IMAP server as expected: {said}; check the keys host, port and tls in [mailbox]"
    )]
    Protocol {
        /// Host and port.
        endpoint: String,
        /// The server's words, or what was missing in them.
        said: String,
    },
    /// The connection ended.
    #[error("connection lost: {0}")]
    Lost(String),
    /// A batch could not be stored.
    #[error("cannot store what was read: {0}")]
    Intake(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ImapError {
    /// Returns true when the server refused the login, rather than the connection.
    pub fn is_credentials(&self) -> bool {
        matches!(self, ImapError::Credentials { .. })
    }

    /// Returns which delays follow it.
    pub(super) fn kind(&self) -> backoff::FailureKind {
        match self {
            ImapError::Credentials { .. } => backoff::FailureKind::Credentials,
            _ => backoff::FailureKind::Connection,
        }
    }

    /// Makes a [`ImapError::Lost`] of words that came over the network or from a parser: one line of at most 200
    /// characters.
    pub(super) fn lost(cause: impl std::fmt::Display) -> Self {
        let words: String = cause
            .to_string()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(200)
            .collect();
        ImapError::Lost(words)
    }
}
