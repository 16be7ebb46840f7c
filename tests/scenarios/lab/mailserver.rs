//! What the servers of all families have in common, so that the same cases can run against each of them.

use super::dovecot::{Dovecot, PASSWORD, USER};
use super::imap_client::ImapClient;

/// A private server with one account.
pub trait Mailserver: Sized {
    /// Whether its mail is still there after a restart.
    const KEEPS: bool;
    /// True when mail that comes between a command and IDLE is told only after DONE.
    const TELLS_LATE: bool = false;
    /// What the names of all folders but INBOX begin with (RFC 2342).
    const PREFIX: &str = "";

    /// Why it cannot be had here, where that is nobody's fault.
    fn unavailable() -> Option<String> {
        None
    }

    fn start() -> Self;
    fn port(&self) -> u16;
    fn stop(&mut self);
    /// Again on the same port.
    fn restart(&mut self);

    /// A logged-in client of the lab's own.
    fn client(&self) -> ImapClient {
        let mut client = ImapClient::connect(self.port()).unwrap();
        client.log_in(USER, PASSWORD);
        client
    }

    /// Delivers messages to a folder, as received now.
    fn deliver(&self, folder: &str, messages: &[Vec<u8>]) {
        let mut client = self.client();
        for message in messages {
            client.append(folder, message);
        }
    }
}

impl Mailserver for Dovecot {
    const KEEPS: bool = true;

    fn start() -> Self {
        Dovecot::start()
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn stop(&mut self) {
        Dovecot::stop(self);
    }

    fn restart(&mut self) {
        Dovecot::restart(self);
    }
}
