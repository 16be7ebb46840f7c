//! The use of a language model, by day, so that a restart does not begin to count anew.

use rusqlite::{Connection, OptionalExtension, params};

use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// Use of a language model on one UTC day, made or about to be made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ModelUsage {
    /// Requests made.
    pub requests: u32,
    /// Tokens, those of questions and of answers.
    pub tokens: u64,
    /// Millionths of the currency of the price.
    pub cost: u64,
}

impl Archive {
    /// Counts a request before it is made, when that stays within `most`, and returns true when it may be made. A crash
    /// in the middle leaves it counted.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn reserve_model_usage(
        &self,
        day: Day,
        estimate: ModelUsage,
        most: ModelUsage,
    ) -> Result<bool, ArchiveError> {
        self.call(move |connection| {
            let transaction = connection.transaction()?;
            let so_far = read_usage(&transaction, day)?;
            let fits = so_far.requests.saturating_add(estimate.requests) <= most.requests
                && so_far.tokens.saturating_add(estimate.tokens) <= most.tokens
                && so_far.cost.saturating_add(estimate.cost) <= most.cost;
            if fits {
                add_usage(
                    &transaction,
                    day,
                    i64::from(estimate.requests),
                    signed(estimate.tokens),
                    signed(estimate.cost),
                )?;
                transaction.commit()?;
            }
            Ok(fits)
        })
        .await
    }

    /// Puts what was really used in the place of what was reserved.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn settle_model_usage(
        &self,
        day: Day,
        estimate: ModelUsage,
        real: ModelUsage,
    ) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            let more = |real: u64, estimate: u64| signed(real) - signed(estimate);
            add_usage(
                connection,
                day,
                i64::from(real.requests) - i64::from(estimate.requests),
                more(real.tokens, estimate.tokens),
                more(real.cost, estimate.cost),
            )
        })
        .await
    }
}

/// Returns a number as a column takes it, small enough to be added to another.
fn signed(number: u64) -> i64 {
    i64::try_from(number)
        .unwrap_or(i64::MAX / 4)
        .min(i64::MAX / 4)
}

/// Reads what is counted for a day.
fn read_usage(connection: &Connection, day: Day) -> Result<ModelUsage, ArchiveError> {
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let row = connection.query_row(
        "SELECT requests, tokens, cost FROM model_usage WHERE day = ?1",
        [day.to_string()],
        |row| {
            Ok(ModelUsage {
                requests: u32::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                tokens: unsigned(row.get(1)?),
                cost: unsigned(row.get(2)?),
            })
        },
    );
    Ok(row.optional()?.unwrap_or_default())
}

/// Adds to what is counted for a day; never below zero.
fn add_usage(
    connection: &Connection,
    day: Day,
    requests: i64,
    tokens: i64,
    cost: i64,
) -> Result<(), ArchiveError> {
    connection.execute(
        "INSERT INTO model_usage (day, requests, tokens, cost) VALUES (?1, max(?2, 0), max(?3, 0), max(?4, 0))
         ON CONFLICT (day) DO UPDATE SET requests = max(requests + ?2, 0), tokens = max(tokens + ?3, 0),
         cost = max(cost + ?4, 0)",
        params![day.to_string(), requests, tokens, cost],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn counted(archive: &Archive, day: Day) -> ModelUsage {
        let read = archive.call(move |connection| read_usage(connection, day));
        read.await.unwrap()
    }

    #[tokio::test]
    async fn nothing_is_spent_beyond_the_most_and_each_day_counts_for_itself() {
        let archive = Archive::in_memory().unwrap();
        let day: Day = "2025-11-28".parse().unwrap();
        let most = ModelUsage {
            requests: 3,
            tokens: 100,
            cost: 50,
        };
        let estimate = ModelUsage {
            requests: 1,
            tokens: 60,
            cost: 10,
        };
        assert!(
            archive
                .reserve_model_usage(day, estimate, most)
                .await
                .unwrap()
        );
        assert!(
            !archive
                .reserve_model_usage(day, estimate, most)
                .await
                .unwrap()
        );
        let real = ModelUsage {
            requests: 1,
            tokens: 30,
            cost: 5,
        };
        archive
            .settle_model_usage(day, estimate, real)
            .await
            .unwrap();
        assert_eq!(counted(&archive, day).await, real);
        assert!(
            archive
                .reserve_model_usage(day, estimate, most)
                .await
                .unwrap()
        );
        assert!(
            archive
                .reserve_model_usage(day.next(), estimate, most)
                .await
                .unwrap()
        );
    }
}
