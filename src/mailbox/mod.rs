//! Reads one mailbox by IMAP (RFC 9051) and watches it, without changing it. Messages are handed to an [`Intake`], and
//! the cursor moves only when they are stored.
//!
//! ```
//! use std::{convert::Infallible, sync::Mutex};
//!
//! use jiff::Timestamp;
//! use nikkan::clock::Clock;
//! use nikkan::mailbox::{self, Batch, Cursor, Intake, MailboxSettings, SetAside};
//! use tokio_util::sync::CancellationToken;
//!
//! /// Prints what arrives, and remembers up to where.
//! #[derive(Default)]
//! struct Printer(Mutex<Option<Cursor>>);
//!
//! impl Intake for Printer {
//!     type Error = Infallible;
//!
//!     async fn cursor(&self, _account: &str, _folder: &str) -> Result<Option<Cursor>, Infallible> {
//!         Ok(self.0.lock().unwrap().clone())
//!     }
//!
//!     async fn store(&self, batch: Batch) -> Result<(), Infallible> {
//!         for message in &batch.messages {
//!             println!("UID {}: {} bytes", message.uid, message.bytes.len());
//!         }
//!         *self.0.lock().unwrap() = Some(batch.cursor);
//!         Ok(())
//!     }
//!
//!     async fn note_alive(&self, _since: Timestamp, _until: Timestamp) -> Result<(), Infallible> {
//!         Ok(())
//!     }
//!
//!     async fn set_aside(&self, account: &str, message: SetAside) -> Result<(), Infallible> {
//!         println!("UID {} of {account} is left out: {}", message.uid, message.why);
//!         Ok(())
//!     }
//!
//!     async fn all_set_aside(&self, _account: &str, _folder: &str) -> Result<Vec<SetAside>, Infallible> {
//!         Ok(Vec::new())
//!     }
//! }
//!
//! async fn print_drafts(settings: &MailboxSettings) -> Result<(), mailbox::ImapError> {
//!     let lists = ["i-d-announce.ietf.org".to_owned()];
//!     let (printer, stop) = (Printer::default(), CancellationToken::new());
//!     mailbox::sync_once(settings, &lists, &Clock::system(), &printer, &stop).await?;
//!     Ok(())
//! }
//!
//! let keys = "host = 'imap.example.net'\nusername = 'reader'\npassword_file = '/run/password'";
//! let settings: MailboxSettings = toml::from_str(keys).unwrap();
//! assert_eq!(settings.account(), "reader@imap.example.net");
//! # let _ = print_drafts(&settings);
//! ```

use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::endpoint::{Endpoint, InProcess, ServerKeys};
use crate::secret::LoginKeys;

mod append;
mod back_off;
mod clock_step;
mod connect;
mod error;
mod fetch;
mod fetch_again;
mod fetch_bodies;
mod fetch_choice;
mod fetch_result;
mod fetch_strategy;
mod filter;
mod folder;
mod folder_fault;
mod greeting;
mod growth;
mod guard;
mod hint_pace;
mod idle_trials;
mod last_reading;
mod listing;
mod log_limit;
mod modified_utf7;
mod probe;
mod read_timeout;
mod rebuilt;
mod refusal;
mod relist;
mod returned;
mod sasl;
mod sent;
mod server_words;
mod session;
mod session_status;
mod sync;
mod uid_set;
mod watch;
mod watched_folder;
mod watched_folders;
mod watcher_handle;

pub use back_off::LOGINS_AN_HOUR;
pub use error::ImapError;
pub use last_reading::{LastReading, UnreadFolder};
pub use probe::{FolderProbe, MailboxProbe, SentFolderProbe, probe};
pub use returned::Arrivals;
pub use sent::{
    KEY_FIELD, SentFolder, read_sent_headers, read_sent_headers_since, wait_for_sent_headers,
};
pub use uid_set::{UidSet, UidSetError};
pub use watch::{sync_once, watch};
pub use watcher_handle::{
    HeardWords, Phase, ReadingLimits, WatcherChannel, WatcherHandle, WatcherState, watcher_channel,
};

/// The `[mailbox]` table: where announcements arrive.
#[derive(Clone, Debug, Deserialize)]
pub struct MailboxSettings {
    /// The IMAP server; without `port` it is 993 with `tls = "implicit"`, else 143.
    #[serde(flatten)]
    pub server: ServerKeys,
    /// The account.
    #[serde(flatten)]
    pub login: LoginKeys<String>,
    /// The address whose mail comes into the mailbox; by default the login name, where that is one.
    pub address: Option<String>,
    /// The folders to watch.
    #[serde(default = "inbox")]
    pub folders: Vec<String>,
    /// Folder in which each sent digest is also stored.
    pub sent_folder: Option<String>,
    /// Longest silence before the connection must prove that it is alive.
    #[serde(default = "five_minutes", deserialize_with = "clock::span")]
    pub idle_refresh: Duration,
    /// Interval of syncs besides IDLE.
    #[serde(default = "quarter_of_an_hour", deserialize_with = "clock::span")]
    pub poll: Duration,
    /// The server in this process that is meant instead, in tests.
    #[doc(hidden)]
    #[serde(skip)]
    pub in_process: Option<InProcess>,
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
    /// Returns `user@host`, the account's name in the archive.
    pub fn account(&self) -> String {
        format!("{}@{}", self.login.username, self.server.host)
    }

    /// Returns the address whose mail comes into the mailbox, where it is known.
    pub fn mail_address(&self) -> Option<&str> {
        let username = Some(self.login.username.as_str());
        let is_address = |name: &&str| name.split_once('@').is_some_and(|(_, at)| !at.is_empty());
        (self.address.as_deref()).or(username.filter(is_address))
    }

    /// Returns true when `folder` is one of those that are watched, in any case: INBOX is one folder however it is written (RFC
    /// 9051 section 5.1), and some servers treat all names so.
    pub fn watches(&self, folder: &str) -> bool {
        let is_it = |watched: &String| watched.eq_ignore_ascii_case(folder);
        self.folders.iter().any(is_it)
    }

    /// Returns the server that the keys name, with the port's default.
    pub fn endpoint(&self) -> Endpoint {
        self.server.endpoint(993, 143)
    }
}

/// The position up to which a folder has been read: everything up to `last_uid` is in the archive, was not wanted, was set
/// aside, or was not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The folder's name as configured.
    pub folder: String,
    /// The folder's UIDVALIDITY (RFC 9051 section 2.3.1.1): with another one, the UIDs mean other messages.
    pub uidvalidity: u32,
    /// The highest UID that was read; 0 before the first.
    pub last_uid: u32,
    /// The UIDs up to `last_uid` that were fetched, or not wanted by their own header. The others were not there, and are
    /// fetched if they show up; of the old ones that is not kept, and they count as settled.
    pub settled: UidSet,
}

impl Cursor {
    /// Makes a cursor with everything before it settled.
    pub fn new(folder: impl Into<String>, uidvalidity: u32, last_uid: u32) -> Self {
        Cursor {
            folder: folder.into(),
            uidvalidity,
            last_uid,
            settled: UidSet::up_to(last_uid),
        }
    }
}

/// One message as the server gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// Its UID in the folder.
    pub uid: u32,
    /// When the server received it (INTERNALDATE), if it says so.
    pub received: Option<Timestamp>,
    /// The message, header and body; of a message over the size limit only the header and the first part.
    pub bytes: Vec<u8>,
}

/// Messages to be made safe together with the cursor after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The account the folder belongs to: `user@host`, so that one archive can outlive a change of servers.
    pub account: String,
    /// New messages of one folder, in ascending order of UID. May be empty when only the cursor moves.
    pub messages: Vec<RawMessage>,
    /// Where the cursor stands once all of them are safe.
    pub cursor: Cursor,
    /// True when the folder is now read to its end: what follows is new mail, not history.
    pub caught_up: bool,
    /// UIDs that were set aside and are so no more, though no message came of them: not wanted after all, or gone.
    pub released: Vec<u32>,
}

/// A message that is left out of the reading: the server names it and does not give it, or the reading failed at it again
/// and again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetAside {
    /// The folder's name as configured.
    pub folder: String,
    /// The folder's UIDVALIDITY.
    pub uidvalidity: u32,
    /// The message's UID.
    pub uid: u32,
    /// What went wrong, for a person.
    pub why: String,
    /// The instant at which it was given up.
    pub at: Timestamp,
}

/// The panic of an [`Intake`] while it read one message: the source of its error, so that the message can be set aside and
/// the rest goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nikkan failed at the message with UID {uid}, by a fault of its own: {said}")]
pub struct UnreadableMessage {
    /// The message's UID.
    pub uid: u32,
    /// The panic's words.
    pub said: String,
}

/// Takes messages and makes them safe. Implemented by the archive.
pub trait Intake: Send + Sync {
    /// Why something could not be stored.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Returns the position up to which `folder` of `account` has been read; `None` before its first message.
    fn cursor(
        &self,
        account: &str,
        folder: &str,
    ) -> impl Future<Output = Result<Option<Cursor>, Self::Error>> + Send;

    /// Stores a batch and moves the cursor, in one step. When the future returns, nothing of it can be lost.
    ///
    /// Work that needs no order, as parsing, should begin with the call, elsewhere: the next batch is handed over before this
    /// one is awaited, so that a large folder is fetched, parsed and stored at the same time.
    fn store(&self, batch: Batch) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Notes that a message of `account` is left out, so that it is told and the rest goes on. A message that is stored after
    /// all is set aside no more.
    fn set_aside(
        &self,
        account: &str,
        message: SetAside,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Returns the messages of `folder` of `account` that are set aside, of whichever UIDVALIDITY, in ascending order of UID.
    fn all_set_aside(
        &self,
        account: &str,
        folder: &str,
    ) -> impl Future<Output = Result<Vec<SetAside>, Self::Error>> + Send;

    /// Notes that the connection was proved alive from `since` to `until`, so that a silent day can say why
    /// nothing is wrong.
    fn note_alive(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}
