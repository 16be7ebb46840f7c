//! The SQLite file and how it is held: the thread that owns the connection, the lock, the schema, the WAL, backups, and
//! how instants, rows and messages stand in it.

pub(super) mod instants;
mod lock;
mod migrations;
pub(super) mod packing;
pub(super) mod rows;
pub(super) mod thread;

pub use lock::DaemonLock;
pub use thread::Archive;
