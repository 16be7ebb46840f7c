//! Which days the archive knows, and which of them a digest covers together.

use rusqlite::{OptionalExtension, Row, params};

use crate::archive::store::instants::read_day;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

impl Archive {
    /// The days of the sealed digest that has `day`, first and last; `None` where it is not sealed.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn sealed_span(
        &self,
        edition: &str,
        day: Day,
    ) -> Result<Option<(Day, Day)>, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            let found = connection
                .query_row(
                    "SELECT coalesce(since, day), day FROM digest
                     WHERE edition = ?1 AND ?2 BETWEEN coalesce(since, day) AND day",
                    params![edition, day.to_string()],
                    texts,
                )
                .optional()?;
            found.map(span).transpose()
        })
        .await
    }

    /// The days of each sealed digest of an edition, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn sealed_spans(&self, edition: &str) -> Result<Vec<(Day, Day)>, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT coalesce(since, day), day FROM digest WHERE edition = ?1 ORDER BY day",
            )?;
            let rows = statement.query_map([edition], texts)?;
            rows.map(|row| span(row?)).collect()
        })
        .await
    }

    /// The days on which anything was announced, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn announced_days(&self) -> Result<Vec<Day>, ArchiveError> {
        self.call(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT DISTINCT day FROM announcement ORDER BY day")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.map(|day| read_day(&day?)).collect()
        })
        .await
    }
}

fn texts(row: &Row<'_>) -> rusqlite::Result<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn span((since, day): (String, String)) -> Result<(Day, Day), ArchiveError> {
    Ok((read_day(&since)?, read_day(&day)?))
}
