//! The one SQLite file. Whatever must be true together is written in one transaction here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::announcement::Draft;
use crate::clock::Day;

mod attempts;
mod bounces;
mod days;
mod deliveries;
mod error;
mod intake;
mod letters;
mod sealing;
mod search;
mod status;
mod store;
mod subscriptions;
mod written;

pub use bounces::Bounce;
pub use days::{RecoveredDigest, SilentList};
pub use error::ArchiveError;
pub use intake::{ArchiveIntake, ImportCount, ReparseCount};
pub use letters::Letter;
pub use sealing::{Copy, Sealed};
pub use status::{ArchiveStatus, FolderCursor, LastDigest, ListActivity, Open};
pub use store::rows::StoredAnnouncement;
pub use store::{Archive, DaemonLock};
pub use subscriptions::{
    CONFIRMATION_PERIOD, PendingConfirmation, Subscription, SubscriptionAction, SubscriptionState,
};
pub use written::{ModelTextKey, ModelUsage};

/// The `[archive]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveSettings {
    /// The directory that holds `nikkan.db`; by default `$STATE_DIRECTORY`, which systemd sets.
    pub directory: Option<PathBuf>,
    /// The directory that a copy is written to each day.
    pub backup: Option<PathBuf>,
}

/// An earlier revision of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRevision {
    /// Two digits.
    pub revision: String,
    /// The day it was announced.
    pub day: Day,
}

/// How much was announced on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Distinct drafts.
    pub drafts: u32,
    /// RFCs.
    pub rfcs: u32,
    /// All announcements.
    pub announcements: u32,
}

/// All that the archive knows for the digest of one day: its own announcements, the late ones, and the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRecord {
    /// The day.
    pub day: Day,
    /// The first day of a record that sums up several; `None` for one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// What was announced on it, by time, then by number.
    pub announcements: Vec<StoredAnnouncement>,
    /// What belongs to an earlier, sealed day and is in no digest of this edition yet.
    pub late: Vec<StoredAnnouncement>,
    /// The earlier revisions of each draft in `announcements` and `late`, by draft name, oldest first.
    pub earlier: BTreeMap<String, Vec<EarlierRevision>>,
    /// What happened before to the drafts named in this day's announcements: their last calls, actions and RFCs.
    pub milestones: BTreeMap<String, Vec<StoredAnnouncement>>,
    /// Counts of the 30 days before, oldest first, days with nothing included; shorter where the archive is younger.
    /// Where several days are summed up, each of them is among these.
    pub past: Vec<DayCount>,
    /// The newest draft or RFC announcement before this day.
    pub last_before: Option<Timestamp>,
    /// For how long of this day the connection to the mailbox was proved alive.
    pub connected: Duration,
    /// The lists that had fallen silent when the day was over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<SilentList>,
    /// What the days before were about.
    #[serde(default)]
    pub background: Background,
}

/// What stands behind a day: the drafts of the 30 days before, and what was announced of holidays and closed
/// submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// Oldest first; where there are very many, the newest.
    pub drafts: Vec<PastDraft>,
    /// Notices that may tell why a day is silent, of the hundred days up to this one, oldest first.
    pub notices: Vec<StoredAnnouncement>,
}

/// A draft of an earlier day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastDraft {
    /// The day it was announced.
    pub day: Day,
    /// What was announced.
    pub draft: Draft,
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
