//! The SQLite file and how it is held: the thread that owns the connection, the lock, the schema, the WAL, backups, and
//! how instants, rows and messages stand in it.

mod apart;
mod batches;
mod directory;
mod identity;
mod migrations;
pub(super) mod packing;
mod precedence;
pub(super) mod rows;
mod thread;
pub(super) mod wal;

pub(super) use batches::TimedBatch;
pub use directory::DaemonLock;
pub use identity::ArchiveIdentity;
pub use thread::Archive;
pub(super) use thread::in_transaction;
