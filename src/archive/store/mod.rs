//! The SQLite file and how it is held: the thread that owns the connection, the lock, the schema, the WAL, backups, and
//! how instants, rows and messages stand in it.

mod backup;
mod directory;
pub(super) mod instants;
mod lock;
mod migrations;
pub(super) mod packing;
pub(super) mod rows;
mod thread;
pub(super) mod wal;

pub use lock::DaemonLock;
pub use thread::Archive;
