//! Adds words, never facts: summaries, the reasons of hot topics, the closing note.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::digest::Digest;
use crate::secret::Source;

mod extract;
mod sentences;

pub use extract::extract;
pub use sentences::summarise;

/// The `[editor]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which editor writes.
    #[serde(default)]
    pub kind: Kind,
    /// The endpoint of an OpenAI-compatible service.
    pub base_url: Option<String>,
    /// The model's name there.
    pub model: Option<String>,
    /// File whose first line is the key.
    pub api_key_file: Option<PathBuf>,
    /// Command whose first line of output is the key.
    pub api_key_command: Option<Vec<String>>,
    /// How long after midnight the digest waits for the editor.
    #[serde(default = "five_minutes", deserialize_with = "clock::span")]
    pub deadline: Duration,
}

fn five_minutes() -> Duration {
    Duration::from_secs(5 * 60)
}

/// The `kind` key of `[editor]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Sentences taken from the abstracts, offline.
    #[default]
    Extract,
    /// A language model.
    Llm,
}

impl Settings {
    /// Where the key comes from; `None` where the service needs none.
    ///
    /// # Errors
    /// More than one source, as a sentence that names the keys.
    pub fn api_key(&self) -> Result<Option<Source>, String> {
        Source::from_keys(
            "api_key",
            self.api_key_file.as_deref(),
            self.api_key_command.as_deref(),
            None,
        )
    }
}

/// A digest with its words. This is what is sealed, stored and printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// The digest, its summaries and reasons filled in.
    pub digest: Digest,
    /// What belongs to no single document.
    pub words: Words,
}

/// Words that belong to no single document; all in the edition's language, all untrusted like any other text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Up to three lines that make one want to read on.
    pub teasers: Vec<String>,
    /// Longer explanations of hot topics, by document.
    pub essays: BTreeMap<String, String>,
    /// The closing note.
    pub closing: Option<String>,
    /// Which editor wrote: `extract`, or the model's name.
    pub editor: String,
    /// How many items the editor did not deliver and the extract stands for.
    pub fallbacks: u32,
}
