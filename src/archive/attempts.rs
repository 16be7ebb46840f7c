//! Attempts to hand a mail in: what deliveries of digests and letters to lists have in common. Both tables have the same
//! columns for it.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::store::instants::micros;
use super::{ArchiveError, DeliveryState};

/// What is handed in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Table {
    Delivery,
    Letter,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Table::Delivery => "delivery",
            Table::Letter => "letter",
        }
    }

    /// Counts an attempt before it is made, so that a crash in the middle of one is seen.
    pub(super) fn begin(
        self,
        connection: &Connection,
        id: i64,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        connection.execute(
            &format!(
                "UPDATE {} SET state = 'sending', attempts = attempts + 1, last_attempt_at = ?2,
                    next_attempt_at = NULL WHERE id = ?1",
                self.name()
            ),
            params![id, micros(now)],
        )?;
        Ok(())
    }

    /// Records how an attempt ended.
    pub(super) fn settle(
        self,
        connection: &Connection,
        id: i64,
        state: DeliveryState,
        response: &str,
        next: Option<Timestamp>,
    ) -> Result<(), ArchiveError> {
        connection.execute(
            &format!(
                "UPDATE {} SET state = ?2, response = ?3, next_attempt_at = ?4 WHERE id = ?1",
                self.name()
            ),
            params![id, state.name(), response, next.map(micros)],
        )?;
        Ok(())
    }

    /// Attempts that a crash cut off are uncertain, and due at once; how many.
    pub(super) fn recover_interrupted(
        self,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<usize, ArchiveError> {
        Ok(connection.execute(
            &format!(
                "UPDATE {} SET state = 'uncertain', next_attempt_at = ?1,
                    response = 'interrupted: nikkan ended during the attempt' WHERE state = 'sending'",
                self.name()
            ),
            [micros(now)],
        )?)
    }
}
