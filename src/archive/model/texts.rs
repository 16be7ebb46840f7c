//! What a language model wrote, so that it is asked once and the digest stays the same.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::archive::store::instants::micros;
use crate::archive::{Archive, ArchiveError};

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

    /// Stores texts. What is there already stays, so that a digest printed again says the same.
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
}
