//! When an edition began, and which of its days are sealed.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::archive::store::instants::{micros, read_day};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

impl Archive {
    /// Begins an edition with the day of `now`, unless it has begun: its digests start with that day.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn begin_edition(&self, name: &str, now: Timestamp) -> Result<(), ArchiveError> {
        let name = name.to_owned();
        self.call(move |connection| {
            connection.execute(
                "INSERT INTO edition (name, first_day, begun_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![name, Day::of(now).to_string(), micros(now)],
            )?;
            Ok(())
        })
        .await
    }

    /// Reads the days of an edition before `before` that are not sealed, oldest first. A clock that went back reopens none.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn unsealed_days(
        &self,
        edition: &str,
        before: Day,
    ) -> Result<Vec<Day>, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            let next: Option<String> = connection
                .query_row(
                    "SELECT coalesce(
                        (SELECT date(max(day), '+1 day') FROM digest WHERE edition = ?1),
                        (SELECT first_day FROM edition WHERE name = ?1))",
                    [edition],
                    |row| row.get(0),
                )
                .optional()?
                .flatten();
            let mut days = Vec::new();
            let mut day = match next {
                Some(text) => read_day(&text)?,
                None => return Ok(days),
            };
            while day < before {
                days.push(day);
                day = day.next();
            }
            Ok(days)
        })
        .await
    }

    /// Reads the days of the sealed digest that has `day`, first and last; `None` when it is not sealed.
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

    /// Reads the days of each sealed digest of an edition, first and last, oldest first.
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
}

fn texts(row: &Row<'_>) -> rusqlite::Result<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn span((since, day): (String, String)) -> Result<(Day, Day), ArchiveError> {
    Ok((read_day(&since)?, read_day(&day)?))
}
