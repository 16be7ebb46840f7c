//! Deliveries: what is due, what was begun, how it ended.

use jiff::{SignedDuration, Timestamp};
use rusqlite::TransactionBehavior;

use super::attempts::Table;
use super::sealing::{Sort, queue};
use super::store::instants::read_day;
use super::store::instants::{instant, micros};
use super::{Archive, ArchiveError, DeliveryState, Due, GivenUp, Parcel};

impl DeliveryState {
    /// The name in the file and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Queued => "queued",
            DeliveryState::Sending => "sending",
            DeliveryState::Sent => "sent",
            DeliveryState::Deferred => "deferred",
            DeliveryState::Uncertain => "uncertain",
            DeliveryState::Failed => "failed",
        }
    }

    pub(super) fn named(name: &str) -> Result<Self, ArchiveError> {
        [
            DeliveryState::Queued,
            DeliveryState::Sending,
            DeliveryState::Sent,
            DeliveryState::Deferred,
            DeliveryState::Uncertain,
            DeliveryState::Failed,
        ]
        .into_iter()
        .find(|state| state.name() == name)
        .ok_or_else(|| ArchiveError::Content(format!("a delivery in the state `{name}`")))
    }
}

/// No wait is longer than this: an attempt that is due later was planned before the clock was set back.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

fn far(now: Timestamp) -> Timestamp {
    now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX)
}

impl Archive {
    /// The deliveries to be made now, oldest mail first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn due(&self, now: Timestamp) -> Result<Vec<Due>, ArchiveError> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT v.id, d.edition, d.day, m.message_id, m.sender, v.recipient, m.bytes, v.attempts, m.queued_at
                 FROM delivery v JOIN mail m ON m.id = v.mail JOIN digest d ON d.id = m.digest
                 WHERE v.next_attempt_at <= ?1 OR v.next_attempt_at > ?2 ORDER BY m.id, v.id",
            )?;
            let mut rows = statement.query([micros(now), micros(far(now))])?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()? {
                due.push(Due {
                    id: row.get(0)?,
                    edition: row.get(1)?,
                    day: read_day(&row.get::<_, String>(2)?)?,
                    message_id: row.get(3)?,
                    sender: row.get(4)?,
                    recipient: row.get(5)?,
                    bytes: row.get(6)?,
                    attempts: row.get(7)?,
                    queued_at: instant(row.get(8)?),
                });
            }
            Ok(due)
        })
        .await
    }

    /// When the next attempt is due; `None` where nothing waits.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.call(|connection| {
            let next: Option<i64> = connection.query_row(
                "SELECT min(next_attempt_at) FROM delivery WHERE next_attempt_at IS NOT NULL",
                [],
                |row| row.get(0),
            )?;
            Ok(next.map(instant))
        })
        .await
    }

    /// Counts an attempt before it is made, so that a crash in the middle of one is seen.
    ///
    /// # Errors
    /// The archive cannot be written; the attempt must not be made then.
    pub async fn begin_attempt(&self, delivery: i64, now: Timestamp) -> Result<(), ArchiveError> {
        self.call(move |connection| Table::Delivery.begin(connection, delivery, now))
            .await
    }

    /// Records how an attempt ended.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn settle(
        &self,
        delivery: i64,
        state: DeliveryState,
        response: &str,
        next: Option<Timestamp>,
    ) -> Result<(), ArchiveError> {
        let response = response.to_owned();
        self.call(move |connection| {
            Table::Delivery.settle(connection, delivery, state, &response, next)
        })
        .await
    }

    /// Attempts that a crash cut off: the server may have the mail. They are uncertain, and due at once.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn recover_interrupted(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        self.call(move |connection| {
            let found = Table::Delivery.recover_interrupted(connection, now)?;
            Table::Letter.recover_interrupted(connection, now)?;
            Ok(found as u64)
        })
        .await
    }

    /// Deliveries that were given up and of which the operator was not told, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn given_up(&self) -> Result<Vec<GivenUp>, ArchiveError> {
        self.call(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT v.id, d.id, d.edition, d.day, v.recipient, v.attempts, v.response
                 FROM delivery v JOIN mail m ON m.id = v.mail JOIN digest d ON d.id = m.digest
                 WHERE v.state = 'failed' AND v.operator_told = 0 AND m.notice = 0 ORDER BY v.id",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(GivenUp {
                    delivery: row.get(0)?,
                    digest: row.get(1)?,
                    edition: row.get(2)?,
                    day: read_day(&row.get::<_, String>(3)?)?,
                    recipient: row.get(4)?,
                    attempts: row.get(5)?,
                    response: row.get(6)?,
                });
            }
            Ok(found)
        })
        .await
    }

    /// Queues the operator's mail and notes that these deliveries are told of; `None` where nobody can be told.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn note_told(
        &self,
        deliveries: Vec<i64>,
        mail: Option<Parcel>,
        digest: i64,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for delivery in deliveries {
                transaction.execute(
                    "UPDATE delivery SET operator_told = 1 WHERE id = ?1",
                    [delivery],
                )?;
            }
            if let Some(mail) = &mail {
                queue(&transaction, digest, mail, now, Sort::Notice)?;
            }
            transaction.commit()?;
            Ok(())
        })
        .await
    }
}
