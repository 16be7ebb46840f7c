//! The SQLite file and how it is held: what proves that it is ours, the thread that owns the connection, the lock, the
//! schema, the WAL, backups, and how instants, rows and messages stand in it.

mod apart;
mod backup;
mod batches;
mod connection;
mod creation;
mod directory;
mod file_system;
mod generations;
mod genuine;
mod identity;
mod journal_proof;
mod migrations;
pub(super) mod packing;
mod precedence;
mod presence;
mod reading;
mod restore;
pub(super) mod rows;
mod summary;
mod thread;
pub(super) mod wal;

pub use backup::{BackupError, BackupMade, examine_target, write_backup};
pub(super) use batches::TimedBatch;
pub use directory::{DaemonLock, LockHolder};
pub use generations::{Generation, NewestBackup, generations, newest_whole};
pub use identity::ArchiveIdentity;
pub(super) use restore::RESTORED_NOTE;
pub use restore::{PreparedRestore, RestoreError, RestoredMark, set_aside, set_backups_aside};
pub use summary::ArchiveSummary;
pub(super) use summary::open_with_journal;
pub use thread::Archive;
pub(super) use thread::in_transaction;

#[cfg(test)]
mod tests;
