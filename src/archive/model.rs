//! What a language model wrote, so that it is asked once and the digest stays the same; and its use by day, so that a
//! restart does not begin to count anew.

use std::array;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};

use super::store::rows::micros;
use super::{Archive, ArchiveError};
use crate::clock::Day;

/// The key of a text: the same key, the same text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelTextKey {
    /// The draft's name, `rfc9872`, a theme's key, or `day`.
    pub document: String,
    /// The draft's revision, or the day; empty for an RFC.
    pub revision: String,
    /// The language's tag.
    pub language: String,
    /// The model's name.
    pub model: String,
    /// A hash of the instructions and the facts.
    pub prompt: [u8; 32],
    /// The kind of text: `summary`, `essay`, `title`.
    pub kind: String,
}

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
    /// Reads the texts of `keys`, in their order. `None`: never written; `Some(None)`: refused twice.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn model_texts(
        &self,
        keys: Vec<ModelTextKey>,
    ) -> Result<Vec<Option<Option<String>>>, ArchiveError> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT text FROM model_text WHERE document = ?1 AND revision = ?2 AND language = ?3
                 AND model = ?4 AND prompt = ?5 AND kind = ?6",
            )?;
            let mut text = |key: &ModelTextKey| {
                let found = statement.query_row(key.columns(), |row| row.get(0));
                Ok(found.optional()?)
            };
            keys.iter().map(&mut text).collect()
        })
        .await
    }

    /// Stores texts. What is there already stays, so that a digest printed again says the same.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn store_model_texts(
        &self,
        texts: Vec<(ModelTextKey, Option<String>)>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            for (key, text) in &texts {
                let text_and_time: [&dyn ToSql; 2] = [text, &micros(now)];
                transaction.execute(
                    "INSERT INTO model_text (document, revision, language, model, prompt, kind, text, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                    params_from_iter(key.columns().into_iter().chain(text_and_time)),
                )?;
            }
            Ok(())
        })
        .await
    }

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
        self.write(move |transaction| {
            let so_far = read_usage(transaction, day)?;
            let fits = so_far.requests.saturating_add(estimate.requests) <= most.requests
                && so_far.tokens.saturating_add(estimate.tokens) <= most.tokens
                && so_far.cost.saturating_add(estimate.cost) <= most.cost;
            if fits {
                add_usage(transaction, day, estimate.columns())?;
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
        let (estimate, real) = (estimate.columns(), real.columns());
        let more = array::from_fn(|column| real[column] - estimate[column]);
        self.call(move |connection| add_usage(connection, day, more))
            .await
    }
}

impl ModelTextKey {
    fn columns(&self) -> [&dyn ToSql; 6] {
        [
            &self.document,
            &self.revision,
            &self.language,
            &self.model,
            &self.prompt,
            &self.kind,
        ]
    }
}

impl ModelUsage {
    /// Returns requests, tokens and cost as columns take them, small enough to be added to others.
    fn columns(self) -> [i64; 3] {
        let signed = |number| i64::try_from(number).map_or(i64::MAX / 4, |it| it.min(i64::MAX / 4));
        [self.requests.into(), signed(self.tokens), signed(self.cost)]
    }
}

/// Reads what is counted for a day.
fn read_usage(connection: &Connection, day: Day) -> Result<ModelUsage, ArchiveError> {
    let unsigned = |number: i64| u64::try_from(number).unwrap_or(0);
    let row = connection.query_row(
        "SELECT requests, tokens, cost FROM model_usage WHERE day = ?1",
        [day],
        |row| {
            Ok(ModelUsage {
                requests: row.get(0)?,
                tokens: unsigned(row.get(1)?),
                cost: unsigned(row.get(2)?),
            })
        },
    );
    Ok(row.optional()?.unwrap_or_default())
}

/// Adds to the requests, tokens and cost that are counted for a day; never below zero.
fn add_usage(
    connection: &Connection,
    day: Day,
    [requests, tokens, cost]: [i64; 3],
) -> Result<(), ArchiveError> {
    connection.execute(
        "INSERT INTO model_usage (day, requests, tokens, cost) VALUES (?1, max(?2, 0), max(?3, 0), max(?4, 0))
         ON CONFLICT (day) DO UPDATE SET requests = max(requests + ?2, 0), tokens = max(tokens + ?3, 0),
         cost = max(cost + ?4, 0)",
        params![day, requests, tokens, cost],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(document: &str, prompt: u8) -> ModelTextKey {
        ModelTextKey {
            document: document.into(),
            revision: "00".into(),
            language: "ja".into(),
            model: "m".into(),
            prompt: [prompt; 32],
            kind: "summary".into(),
        }
    }

    #[tokio::test]
    async fn what_was_written_first_stays_and_another_prompt_is_another_text() {
        let archive = Archive::in_memory().unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let first = vec![(key("a", 1), Some("one".into())), (key("b", 1), None)];
        archive.store_model_texts(first, now).await.unwrap();
        let second = vec![(key("a", 1), Some("two".into()))];
        archive.store_model_texts(second, now).await.unwrap();
        let keys = vec![key("a", 2), key("b", 1), key("a", 1)];
        let found = archive.model_texts(keys).await.unwrap();
        assert_eq!(found, [None, Some(None), Some(Some("one".into()))]);
    }

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
