//! Failures of the file, sorted by what the operator has to do.

use std::path::PathBuf;

use rusqlite::ErrorCode;

use crate::mailbox::UnreadableMessage;
use crate::panics::Panic;

/// A failure of the archive. Nothing half is ever left: what was not committed is as if never begun.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The directory cannot be made or used.
    #[error(
        "cannot use the archive directory {path}: {cause}; check the key directory in [archive] and who owns it"
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Another process holds the archive.
    #[error(
        "process {holder} (`nikkan {command}`) already runs on the archive in {path}; stop it first, or give this one its own directory in [archive]"
    )]
    Held {
        /// The directory.
        path: PathBuf,
        /// The other process, as far as it says.
        holder: String,
        /// What it does, as it is typed: `run` is the daemon.
        command: String,
    },
    /// A newer nikkan wrote the file.
    #[error(
        "the archive has schema version {found}, this nikkan knows up to {known}; run a newer nikkan"
    )]
    Newer {
        /// The file's version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// There is no archive.
    #[error(
        "there is no archive in {path}; `nikkan run` and `nikkan import` make a new one, and `nikkan restore` puts a backup back"
    )]
    Missing {
        /// The directory.
        path: PathBuf,
    },
    /// What lies in the archive's place is something else.
    #[error(
        "{path} is no archive of nikkan: {what}; move it away or put a backup back (`nikkan restore`), or name another directory in [archive]"
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// A file that holds nothing lies in the archive's place.
    #[error(
        "{path} holds nothing ({what}), as no archive ever does: put a backup back (`nikkan restore`), or move the file away to begin anew"
    )]
    Empty {
        /// The file.
        path: PathBuf,
        /// What there is instead of an archive.
        what: String,
    },
    /// A journal that is not the file's lies beside it: opened with it, the file would be spoiled.
    #[error(
        "{journal} does not belong to the {file} beside it, which it would spoil: {why}; nothing was opened. If {file} was put back, move the journal away, or use `nikkan restore`; else put back the file that the journal belongs to"
    )]
    ForeignJournal {
        /// The journal.
        journal: PathBuf,
        /// The name of the file beside it.
        file: String,
        /// What shows it.
        why: String,
    },
    /// The file that was opened is not in its place any more.
    #[error(
        "the archive {path} was taken away while it was open: {what}; what is written now would be lost, so nothing more is done. Put it back and start again"
    )]
    Gone {
        /// Where it was.
        path: PathBuf,
        /// What there is now.
        what: String,
    },
    /// The file system lacks what SQLite needs.
    #[error(
        "{path} lies on a file system ({kind}) that gives no shared memory or no locks, without which SQLite cannot keep the archive safe: {cause}; name a directory on a local disk by the key directory in [archive]"
    )]
    Unsuitable {
        /// The directory.
        path: PathBuf,
        /// The kind, as mount(8) names it.
        kind: String,
        /// What SQLite said.
        cause: rusqlite::Error,
    },
    /// The file cannot even be read.
    #[error("cannot read the archive {path}: {cause}; run this as the service's user, or as root")]
    Shut {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        cause: rusqlite::Error,
    },
    /// No space.
    #[error(
        "the disk of the archive is full; free some space, nothing is lost and nikkan goes on by itself ({0})"
    )]
    Full(rusqlite::Error),
    /// The disk fails, or has no room for SQLite's own files.
    #[error(
        "the disk of the archive fails: {0}; look for errors of the disk and for free space, nikkan goes on by itself"
    )]
    Disk(rusqlite::Error),
    /// The file may not be written.
    #[error(
        "the archive cannot be written: {0}; check who owns nikkan.db and whether its file system is read-only"
    )]
    ReadOnly(rusqlite::Error),
    /// The file is damaged.
    #[error(
        "the archive nikkan.db is damaged: {0}; restore a backup, or move the file away and let nikkan read the mailbox again"
    )]
    Corrupt(rusqlite::Error),
    /// Another process holds a lock for too long.
    #[error("the archive is busy: {0}; another program has nikkan.db open")]
    Busy(rusqlite::Error),
    /// Something else that SQLite reports.
    #[error("the archive could not be used: {0}")]
    Sqlite(rusqlite::Error),
    /// A stored value cannot be read.
    #[error("the archive holds what this nikkan cannot read: {0}")]
    Content(String),
    /// A panic while the archive was read or written; what it was doing is as if never begun.
    #[error(transparent)]
    Panicked(#[from] Panic),
    /// A panic while one message was read.
    #[error("a message could not be read")]
    Unreadable(#[source] UnreadableMessage),
    /// The archive's thread has ended.
    #[error("the archive is closed")]
    Closed,
}

impl ArchiveError {
    /// Returns true when it may pass by itself: space may return, a file system may be made writable, another program may end.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            ArchiveError::Full(_)
                | ArchiveError::Disk(_)
                | ArchiveError::ReadOnly(_)
                | ArchiveError::Busy(_)
        )
    }
}

impl From<rusqlite::Error> for ArchiveError {
    fn from(error: rusqlite::Error) -> Self {
        if let rusqlite::Error::FromSqlConversionFailure(_, _, why) = error {
            return ArchiveError::Content(why.to_string());
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => ArchiveError::Full(error),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                ArchiveError::ReadOnly(error)
            }
            Some(ErrorCode::SystemIoFailure) => ArchiveError::Disk(error),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                ArchiveError::Corrupt(error)
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ArchiveError::Busy(error),
            _ => ArchiveError::Sqlite(error),
        }
    }
}

impl From<serde_json::Error> for ArchiveError {
    fn from(error: serde_json::Error) -> Self {
        ArchiveError::Content(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_at_which_reading_fails_is_the_errors_source() {
        let message = UnreadableMessage {
            uid: 7,
            said: "index out of bounds".into(),
        };
        let error = ArchiveError::Unreadable(message.clone());
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.downcast_ref(), Some(&message));
        assert!(!error.is_temporary());
    }
}
