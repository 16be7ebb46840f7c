//! New mail is a witness of this machine's clock: its server says when it came. Nothing can have come later than now, and what
//! arrives while the mailbox is watched came a moment ago; a difference that stays the same is one of the two clocks'.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use crate::archive::{Archive, ArchiveError};
use crate::mail::relayed_at;
use crate::mailbox::RawMessage;

/// The name of the note.
const NOTE: &str = "clock_witness";
/// Clocks that differ by less are told to agree: a mail may be on its way for minutes.
const AGREE: i64 = 15 * 60;
/// Arrivals in a row that must be as old as each other before the clock counts as ahead: one alone may have been slow, or
/// moved into the folder by hand.
const ARRIVALS: usize = 3;

/// The difference between this machine's clock and the mail server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockDifference {
    /// When it was seen last, by this machine's clock.
    pub at: Timestamp,
    /// The seconds that this machine is ahead; negative when it is behind.
    pub ahead: i64,
}

/// What the last arrivals have told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Witness {
    /// The ages at which the last arrivals were read, in seconds, as long as they are much the same.
    ages: Vec<i64>,
    difference: Option<ClockDifference>,
}

impl Witness {
    /// Takes in the date that a server told, when it was `now` here: nothing was on its way.
    fn hear(&mut self, told: Timestamp, now: Timestamp) {
        let ahead = now.duration_since(told).as_secs();
        self.ages.clear();
        self.conclude((ahead.abs() >= AGREE).then_some(ahead), now);
    }

    /// Takes in one more arrival, stamped at `stamp` and read at `now`; `live` when the folder was watched.
    fn add(&mut self, stamp: Timestamp, now: Timestamp, live: bool) {
        let age = now.duration_since(stamp).as_secs();
        let ahead = if age < -AGREE {
            // It cannot come from the future.
            self.ages.clear();
            Some(age)
        } else if !live {
            return;
        } else if age < AGREE {
            self.ages.clear();
            None
        } else {
            self.ages.retain(|other| (other - age).abs() < AGREE);
            self.ages.push(age);
            let surplus = self.ages.len().saturating_sub(ARRIVALS);
            self.ages.drain(..surplus);
            match self.ages.len() < ARRIVALS {
                true => return,
                false => Some(age),
            }
        };
        self.conclude(ahead, now);
    }

    /// Notes how far this machine is ahead, and tells what is new of that.
    fn conclude(&mut self, ahead: Option<i64>, now: Timestamp) {
        let new = ahead.map(|ahead| ClockDifference { at: now, ahead });
        match (self.difference, new) {
            (None, Some(ClockDifference { ahead, .. })) => {
                warn!("{}", said(ahead));
            }
            (Some(_), None) => info!("this machine's clock and the mail server's agree again"),
            _ => {}
        }
        self.difference = new;
    }
}

/// Says how the clocks differ.
fn said(ahead: i64) -> String {
    let by = SignedDuration::from_secs(ahead.saturating_abs());
    let (hours, minutes) = (by.as_hours(), by.as_mins() % 60);
    let side = if ahead < 0 { "behind" } else { "ahead of" };
    format!(
        "this machine's clock is {hours} h {minutes} min {side} the mail server's, by what that says; set the one that is wrong, best by a time server"
    )
}

impl ClockDifference {
    /// Returns it in words, with what to do.
    pub fn said(&self) -> String {
        said(self.ahead)
    }
}

/// Returns when the newest of these messages came, by the server's stamps; `None` where these contradict each other.
pub(super) fn newest_stamp(messages: &[RawMessage]) -> Option<Timestamp> {
    let newest = messages.iter().filter(|message| message.received.is_some());
    let newest = newest.max_by_key(|message| message.received)?;
    let received = newest.received?;
    let agrees = |relayed: Timestamp| {
        relayed.duration_since(received).abs() < SignedDuration::from_secs(AGREE)
    };
    relayed_at(&newest.bytes)
        .is_none_or(agrees)
        .then_some(received)
}

/// Takes in the stamp of an arrival.
pub(super) fn note(
    transaction: &Transaction<'_>,
    stamp: Timestamp,
    now: Timestamp,
    live: bool,
) -> Result<(), ArchiveError> {
    change(transaction, |witness| witness.add(stamp, now, live))
}

fn change(
    transaction: &Transaction<'_>,
    take_in: impl FnOnce(&mut Witness),
) -> Result<(), ArchiveError> {
    let text: Option<String> = transaction
        .prepare_cached("SELECT text FROM note WHERE name = ?1")?
        .query_row([NOTE], |row| row.get(0))
        .optional()?;
    let before = text.and_then(|text| serde_json::from_str(&text).ok());
    let before: Witness = before.unwrap_or_default();
    let mut after = before.clone();
    take_in(&mut after);
    if after != before {
        transaction.execute(
            "INSERT INTO note (name, text) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET text = excluded.text",
            params![NOTE, serde_json::to_string(&after)?],
        )?;
    }
    Ok(())
}

impl Archive {
    /// Takes in the date that a server told of itself, when it was `now` here.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn note_server_date(
        &self,
        told: Timestamp,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| change(transaction, |witness| witness.hear(told, now)))
            .await
    }

    /// Reads how this machine's clock differed from the mail server's when mail arrived last; `None` while they agree.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn clock_difference(&self) -> Result<Option<ClockDifference>, ArchiveError> {
        let note = self.daemon_note(NOTE).await?;
        let witness: Option<Witness> = note.and_then(|text| serde_json::from_str(&text).ok());
        Ok(witness.and_then(|witness| witness.difference))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Lists;
    use crate::archive::tests::{batch, draft};
    use crate::clock::Clock;
    use crate::mailbox::Intake as _;

    /// Lets mails arrive, each stamped by a server whose clock is right, read by a clock that is `ahead` hours.
    async fn difference(ahead: &[i64]) -> Option<i64> {
        let archive = Archive::in_memory().unwrap();
        let mut now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let clock = Clock::held_as_system(now);
        let intake = archive.intake(Lists::built_in(), clock.clone());
        intake.store(batch(1..=1, Vec::new(), true)).await.unwrap();
        for (uid, ahead) in (2..).zip(ahead) {
            now += SignedDuration::from_mins(3);
            clock.set(now + SignedDuration::from_hours(*ahead));
            let mail = draft(&format!("draft-a-number{uid}-00"), now);
            let mut arrived = batch(uid..=uid, vec![mail], true);
            arrived.messages[0].received = Some(now - SignedDuration::from_secs(2));
            intake.store(arrived).await.unwrap();
        }
        let found = archive.clock_difference().await.unwrap();
        found.map(|difference| difference.ahead / 3600)
    }

    #[tokio::test]
    async fn a_clock_that_is_wrong_is_found_out_by_the_mail_that_arrives() {
        assert_eq!(difference(&[0, 0, 0]).await, None);
        assert_eq!(difference(&[9, 9, 9]).await, Some(9));
        assert_eq!(difference(&[0, 9600, 9600, 9600, 9600]).await, Some(9600));
        assert_eq!(difference(&[-9]).await, Some(-8));
        // Slow mails, or moved ones, are of different ages; and a clock that was set is right.
        assert_eq!(difference(&[9, 30, 700]).await, None);
        assert_eq!(difference(&[9, 9, 9, 0]).await, None);
        assert_eq!(difference(&[-9, 0]).await, None);
    }

    #[tokio::test]
    async fn a_date_that_a_server_tells_is_a_witness_at_once() {
        let archive = Archive::in_memory().unwrap();
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        for (hours, ahead) in [(0, None), (9, Some(9)), (-9, Some(-9)), (0, None)] {
            let told = now - SignedDuration::from_hours(hours);
            archive.note_server_date(told, now).await.unwrap();
            let found = archive.clock_difference().await.unwrap();
            assert_eq!(found.map(|found| found.ahead / 3600), ahead);
        }
    }

    #[test]
    fn stamps_that_contradict_each_other_are_no_witness() {
        let received = "2026-11-28T12:00:00Z".parse().ok();
        let message = |relayed: &str| RawMessage {
            uid: 1,
            received,
            bytes: format!("Received: from a by b; {relayed}\r\nSubject: x\r\n\r\n").into_bytes(),
        };
        let right = message("Sat, 28 Nov 2026 11:59:58 +0000");
        assert_eq!(newest_stamp(&[right]), received);
        let wrong = message("Thu, 26 Nov 2026 11:59:58 +0000");
        assert_eq!(newest_stamp(&[wrong]), None);
        assert_eq!(newest_stamp(&[]), None);
    }
}
