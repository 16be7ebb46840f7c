//! The one SQLite file: messages and what they announce, sealed days and their mails. Whatever must be true together is
//! written in one transaction here, and only here is SQL.
//!
//! ```
//! use nikkan::announcement::Lists;
//! use nikkan::archive::Archive;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let directory = tempfile::tempdir()?;
//! let archive = Archive::open(directory.path())?;
//! let mail = b"From: internet-drafts@ietf.org\r\n\
//!     Subject: I-D Action: draft-ietf-quic-multipath-00.txt\r\n\
//!     Date: Fri, 28 Nov 2025 09:00:00 +0000\r\n\
//!     List-Id: <i-d-announce.ietf.org>\r\n\r\n\
//!     Internet-Draft draft-ietf-quic-multipath-00.txt is now available.\r\n";
//! let now = "2025-11-28T12:00:00Z".parse()?;
//! let count = archive.import(vec![mail.to_vec()], &Lists::built_in(), now).await?;
//! assert_eq!(count.announcements, 1);
//!
//! let record = archive.record_of_day("2025-11-28".parse()?).await?;
//! assert_eq!(record.announcements[0].lists, ["i-d-announce"]);
//! archive.close().await;
//! # Ok(())
//! # }
//! ```

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Day;

mod attempts;
mod bounces;
mod days;
mod deliveries;
mod error;
mod intake;
mod letters;
mod model;
mod notes;
mod sealing;
mod search;
mod status;
mod store;
mod subscriptions;

pub use bounces::Bounce;
pub use days::{
    Background, DayCount, DayRecord, EarlierRevision, PastDraft, RecoveredDigest, SilentList,
};
pub use error::ArchiveError;
pub use intake::{ArchiveIntake, ImportCount, ReparseCount};
pub use letters::Letter;
pub use model::{ModelTextKey, ModelUsage};
pub use sealing::{Copy, Sealed};
pub use status::{ArchiveStatus, FolderCursor, LastDigest, ListActivity, Open};
pub use store::rows::StoredAnnouncement;
pub use store::{Archive, DaemonLock};
pub use subscriptions::{
    CONFIRMATION_PERIOD, PendingConfirmation, Subscription, SubscriptionAction, SubscriptionState,
};

/// The `[archive]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveSettings {
    /// The directory that holds `nikkan.db`; by default `$STATE_DIRECTORY`, which systemd sets.
    pub directory: Option<PathBuf>,
    /// The directory that a backup is written to each day.
    pub backup: Option<PathBuf>,
}

/// What is sealed: a compiled day, what is in it, and its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// The edition's name.
    pub edition: String,
    /// The day.
    pub day: Day,
    /// The first day of a digest that sums up several.
    pub since: Option<Day>,
    /// When.
    pub sealed_at: Timestamp,
    /// The compiled and edited digest as JSON, so that the day can be printed again byte for byte.
    pub compiled: String,
    /// The announcements in it, by the archive's number.
    pub announcements: Vec<i64>,
    /// The mail to send; `None` where an empty day is skipped.
    pub mail: Option<Parcel>,
}

/// A rendered mail and whom it goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// The envelope's sender, a bare address.
    pub sender: String,
    /// The envelope's recipients, bare addresses.
    pub recipients: Vec<String>,
    /// Header and body, with CRLF line ends.
    pub bytes: Vec<u8>,
}

/// One delivery that is to be made now: one mail to one recipient, so that one bad address neither stops the
/// others nor makes them get it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The delivery's number.
    pub id: i64,
    /// The edition's name.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// The envelope's sender.
    pub sender: String,
    /// The one recipient.
    pub recipient: String,
    /// Header and body, the same at each attempt.
    pub bytes: Vec<u8>,
    /// Attempts before this one.
    pub attempts: u32,
    /// When it was sealed.
    pub queued_at: Timestamp,
}

/// A delivery that was given up, and of which the operator was not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The delivery's number.
    pub delivery: i64,
    /// The digest's number.
    pub digest: i64,
    /// The edition's name.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The reader.
    pub recipient: String,
    /// Attempts made.
    pub attempts: u32,
    /// The server's last words.
    pub response: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Sealed, not tried yet.
    Queued,
    /// An attempt was begun and its end is not known: after a crash it counts as uncertain.
    Sending,
    /// The server took it.
    Sent,
    /// Put off; tried again.
    Deferred,
    /// The connection was lost when the server may have had it: tried again with the same Message-ID.
    Uncertain,
    /// Given up.
    Failed,
}

#[cfg(test)]
mod tests;
