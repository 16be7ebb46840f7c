//! What a language model wrote, so that it is asked once and the digest stays the same; and what was spent on it, so that
//! a restart does not begin to count anew.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Archive;
use super::ArchiveError;
use super::store::instants::micros;
use crate::clock::Day;

/// Which text: the same key, the same text.
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
    /// What kind of text.
    pub kind: String,
}

/// What was spent on one UTC day, or is about to be.
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
    /// The texts of `keys`, in their order. `None`: never written; `Some(None)`: refused twice.
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
            let mut found = Vec::with_capacity(keys.len());
            for key in &keys {
                let row = statement.query_row(
                    params![
                        key.document,
                        key.revision,
                        key.language,
                        key.model,
                        key.prompt,
                        key.kind
                    ],
                    |row| row.get(0),
                );
                found.push(row.optional()?);
            }
            Ok(found)
        })
        .await
    }

    /// Keeps texts. What is there already stays, so that a digest printed again says the same.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn store_model_texts(
        &self,
        texts: Vec<(ModelTextKey, Option<String>)>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            let transaction = connection.transaction()?;
            for (key, text) in &texts {
                transaction.execute(
                    "INSERT INTO model_text (document, revision, language, model, prompt, kind, text, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
                    params![
                        key.document,
                        key.revision,
                        key.language,
                        key.model,
                        key.prompt,
                        key.kind,
                        text,
                        micros(now)
                    ],
                )?;
            }
            Ok(transaction.commit()?)
        })
        .await
    }

    /// What was spent on `day`.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn spent(&self, day: Day) -> Result<ModelUsage, ArchiveError> {
        self.call(move |connection| read_spent(connection, day))
            .await
    }

    /// Counts a request before it is made, where that stays within `most`; whether it may be made. A crash in the middle
    /// leaves it counted.
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
            let so_far = read_spent(&transaction, day)?;
            let fits = so_far.requests.saturating_add(estimate.requests) <= most.requests
                && so_far.tokens.saturating_add(estimate.tokens) <= most.tokens
                && so_far.cost.saturating_add(estimate.cost) <= most.cost;
            if fits {
                add(
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

    /// Puts what was really spent in the place of what was reserved.
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
            add(
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

fn signed(number: u64) -> i64 {
    i64::try_from(number)
        .unwrap_or(i64::MAX / 4)
        .min(i64::MAX / 4)
}

fn read_spent(connection: &Connection, day: Day) -> Result<ModelUsage, ArchiveError> {
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

fn add(
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
        assert_eq!(archive.spent(day).await.unwrap(), real);
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
