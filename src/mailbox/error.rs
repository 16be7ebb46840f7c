//! The ways a session fails, what the operator may have to change, and the kind of wait that each asks for.

use std::time::Duration;

use super::UnreadableMessage;
use super::refusal::{self, RefusalKind};
use super::server_words;
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
    /// The server refused the password or token.
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
    /// The server refuses the account until something is done at the provider.
    #[error("{endpoint} refused the login of `{username}`: {said}; {advice}")]
    Account {
        /// Host and port.
        endpoint: String,
        /// The login name.
        username: String,
        /// The server's words.
        said: String,
        /// What to do.
        advice: &'static str,
    },
    /// The server refused the login in words that are not known. It may be the password, and it may be the server.
    #[error(
        "{endpoint} refused the login of `{username}`: {said}; if it stays so, see what the provider says of it, and check the keys username and {key} in [mailbox]"
    )]
    Unexplained {
        /// Host and port.
        endpoint: String,
        /// The login name.
        username: String,
        /// The key of the password or token.
        key: &'static str,
        /// The server's words.
        said: String,
    },
    /// The server refuses for the time being: too many connections, too much traffic, maintenance.
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
    /// A message is there, and does not come.
    #[error("message {uid} of the folder `{folder}` does not come: {said}")]
    Withheld {
        /// The folder as configured.
        folder: String,
        /// The message's UID.
        uid: u32,
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
    /// It was asked to stop before every folder was read to its end.
    #[error("asked to stop before it was read to its end")]
    Stopped,
    /// A panic while the server's answers were read.
    #[error(transparent)]
    Panicked(#[from] Panic),
    /// A batch could not be stored.
    #[error("cannot store what was read: {0}")]
    Intake(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The kind of a failure, by which the next attempt waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The program failed.
    Fault,
    /// The server is away, or the connection was lost.
    Away,
    /// It refuses for now: no time, no connection left, maintenance.
    Overloaded,
    /// It was asked for too much lately.
    Throttled,
    /// It refuses the account, or the login for a reason that is not known.
    Account,
    /// It refuses the password or token.
    Credentials,
}

impl Cause {
    /// Returns the wait after this failure, the `failures`-th of its kind in a row (from 1).
    pub(super) fn wait(self, failures: u32) -> Duration {
        let (first, factor, most) = match self {
            // Some sessions in a row may be needed to find the message at which it fails.
            Cause::Fault => (1_u64, 2_u64, 15),
            Cause::Away | Cause::Overloaded => (1, 2, 5 * 60),
            Cause::Throttled => (60, 2, 30 * 60),
            // What is not known may be a wrong password in words that nobody has listed: as seldom as that, and a minute
            // later at first, so that a look at midnight is not the one too many.
            Cause::Account => (60, 6, 60 * 60),
            // In case a password was just being changed 10 s, then 1 min, 6 min, 36 min, an hour: four attempts in ten
            // minutes are fewer than what locks an account or an address.
            Cause::Credentials => (10, 6, 60 * 60),
        };
        let steps = failures.saturating_sub(1).min(20);
        let seconds = first.saturating_mul(factor.saturating_pow(steps)).min(most);
        Duration::from_secs(seconds)
    }

    /// Returns true when it may be over at any moment, and asking again does no harm.
    pub(super) fn is_brief(self) -> bool {
        matches!(self, Cause::Fault | Cause::Away | Cause::Overloaded)
    }
}

impl ImapError {
    /// Makes the error for a login that was refused with these words; `bad` when the answer was BAD, which says that the
    /// server could not work on the command at all (RFC 9051 section 7.1.3).
    pub(super) fn login_refused(
        endpoint: &str,
        username: &str,
        key: &'static str,
        said: &str,
        bad: bool,
    ) -> Self {
        let meaning = RefusalKind::meaning_of(said);
        let (endpoint, username) = (endpoint.to_owned(), username.to_owned());
        let said = said.to_owned();
        match meaning {
            Some(RefusalKind::Throttled | RefusalKind::Overloaded) => {
                ImapError::Later { endpoint, said }
            }
            Some(RefusalKind::Account(advice)) => ImapError::Account {
                endpoint,
                username,
                said,
                advice,
            },
            Some(RefusalKind::Credentials) => ImapError::Credentials {
                endpoint,
                username,
                key,
                said,
            },
            None if bad => ImapError::Later { endpoint, said },
            None => ImapError::Unexplained {
                endpoint,
                username,
                key,
                said,
            },
        }
    }

    /// Returns what to do about an error whose own words do not tell, for who tries things out by hand.
    pub fn advice(&self) -> Option<&'static str> {
        match self {
            ImapError::Later { .. } => Some(
                "nothing to change: nikkan comes back by itself; if it stays so, see what the provider says of it",
            ),
            ImapError::Lost(_) => Some(
                "try again; if it stays so, check the keys host, port and tls in [mailbox], and see if the server is well",
            ),
            ImapError::Refused { .. } => {
                Some("see what the provider says of it; nikkan needs IMAP4rev1 (RFC 3501)")
            }
            _ => None,
        }
    }

    /// Returns true when the server refused the password or token, rather than the connection.
    pub fn is_credentials(&self) -> bool {
        self.cause() == Cause::Credentials
    }

    /// Returns the kind of the failure.
    pub(super) fn cause(&self) -> Cause {
        let pause = |said: &str, other| match RefusalKind::pause_in(said) {
            Some(RefusalKind::Throttled) => Cause::Throttled,
            _ => other,
        };
        match self {
            ImapError::Credentials { .. } => Cause::Credentials,
            ImapError::Account { .. } | ImapError::Unexplained { .. } => Cause::Account,
            ImapError::Later { said, .. } => pause(said, Cause::Overloaded),
            ImapError::Refused { said, .. } | ImapError::Lost(said) => pause(said, Cause::Away),
            other if other.is_own_fault() => Cause::Fault,
            _ => Cause::Away,
        }
    }

    /// Returns true where another password or token may help: there is none, or it was refused, perhaps in words that are not
    /// known.
    pub(super) fn is_about_the_secret(&self) -> bool {
        matches!(self, ImapError::Secret(_))
            || matches!(self.cause(), Cause::Credentials | Cause::Account)
    }

    /// Returns the message at which the intake panicked, if it did.
    pub(super) fn unreadable(&self) -> Option<&UnreadableMessage> {
        let ImapError::Intake(error) = self else {
            return None;
        };
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
        while let Some(error) = cause {
            if let Some(message) = error.downcast_ref() {
                return Some(message);
            }
            cause = error.source();
        }
        None
    }

    /// Returns true when the program failed, and not the server.
    pub(super) fn is_own_fault(&self) -> bool {
        matches!(self, ImapError::Panicked(_)) || self.unreadable().is_some()
    }

    /// Returns the wait that the server suggests, if its words do.
    pub(super) fn suggested_wait(&self) -> Option<Duration> {
        match self {
            ImapError::Later { said, .. }
            | ImapError::Credentials { said, .. }
            | ImapError::Account { said, .. }
            | ImapError::Unexplained { said, .. }
            | ImapError::Refused { said, .. }
            | ImapError::Lost(said) => refusal::suggested_wait(said),
            _ => None,
        }
    }

    /// Makes a [`ImapError::Intake`].
    pub(super) fn intake(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        ImapError::Intake(Box::new(error))
    }

    /// Makes a [`ImapError::Lost`] of words that came over the network or from a parser.
    pub(super) fn lost(cause: impl std::fmt::Display) -> Self {
        let text = cause.to_string();
        // The library shows what it cannot parse as a list of byte values, and then as text.
        let text = match text.split_once(" during parsing of ") {
            Some((_, line)) => format!("the server's words cannot be read: {line}"),
            None if text == "bytes remaining in stream" => {
                "the server closed it in the middle of an answer".to_owned()
            }
            None => text,
        };
        ImapError::Lost(server_words::cleaned(&text))
    }

    /// Adds to what a lost connection tells.
    pub(super) fn followed_by(self, more: &str) -> Self {
        match self {
            ImapError::Lost(said) => ImapError::Lost(said + more),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(said: &str, bad: bool) -> ImapError {
        ImapError::login_refused("imap.example:993", "reader", "password", said, bad)
    }

    #[test]
    fn only_a_wrong_password_is_called_one() {
        let told = |said, bad| refused(said, bad).to_string();
        assert_eq!(
            told("[AUTHENTICATIONFAILED] no", false),
            "imap.example:993 refused the login of `reader`: [AUTHENTICATIONFAILED] no; check the keys username and password in [mailbox]"
        );
        assert_eq!(
            told("Application-specific password required", false),
            "imap.example:993 refused the login of `reader`: Application-specific password required; make an app password in the account's settings and use that"
        );
        assert_eq!(
            told("Lockdown in sector 4", false),
            "imap.example:993 refuses for now: Lockdown in sector 4"
        );
        assert_eq!(
            told("what?", true),
            "imap.example:993 refuses for now: what?"
        );
        assert_eq!(
            told("what?", false),
            "imap.example:993 refused the login of `reader`: what?; if it stays so, see what the provider says of it, and check the keys username and password in [mailbox]"
        );
    }

    #[test]
    fn a_server_that_throttles_is_left_alone_whatever_it_refuses() {
        let lost = ImapError::lost("the server said goodbye: Request is throttled");
        let refused = ImapError::Refused {
            command: "UID FETCH",
            said: "[OVERQUOTA] Account exceeded command or bandwidth limits".into(),
        };
        assert_eq!(lost.cause(), Cause::Throttled);
        assert_eq!(refused.cause(), Cause::Throttled);
        assert_eq!(ImapError::lost("the server closed it").cause(), Cause::Away);
    }

    #[test]
    fn what_cannot_be_parsed_is_shown_as_text() {
        let error = ImapError::lost("io: Error { input: [52, 49] } during parsing of \"* 41 X\"");
        let shown = "connection lost: the server's words cannot be read: \"* 41 X\"";
        assert_eq!(error.to_string(), shown);
    }
}
