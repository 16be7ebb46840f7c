//! Instants and days as columns hold them.

use jiff::Timestamp;

use crate::archive::ArchiveError;
use crate::clock::Day;

/// Returns the microseconds from 1970 to `instant`.
pub(in crate::archive) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// Returns the instant of a stored number; one out of range, which only a damaged file can hold, becomes 1970.
pub(in crate::archive) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Parses a stored day, `2025-11-28`.
///
/// # Errors
/// It is no day, which only a damaged file can hold.
pub(in crate::archive) fn read_day(text: &str) -> Result<Day, ArchiveError> {
    text.parse().map_err(ArchiveError::Content)
}
