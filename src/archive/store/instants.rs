//! Instants as the archive keeps them.

use jiff::Timestamp;

use crate::archive::ArchiveError;
use crate::clock::Day;

/// Microseconds since 1970.
pub(in crate::archive) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// The instant of a stored number; one out of range, which only a damaged file can hold, becomes 1970.
pub(in crate::archive) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(in crate::archive) fn read_day(text: &str) -> Result<Day, ArchiveError> {
    text.parse().map_err(ArchiveError::Content)
}
