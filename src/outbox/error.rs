//! What can go wrong before a mail is submitted, sorted by what the operator has to do.

use super::Outcome;
use crate::endpoint::ConnectError;
use crate::secret::{KeyError, SecretError};

/// The reason why no session with the submission server could be had. Each message names the keys to change.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The keys contradict each other.
    #[error("[smtp]: {0}")]
    Keys(#[from] KeyError),
    /// An address that cannot stand in MAIL or RCPT: which, and why.
    #[error("{0}")]
    Address(String),
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
        "{endpoint} does not offer {wanted} (it offers: {offered}); check the key auth in [smtp], remove username, or use the port for submission"
    )]
    NoLogin {
        /// Host and port.
        endpoint: String,
        /// The mechanism.
        wanted: &'static str,
        /// What it offers.
        offered: String,
    },
    /// The server refused a step before any mail was named.
    #[error("{endpoint} refused {step}: {said}{hint}", hint = hint(.needs_hand))]
    Refused {
        /// Host and port.
        endpoint: String,
        /// The step's name.
        step: &'static str,
        /// The server's words.
        said: String,
        /// True when it does not pass by itself.
        needs_hand: bool,
    },
    /// The server has no time for us, at a step before any mail was named.
    #[error("{endpoint} refused {step}: {said}")]
    Throttled {
        /// Host and port.
        endpoint: String,
        /// The step's name.
        step: &'static str,
        /// The server's words.
        said: String,
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

/// Returns what to look at where waiting does not help.
fn hint(needs_hand: &bool) -> &'static str {
    match needs_hand {
        true => "; check the keys of [smtp], or ask who runs that server",
        false => "",
    }
}

impl SmtpError {
    /// Returns what it means for the mail that the session was for.
    pub(super) fn outcome(&self) -> Outcome {
        let said = self.to_string();
        match self {
            SmtpError::Keys(_)
            | SmtpError::Address(_)
            | SmtpError::Secret(_)
            | SmtpError::Credentials { .. }
            | SmtpError::NoLogin { .. }
            | SmtpError::Protocol { .. }
            | SmtpError::Refused {
                needs_hand: true, ..
            } => Outcome::NeedsHand(said),
            SmtpError::Refused { .. } => Outcome::Deferred(said),
            SmtpError::Throttled { .. } => Outcome::Throttled(said),
            SmtpError::Endpoint(error) if error.is_lasting() => Outcome::NeedsHand(said),
            SmtpError::Endpoint(_) => Outcome::Deferred(said),
        }
    }
}
