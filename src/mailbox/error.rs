//! The ways a session fails, what the operator may have to change, and the delay before the next attempt.

use std::time::Duration;

use crate::endpoint::ConnectError;
use crate::panics::Panic;
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
    /// A panic while the server's answers were read.
    #[error(transparent)]
    Panicked(#[from] Panic),
    /// A batch could not be stored.
    #[error("cannot store what was read: {0}")]
    Intake(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ImapError {
    /// Returns true when the server refused the login, rather than the connection.
    pub fn is_credentials(&self) -> bool {
        matches!(self, ImapError::Credentials { .. })
    }

    /// Returns the delay after this failure, the `failures`-th of its kind in a row (from 1). `spread` from 0 to 1 moves it
    /// within ±20 %, which keeps a thousand daemons from coming back to a restarted server in the same second.
    pub(super) fn delay(&self, failures: u32, spread: f64) -> Duration {
        let (first, factor, most) = match self {
            // In case a password was just being changed 10 s, then 1 min, 6 min, 36 min, an hour: four attempts in ten
            // minutes are fewer than what locks an account or an address.
            ImapError::Credentials { .. } => (10_u64, 6_u64, 60 * 60),
            _ => (1, 2, 5 * 60),
        };
        let steps = failures.saturating_sub(1).min(20);
        let seconds = first.saturating_mul(factor.saturating_pow(steps)).min(most);
        Duration::from_secs(seconds).mul_f64(0.8 + 0.4 * spread.clamp(0.0, 1.0))
    }

    /// Makes a [`ImapError::Intake`].
    pub(super) fn intake(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        ImapError::Intake(Box::new(error))
    }

    /// Makes a [`ImapError::Lost`] of words that came over the network or from a parser: one line of at most 200
    /// characters.
    pub(super) fn lost(cause: impl std::fmt::Display) -> Self {
        let text = cause.to_string();
        // The library shows what it cannot parse as a list of byte values, and then as text.
        let text = match text.split_once(" during parsing of ") {
            Some((_, line)) => format!("the server's words cannot be read: {line}"),
            None => text,
        };
        let words: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(200)
            .collect();
        ImapError::Lost(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lost connection and a refused login.
    fn failures() -> (ImapError, ImapError) {
        let refused = ImapError::Credentials {
            endpoint: String::new(),
            username: String::new(),
            key: "password",
            said: String::new(),
        };
        (ImapError::lost("cut"), refused)
    }

    #[test]
    fn waits_double_up_to_their_cap() {
        let (lost, refused) = failures();
        let seconds = |error: &ImapError, failures| error.delay(failures, 0.5).as_secs();
        let delays: Vec<u64> = (1..12).map(|n| seconds(&lost, n)).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        let delays: Vec<u64> = (1..6).map(|n| seconds(&refused, n)).collect();
        assert_eq!(delays, [10, 60, 360, 2160, 3600]);
        assert_eq!(seconds(&refused, 99), 3600);
    }

    #[test]
    fn what_cannot_be_parsed_is_shown_as_text() {
        let error = ImapError::lost("io: Error { input: [52, 49] } during parsing of \"* 41 X\"");
        let shown = "connection lost: the server's words cannot be read: \"* 41 X\"";
        assert_eq!(error.to_string(), shown);
    }

    #[test]
    fn the_spread_is_a_fifth_each_way() {
        let (lost, _) = failures();
        assert_eq!(lost.delay(1, 0.0), Duration::from_millis(800));
        assert_eq!(lost.delay(1, 1.0), Duration::from_millis(1200));
    }
}
