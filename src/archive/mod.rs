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

use serde::Deserialize;

mod days;
mod error;
mod intake;
mod model;
mod queue;
mod readers;
mod search;
mod status;
mod store;
mod subscriptions;

pub use days::{
    Background, DayCount, DayRecord, EarlierRevision, PastDraft, RecoveredDigest, Rewound, Sealed,
    SealedAhead, Sealing, SilentList, ToldInFile, told_in_file,
};
pub use error::ArchiveError;
pub use intake::{ArchiveIntake, ClockDifference, ImportCount, ReparseCount, UntoldImports};
pub use model::{ModelTextKey, ModelUsage};
pub use queue::{
    AskedDeliveries, AttemptMark, AttemptResult, Bounce, DeliveryStanding, DeliveryState,
    DueNumber, ElsewhereDigest, FailedDelivery, MailObject, MessageKind, OutboxEntry,
    QueuedDelivery, Recipient, SentCopy, UncopiedDigest, WaitingDeliveries,
};
pub use readers::{
    ActiveReader, EditionReaders, KnownReader, ReaderChange, ReaderState, ReadersJudged,
    RefusedRequests, bounce_token, leave_token,
};
pub use status::{ArchiveStatus, FolderCursor, LastDigest, ListActivity};
pub use store::rows::StoredAnnouncement;
pub use store::{
    Archive, ArchiveIdentity, ArchiveSummary, BackupError, BackupMade, DaemonLock, Generation,
    LockHolder, NewestBackup, PreparedRestore, RestoreError, RestoredMark, examine_target,
    generations, newest_whole, set_aside, set_backups_aside, write_backup,
};
pub use subscriptions::{
    CONFIRMATION_PERIOD, PendingConfirmation, Subscription, SubscriptionAction, SubscriptionState,
};

/// The `[archive]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveSettings {
    /// The directory that holds `nikkan.db`; by default `$STATE_DIRECTORY`, which systemd sets.
    pub directory: Option<PathBuf>,
    /// The directory that a backup is written to each day.
    pub backup: Option<PathBuf>,
    /// The number of backups that are kept there.
    #[serde(default = "seven")]
    pub keep: usize,
}

impl Default for ArchiveSettings {
    fn default() -> Self {
        ArchiveSettings {
            directory: None,
            backup: None,
            keep: seven(),
        }
    }
}

fn seven() -> usize {
    7
}

#[cfg(test)]
mod tests;
