//! Sets what does not change while a connection is open, its log's keeping among it.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::archive::ArchiveError;
use crate::crash;

/// Interval at which a statement looks again whether another process still has the write lock.
const BUSY_LOOK: Duration = Duration::from_millis(1);

/// The number of looks, half a minute, after which a statement waits no longer for another process that writes.
const BUSY_LOOKS: i32 = 30_000;

/// Bytes that the log keeps on the disk when its pages are in the database.
const KEPT: u32 = 8 * 1024 * 1024;

/// Sets up a connection that writes.
///
/// # Errors
/// The file cannot be used.
pub(super) fn configure(connection: &mut Connection) -> Result<(), ArchiveError> {
    be_patient(connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Three announcements to a page rather than one: fewer writes. A file that exists keeps its own.
    connection.pragma_update(None, "page_size", 8192)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    // SQLite's own would let the log begin anew without a stamp.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "journal_size_limit", KEPT)?;
    // The first reading of a large folder inserts into several indexes at random: with the default of 2 MB their
    // pages are read again and again.
    connection.pragma_update(None, "cache_size", -3000)?;
    connection.set_prepared_statement_cache_capacity(64);
    if crash::is_planned() {
        connection.trace_v2(
            TraceEventCodes::SQLITE_TRACE_STMT | TraceEventCodes::SQLITE_TRACE_PROFILE,
            Some(count_step),
        )?;
    }
    Ok(())
}

/// Sets up a connection that only reads.
pub(super) fn configure_for_reading(connection: &mut Connection) -> rusqlite::Result<()> {
    be_patient(connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Lets statements wait for whoever else writes.
pub(super) fn be_patient(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_handler(Some(look_again))
}

/// Waits a moment for another process that writes; returns false when it has been long enough. SQLite's own handler sleeps up
/// to 100 ms between two looks, in which work in bulk has let go of the lock and taken it again.
fn look_again(looks: i32) -> bool {
    std::thread::sleep(BUSY_LOOK);
    looks < BUSY_LOOKS
}

/// Counts each statement as two steps of the crash test: before it, and after it.
fn count_step(event: TraceEvent<'_>) {
    match event {
        TraceEvent::Stmt(_, sql) => crash::step("before", sql),
        TraceEvent::Profile(statement, _) => crash::step("after", &statement.sql()),
        _ => {}
    }
}
