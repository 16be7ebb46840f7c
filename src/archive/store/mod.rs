//! The SQLite file and how it is held: what proves that it is ours, the thread that owns the connection, the lock, the
//! schema, the WAL, backups, and how instants, rows and messages stand in it.

mod apart;
mod batches;
mod connection;
mod creation;
mod directory;
mod file_system;
mod genuine;
mod identity;
mod journal_proof;
mod migrations;
pub(super) mod packing;
mod precedence;
mod presence;
mod reading;
pub(super) mod rows;
mod thread;
pub(super) mod wal;

pub(super) use batches::TimedBatch;
pub use directory::{DaemonLock, LockHolder};
pub use identity::ArchiveIdentity;
pub use thread::Archive;
pub(super) use thread::in_transaction;

#[cfg(test)]
mod tests;
