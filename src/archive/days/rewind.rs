//! Days that a clock ahead had sealed before they came: they are opened again. What was told stays told, and what was not yet
//! handed in is told by the digest of its day.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use super::seal::begin_editions_anew;
use crate::archive::store::rows::{micros, select};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// A digest of days that are not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedAhead {
    /// Its edition.
    pub edition: String,
    /// Its first day.
    pub since: Day,
    /// Its last day.
    pub day: Day,
    /// True when some reader was told of it, or may have been.
    pub told: bool,
}

/// What rewinding came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewound {
    /// The digests whose days are open again.
    pub digests: Vec<SealedAhead>,
    /// The editions that begin anew, with today.
    pub editions: Vec<String>,
    /// Announcements that were dated in the future and belong to today now.
    pub redated: usize,
}

/// A digest whose mail was taken, or may have been; one that was found again in the mailbox was.
const TOLD: &str = "d.compiled = '' OR EXISTS (
    SELECT 1 FROM queued_message m JOIN delivery v ON v.queued_message = m.id
    WHERE m.digest = d.id AND v.state IN ('sending', 'sent', 'uncertain', 'elsewhere'))";

impl Archive {
    /// Reads the digests that were sealed of days that are not over on `today`, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn sealed_ahead(&self, today: Day) -> Result<Vec<SealedAhead>, ArchiveError> {
        self.call(move |connection| {
            let ahead = ahead(connection, today)?;
            Ok(ahead.into_iter().map(|(_, digest)| digest).collect())
        })
        .await
    }

    /// Opens the days again that were sealed and are not over at `now`, and takes back what else a clock that was ahead has left:
    /// beginnings, dates, attempts and proofs of life in the future. The announcements of a digest that some reader was told of
    /// stay told, and its Message-ID is not used again; one that was told to nobody is cancelled.
    ///
    /// # Errors
    /// The archive cannot be written; nothing has changed then.
    pub async fn rewind(&self, now: Timestamp) -> Result<Rewound, ArchiveError> {
        self.write(move |transaction| {
            let today = Day::of(now);
            let ahead = ahead(transaction, today)?;
            for (id, digest) in &ahead {
                open_again(transaction, *id, digest.told)?;
            }
            let editions = begin_editions_anew(transaction, now, false)?;
            let redated = take_back_future(transaction, now)?;
            Ok(Rewound {
                digests: ahead.into_iter().map(|(_, digest)| digest).collect(),
                editions,
                redated,
            })
        })
        .await
    }

    /// Counts how often the day of an edition was sealed by a clock that was ahead: each time its digest had a Message-ID.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn times_rewound(&self, edition: &str, day: Day) -> Result<u32, ArchiveError> {
        let sql = "SELECT count(*) FROM digest WHERE edition = ?1 AND day = ?2 AND rewound = 1";
        let count = self
            .find(sql, (edition.to_owned(), day), |row| row.get(0))
            .await?;
        Ok(count.unwrap_or_default())
    }

    /// Reads the Message-IDs of the digests whose days were opened again: they say nothing of any day.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn rewound_message_ids(&self) -> Result<Vec<String>, ArchiveError> {
        self.select(
            "SELECT m.message_id FROM queued_message m JOIN digest d ON d.id = m.digest WHERE d.rewound = 1",
            [],
            |row| row.get(0),
        )
        .await
    }
}

/// Reads the digests of `today` and later with their numbers.
fn ahead(connection: &Connection, today: Day) -> Result<Vec<(i64, SealedAhead)>, ArchiveError> {
    select(
        connection,
        &format!(
            "SELECT d.id, d.edition, coalesce(d.since, d.day), d.day, {TOLD} FROM digest d
             WHERE d.rewound = 0 AND d.day >= ?1 ORDER BY d.day, d.edition"
        ),
        [today],
        |row| {
            let (id, edition, since, day, told) = row.try_into()?;
            let digest = SealedAhead {
                edition,
                since,
                day,
                told,
            };
            Ok((id, digest))
        },
    )
}

/// Opens the days of one digest again.
fn open_again(transaction: &Transaction<'_>, digest: i64, told: bool) -> Result<(), ArchiveError> {
    transaction.execute("UPDATE digest SET rewound = 1 WHERE id = ?1", [digest])?;
    if told {
        return Ok(());
    }
    transaction.execute(
        "DELETE FROM digest_announcement WHERE digest = ?1",
        [digest],
    )?;
    transaction.execute(
        "UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, waits_for_hand = 0,
            response = 'its days were opened again'
         WHERE state IN ('queued', 'deferred')
             AND queued_message IN (SELECT id FROM queued_message WHERE digest = ?1)",
        [digest],
    )?;
    Ok(())
}

/// Lets nothing that happened be later than `now`. Returns how many announcements belong to today instead of a later day.
fn take_back_future(transaction: &Transaction<'_>, now: Timestamp) -> Result<usize, ArchiveError> {
    let (today, at) = (Day::of(now), micros(now));
    for sql in [
        "DELETE FROM connected WHERE since > ?1",
        "UPDATE connected SET until = ?1 WHERE until > ?1",
        "UPDATE message SET stored_at = ?1 WHERE stored_at > ?1",
        "UPDATE queued_message SET queued_at = ?1 WHERE queued_at > ?1",
        "UPDATE delivery SET next_attempt_at = ?1 WHERE next_attempt_at > ?1",
        "UPDATE delivery SET last_attempt_at = ?1 WHERE last_attempt_at > ?1",
    ] {
        transaction.execute(sql, [at])?;
    }
    // A mail that is dated a few hours ahead is the next day's.
    let redated = transaction.execute(
        "UPDATE announcement SET day = ?1, at = ?2 WHERE day > ?3
         AND NOT EXISTS (SELECT 1 FROM digest_announcement d WHERE d.announcement = announcement.id)",
        params![today, at, today.next()],
    )?;
    Ok(redated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Lists;
    use crate::archive::tests::{at, batch, day, draft, names, sealing, to_seal};
    use crate::archive::{AttemptMark, AttemptResult, DeliveryState, RecoveredDigest};
    use crate::clock::Clock;
    use crate::mailbox::Intake as _;

    /// An archive in which the clock went from noon 200 days ahead and sealed what there was.
    async fn gone_ahead() -> (Archive, Clock) {
        let archive = Archive::in_memory().unwrap();
        let noon = at("2025-11-28T12:00:00Z");
        let clock = Clock::held(noon);
        archive.begin_edition("daily", noon).await.unwrap();
        let intake = archive.intake(Lists::built_in(), clock.clone());
        let one = draft("draft-a-morning-00", at("2025-11-28T09:00:00Z"));
        intake.store(batch(1..=1, vec![one], true)).await.unwrap();
        let last = day("2025-11-28").plus(200);
        let record = archive
            .record_to_seal("daily", day("2025-11-28"), last)
            .await
            .unwrap();
        let mut ahead = sealing("daily", &record);
        ahead.sealed_at = last.end();
        archive.seal(ahead).await.unwrap();
        (archive, clock)
    }

    async fn hand_in(archive: &Archive, now: Timestamp) {
        for due in archive.due_deliveries(Timestamp::MAX).await.unwrap() {
            archive.begin_attempts(vec![due.id], now).await.unwrap();
            let sent = AttemptResult {
                state: DeliveryState::Sent,
                response: "250 ok".into(),
                next_attempt: None,
                mark: AttemptMark::None,
            };
            archive.record_attempt(due.id, sent).await.unwrap();
        }
    }

    #[tokio::test]
    async fn days_to_come_are_open_again_and_what_was_told_stays_told() {
        let (archive, clock) = gone_ahead().await;
        hand_in(&archive, clock.now()).await;
        let today = Day::of(clock.now());
        assert!(
            archive
                .unsealed_days("daily", today.plus(5))
                .await
                .unwrap()
                .is_empty()
        );
        let rewound = archive.rewind(clock.now()).await.unwrap();
        assert!(rewound.digests[0].told && rewound.digests[0].day == today.plus(200));
        assert!(archive.sealed_ahead(today).await.unwrap().is_empty());
        assert_eq!(
            archive.unsealed_days("daily", today.next()).await.unwrap(),
            [today]
        );
        let intake = archive.intake(Lists::built_in(), clock.clone());
        let two = draft("draft-a-evening-00", at("2025-11-28T18:00:00Z"));
        intake.store(batch(2..=2, vec![two], true)).await.unwrap();
        let record = to_seal(&archive, "daily", today).await;
        assert_eq!(names(&record.announcements), ["draft:draft-a-evening-00"]);
        assert_eq!(archive.rewound_message_ids().await.unwrap().len(), 1);
        // Once is enough.
        assert_eq!(
            archive.rewind(clock.now()).await.unwrap(),
            Rewound::default()
        );
    }

    #[tokio::test]
    async fn what_nobody_was_told_of_is_told_by_the_digest_of_its_day() {
        let (archive, clock) = gone_ahead().await;
        let today = Day::of(clock.now());
        let rewound = archive.rewind(clock.now()).await.unwrap();
        assert!(!rewound.digests[0].told);
        assert!(
            archive
                .due_deliveries(Timestamp::MAX)
                .await
                .unwrap()
                .is_empty()
        );
        let record = to_seal(&archive, "daily", today).await;
        assert_eq!(names(&record.announcements), ["draft:draft-a-morning-00"]);
        assert_eq!(
            archive
                .times_rewound("daily", today.plus(200))
                .await
                .unwrap(),
            1
        );
    }

    #[tokio::test]
    async fn what_is_imported_of_a_day_that_was_opened_again_is_in_its_digest_and_asks_nothing() {
        let (archive, clock) = gone_ahead().await;
        hand_in(&archive, clock.now()).await;
        archive.rewind(clock.now()).await.unwrap();
        clock.set(at("2025-11-29T00:01:00Z"));
        let mail = draft("draft-a-imported-00", at("2025-11-28T14:00:00Z"));
        archive
            .import(vec![mail], &Lists::built_in(), clock.now())
            .await
            .unwrap();
        assert_eq!(archive.untold_imports().await.unwrap().count, 0);
        let record = to_seal(&archive, "daily", day("2025-11-28")).await;
        assert_eq!(names(&record.announcements), ["draft:draft-a-imported-00"]);
    }

    #[tokio::test]
    async fn a_backup_of_before_the_rewind_seals_nothing_when_its_day_comes() {
        let (archive, clock) = gone_ahead().await;
        let last = Day::of(clock.now()).plus(200);
        archive.rewind(clock.now()).await.unwrap();
        let told = || {
            let ahead = |sealed_at| RecoveredDigest {
                edition: "daily".into(),
                message_id: String::new(),
                day: last,
                since: None,
                sealed_at,
                contents: None,
            };
            vec![ahead(last.end()), ahead(last.start())]
        };
        for now in [clock.now(), clock.now(), last.plus(2).end()] {
            let new = archive.adopt_told(told(), now).await.unwrap();
            assert_eq!(new, [], "at {now}");
            assert_eq!(archive.times_rewound("daily", last).await.unwrap(), 2);
        }
    }
}
