//! What an import brings of days whose digest is sealed: it is in no digest, and nobody was told of it. It waits for a word
//! from whoever imported it, or for the mailbox to bring it.

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use super::writer::{MailSource, UNTOLD};
use crate::archive::store::rows::select;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// Names that are shown of them.
const SHOWN: i64 = 5;

/// Imported announcements of sealed days that are in no digest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UntoldImports {
    /// How many there are.
    pub count: u64,
    /// The first few, oldest first: the day, and the document or else the identity.
    pub some: Vec<(Day, String)>,
}

/// They are of a day that an edition has sealed, and in none of its digests. The spans are read once, and met by day: a digest's
/// `since` lies behind all its words.
const OPEN: &str = "WITH span AS MATERIALIZED (
        SELECT edition, coalesce(since, day) AS first, day AS last FROM digest WHERE rewound = 0
    ), sealed AS MATERIALIZED (
        SELECT DISTINCT u.day, s.edition FROM (SELECT DISTINCT day FROM announcement WHERE history = ?1) u
        JOIN span s ON u.day BETWEEN s.first AND s.last
    ), open AS (
        SELECT DISTINCT a.id, a.day, a.at, coalesce(a.document, a.identity) AS name
        FROM sealed s CROSS JOIN announcement a ON a.day = s.day AND a.history = ?1
        WHERE NOT EXISTS (
            SELECT 1 FROM digest_announcement h WHERE h.edition = s.edition AND h.announcement = a.id)
    )";

impl Archive {
    /// Reads what was imported of sealed days and is in no digest of theirs.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn untold_imports(&self) -> Result<UntoldImports, ArchiveError> {
        self.call(|connection| {
            let count: i64 = connection.query_row(
                &format!("{OPEN} SELECT count(*) FROM open"),
                [UNTOLD],
                |row| row.get(0),
            )?;
            Ok(UntoldImports {
                count: u64::try_from(count).unwrap_or_default(),
                some: first_few(connection)?,
            })
        })
        .await
    }

    /// Decides what becomes of the imports that were not told: late arrivals of the next digest, or history.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn settle_untold(&self, tell: bool) -> Result<(), ArchiveError> {
        self.execute(
            "UPDATE announcement SET history = ?2 WHERE history = ?1",
            (UNTOLD, i64::from(!tell)),
        )
        .await?;
        Ok(())
    }
}

fn first_few(connection: &Connection) -> Result<Vec<(Day, String)>, ArchiveError> {
    select(
        connection,
        &format!("{OPEN} SELECT day, name FROM open ORDER BY at, id LIMIT ?2"),
        params![UNTOLD, SHOWN],
        |row| row.try_into(),
    )
}

/// Returns what mails from files are at `now`.
pub(super) fn source(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> Result<MailSource, ArchiveError> {
    let first =
        transaction.query_row("SELECT min(first_day) FROM edition", [], |row| row.get(0))?;
    Ok(MailSource::Files {
        today: Day::of(now),
        first,
    })
}
