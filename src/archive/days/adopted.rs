//! Digests that another machine handed in: their readers know what that one held, and what was sealed here follows it.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};

use super::recovery::{fingerprint, put_into_recovered_digests};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// Days back from a digest for which an announcement is looked for that is in none here: late arrivals are younger.
const LATE_DAYS: i64 = 35;

impl Archive {
    /// Makes the contents of the sealed digest that a queued message is those of the mail that its readers got from another
    /// machine. What that one lacked is a late arrival of the next digest here; what it held besides is told, also when it
    /// is stored only later. `contents` are fingerprints, or their beginnings.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn adopt_contents(
        &self,
        message: i64,
        contents: Vec<String>,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            let (digest, edition, day): (i64, String, Day) = transaction.query_row(
                "SELECT d.id, d.edition, d.day FROM queued_message m JOIN digest d ON d.id = m.digest WHERE m.id = ?1",
                [message],
                |row| row.try_into(),
            )?;
            let told: BTreeSet<&str> = contents.iter().map(String::as_str).collect();
            let lengths: BTreeSet<usize> = contents.iter().map(String::len).collect();
            let held = identities(
                transaction,
                "SELECT a.id, a.identity FROM digest_announcement h JOIN announcement a ON a.id = h.announcement
                 WHERE h.edition = ?1 AND h.digest = ?2",
                params![edition, digest],
            )?;
            for (announcement, identity) in held {
                let hash = fingerprint(&identity);
                let mut beginnings = lengths.iter().filter_map(|length| hash.get(..*length));
                if !beginnings.any(|beginning| told.contains(beginning)) {
                    transaction
                        .prepare_cached(
                            "DELETE FROM digest_announcement WHERE edition = ?1 AND announcement = ?2",
                        )?
                        .execute(params![edition, announcement])?;
                }
            }
            for hash in &contents {
                transaction
                    .prepare_cached(
                        "INSERT INTO recovered_content (edition, hash, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![edition, hash.as_bytes(), digest])?;
            }
            put_loose(transaction, &edition, day)
        })
        .await
    }
}

/// Puts what is in no digest of the edition, of `day` and the days before from which late arrivals come, into those found
/// again that held it.
pub(super) fn put_loose(
    transaction: &Transaction<'_>,
    edition: &str,
    day: Day,
) -> Result<(), ArchiveError> {
    let loose = identities(
        transaction,
        "SELECT a.id, a.identity FROM announcement a WHERE a.day BETWEEN ?1 AND ?2 AND NOT EXISTS
         (SELECT 1 FROM digest_announcement h WHERE h.edition = ?3 AND h.announcement = a.id)",
        params![day.plus(-LATE_DAYS), day, edition],
    )?;
    for (announcement, identity) in loose {
        put_into_recovered_digests(transaction, announcement, &identity)?;
    }
    Ok(())
}

fn identities(
    transaction: &Transaction<'_>,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<(i64, String)>, ArchiveError> {
    let mut statement = transaction.prepare_cached(sql)?;
    let rows = statement.query_map(values, |row| row.try_into())?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use crate::announcement::Lists;
    use crate::archive::Archive;
    use crate::archive::days::recovery::fingerprint;
    use crate::archive::tests::{at, batch, day, draft, names, sealing, to_seal};
    use crate::clock::Clock;
    use crate::mailbox::Intake as _;

    #[tokio::test]
    async fn what_the_readers_were_not_told_is_late_and_what_they_were_is_told() {
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held(at("2025-11-28T00:00:00Z"));
        archive.begin_edition("daily", clock.now()).await.unwrap();
        let intake = archive.intake(Lists::built_in(), clock.clone());
        let noon = at("2025-11-28T12:00:00Z");
        let mail = |name: &str| draft(name, noon);
        clock.set(noon);
        let both = vec![mail("draft-a-both-00"), mail("draft-a-ours-00")];
        intake.store(batch(1..=2, both, true)).await.unwrap();
        let record = to_seal(&archive, "daily", day("2025-11-28")).await;
        assert_eq!(record.announcements.len(), 2);
        clock.set(at("2025-11-29T00:00:05Z"));
        archive.seal(sealing("daily", &record)).await.unwrap();
        // It came here after the sealing, and there before.
        let theirs = vec![mail("draft-a-theirs-00")];
        intake.store(batch(3..=3, theirs, true)).await.unwrap();

        let told = [
            "draft:draft-a-both-00",
            "draft:draft-a-theirs-00",
            "draft:draft-a-slow-00",
        ];
        let told = told.map(|identity| fingerprint(identity)[..9].to_owned());
        let message = archive.due_deliveries(clock.now()).await.unwrap()[0].message;
        for _ in 0..2 {
            archive
                .adopt_contents(message, told.to_vec())
                .await
                .unwrap();
        }
        let slow = vec![mail("draft-a-slow-00"), mail("draft-a-last-00")];
        intake.store(batch(4..=5, slow, true)).await.unwrap();
        let next = to_seal(&archive, "daily", day("2025-11-29")).await;
        let mut late = names(&next.late);
        late.sort();
        assert_eq!(late, ["draft:draft-a-last-00", "draft:draft-a-ours-00"]);
    }
}
