//! Keeps one mailbox read, without changing it. A message is handed to [`Intake`], and the cursor moves only when
//! that returns.

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::clock;
use crate::endpoint::{Endpoint, ServerKeys};
use crate::secret::LoginKeys;

mod append;
mod backoff;
mod clock_step;
mod connect;
mod error;
mod fetch;
mod fetch_result;
mod fetch_strategy;
mod filter;
mod folder;
mod greeting;
mod guard;
mod modified_utf7;
mod probe;
mod read_timeout;
mod sent;
mod session;
mod session_status;
mod sync;
mod watch;
mod watched_folders;
mod watcher_handle;

pub use append::append_message;
pub use error::ImapError;
pub use probe::{FolderProbe, MailboxProbe, SentFolderProbe, probe};
pub use sent::{read_sent_headers, wait_for_sent_headers};
pub use watch::{sync_once, watch};
pub use watcher_handle::{Phase, WatcherChannel, WatcherHandle, WatcherState, watcher_channel};

/// The `[mailbox]` table: where announcements arrive.
#[derive(Clone, Debug, Deserialize)]
pub struct MailboxSettings {
    /// The IMAP server; without `port` it is 993 with `tls = "implicit"`, else 143.
    #[serde(flatten)]
    pub server: ServerKeys,
    /// The account.
    #[serde(flatten)]
    pub login: LoginKeys<String>,
    /// The folders to watch.
    #[serde(default = "inbox")]
    pub folders: Vec<String>,
    /// Folder in which each sent digest is also stored.
    pub sent_folder: Option<String>,
    /// Longest silence before the connection must prove that it is alive.
    #[serde(default = "five_minutes", deserialize_with = "clock::span")]
    pub idle_refresh: Duration,
    /// How often to sync besides IDLE.
    #[serde(default = "quarter_of_an_hour", deserialize_with = "clock::span")]
    pub poll: Duration,
}

fn inbox() -> Vec<String> {
    vec!["INBOX".into()]
}

fn five_minutes() -> Duration {
    Duration::from_secs(5 * 60)
}

fn quarter_of_an_hour() -> Duration {
    Duration::from_secs(15 * 60)
}

impl MailboxSettings {
    /// `user@host`, the account's name in the archive.
    pub fn account(&self) -> String {
        format!("{}@{}", self.login.username, self.server.host)
    }

    /// The server that the keys name, with the port's default.
    pub fn endpoint(&self) -> Endpoint {
        self.server.endpoint(993, 143)
    }
}

/// How far one folder has been read: everything up to `last_uid` is in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The folder's name as configured.
    pub folder: String,
    /// The folder's UIDVALIDITY (RFC 9051 section 2.3.1.1): with another one, the UIDs mean other messages.
    pub uidvalidity: u32,
    /// The highest UID that was read; 0 where none was.
    pub last_uid: u32,
}

/// One message as the server gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// Its UID in the folder.
    pub uid: u32,
    /// When the server received it (INTERNALDATE), where it says so.
    pub received: Option<Timestamp>,
    /// The message, header and body; of a message over the size limit only the header and the first part.
    pub bytes: Vec<u8>,
}

/// Messages to be made safe together with the cursor behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The account the folder belongs to: `user@host`, so that one archive can outlive a change of servers.
    pub account: String,
    /// New messages of one folder, in ascending order of UID. May be empty when only the cursor moves.
    pub messages: Vec<RawMessage>,
    /// Where the cursor stands once all of them are safe.
    pub cursor: Cursor,
    /// Whether the folder is now read to its end: what follows is new mail, not history.
    pub caught_up: bool,
}

/// Takes messages and makes them safe. Implemented by the archive.
pub trait Intake: Send + Sync {
    /// Why something could not be stored.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns up to where `folder` of `account` has been read; `None` before its first message.
    fn cursor(
        &self,
        account: &str,
        folder: &str,
    ) -> impl Future<Output = Result<Option<Cursor>, Self::Error>> + Send;

    /// Stores a batch and moves the cursor, in one step. When the future returns, nothing of it can be lost.
    ///
    /// What needs no order, as parsing, should begin with the call, elsewhere: the next batch is handed over before this
    /// one is awaited, so that a large folder is fetched, parsed and stored at the same time.
    fn store(&self, batch: Batch) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Notes that the connection was proved alive from `since` to `until`, so that a silent day can say why
    /// nothing is wrong.
    fn note_alive(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
