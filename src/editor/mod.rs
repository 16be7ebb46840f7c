//! Adds words, never facts: summaries, the reasons of hot topics, the closing note.
//!
//! ```
//! use nikkan::digest::{Digest, Evidence, Gist, HotTopic, Language};
//! use nikkan::editor;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut digest = Digest::empty("2025-11-28".parse()?, "daily", Language::En);
//! digest.hot_topics.push(HotTopic {
//!     document: "rfc9737".into(),
//!     title: "Reporting Errors in NFSv4.2 via LAYOUTRETURN".into(),
//!     reason: String::new(),
//!     with: Vec::new(),
//!     headline: Vec::new(),
//!     gist: Gist::default(),
//!     evidence: vec![Evidence::Published { number: 9737, status: None }],
//! });
//! let edited = editor::extract(digest);
//! assert_eq!(edited.digest.hot_topics[0].reason, "Published as RFC 9737.");
//! assert_eq!(edited.words.editor, "extract");
//! # Ok(())
//! # }
//! ```

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::digest::Digest;
use crate::secret::{Credential, KeyError, SecretKeys, SecretSource};

mod configured;
mod error;
mod extract;
mod gist;
#[cfg(feature = "llm")]
mod grounding;
mod headline;
mod japanese;
#[cfg(feature = "llm")]
mod llm;
mod sentence;
mod sentences;
mod summary;
mod titles;

pub use configured::configured;
pub use error::EditorError;
pub use extract::{Extract, extract, gist_lines};
pub use gist::{NoGist, Refusal, gist, topic};
pub use japanese::{Japanese, Unknown};
#[cfg(feature = "llm")]
pub use llm::{Llm, Trial};
pub use summary::summarise;

/// The `[editor]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EditorSettings {
    /// Which editor writes.
    pub kind: EditorKind,
    /// The endpoint of an OpenAI-compatible service.
    pub base_url: Option<String>,
    /// The model's name there.
    pub model: Option<String>,
    /// The name of a credential that systemd hands over, whose first line is the key.
    pub api_key_credential: Option<Credential>,
    /// File whose first line is the key.
    pub api_key_file: Option<PathBuf>,
    /// Command whose first line of output is the key.
    pub api_key_command: Option<Vec<String>>,
    /// A PEM file with certificates to trust besides the system's.
    pub ca_file: Option<PathBuf>,
    /// A file with terms for the Japanese edition, besides the built-in ones or in their place.
    pub glossary: Option<PathBuf>,
    /// A template of the instructions that replaces the built-in one.
    pub prompt: Option<PathBuf>,
    /// The time after midnight for which the digest waits for the editor.
    #[serde(deserialize_with = "clock::span")]
    pub deadline: Duration,
    /// The longest time that one request may take.
    #[serde(deserialize_with = "clock::span")]
    pub timeout: Duration,
    /// Requests that may be under way at once.
    pub concurrency: usize,
    /// Requests that may be made on one UTC day.
    pub requests_per_day: u32,
    /// Tokens that may be spent on one UTC day, those of questions and of answers.
    pub tokens_per_day: u64,
    /// The amount that may be spent on one UTC day, in the currency of `price`.
    pub cost_per_day: f64,
    /// The price of tokens.
    pub price: Price,
}

/// The price of a million tokens; 0 when nothing is paid for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Of the question.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

impl Default for EditorSettings {
    fn default() -> Self {
        EditorSettings {
            kind: EditorKind::default(),
            base_url: None,
            model: None,
            api_key_credential: None,
            api_key_file: None,
            api_key_command: None,
            ca_file: None,
            glossary: None,
            prompt: None,
            deadline: Duration::from_secs(5 * 60),
            timeout: Duration::from_secs(2 * 60),
            concurrency: 2,
            requests_per_day: 500,
            tokens_per_day: 1_000_000,
            cost_per_day: 1.0,
            price: Price::default(),
        }
    }
}

/// The `kind` key of `[editor]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EditorKind {
    /// Sentences taken from the abstracts, offline.
    #[default]
    Extract,
    /// A language model.
    Llm,
}

impl EditorSettings {
    /// Returns where the key comes from; `None` when the service needs none.
    ///
    /// # Errors
    /// More than one source, or one that cannot be used.
    pub fn api_key(&self) -> Result<Option<SecretSource>, KeyError> {
        let keys = SecretKeys {
            names: [
                "api_key_credential",
                "api_key_file",
                "api_key_command",
                "api_key",
            ],
            credential: self.api_key_credential.as_ref(),
            file: self.api_key_file.as_deref(),
            command: self.api_key_command.as_deref(),
            plain: None,
        };
        keys.source()
    }
}

/// Work of an editor.
pub type Writing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The part that may be written ahead of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ahead {
    /// The documents' summaries: they stay as they are when more documents come.
    Summaries,
    /// All of it: near the end of the day little changes any more.
    Whole,
}

/// Writes the words of a digest. It never fails: what it cannot write, the extract stands for.
pub trait Editor: Send + Sync {
    /// Returns true when it has something to write before a day is over. For one that has not, no day is compiled ahead.
    fn writes_ahead(&self) -> bool {
        false
    }

    /// Writes what it can of a day that is not over, and remembers it. Returns the time to wait before it is tried again, if
    /// something was left.
    fn prepare<'a>(
        &'a self,
        _: &'a Digest,
        _: Ahead,
        _: Timestamp,
    ) -> Writing<'a, Option<Duration>> {
        Box::pin(std::future::ready(None))
    }

    /// Writes until `until` and no longer; without it, only what is remembered is used, and nobody is asked.
    fn edit(&self, digest: Digest, until: Option<Timestamp>) -> Writing<'_, Edited>;
}

/// A digest with its words. This is what is sealed, stored and printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edited {
    /// The digest, its summaries and reasons filled in.
    pub digest: Digest,
    /// The words that belong to no single document.
    pub words: EditorNotes,
}

/// Words that belong to no single document; all in the edition's language, all untrusted like any other text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditorNotes {
    /// One sentence on the day that its facts prove.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
    /// Up to three lines that made one want to read on: only in digests that 0.1.0 sealed.
    pub teasers: Vec<String>,
    /// Longer explanations of hot topics, by document.
    pub essays: BTreeMap<String, String>,
    /// The closing note.
    pub closing: Option<String>,
    /// Which editor wrote: `extract`, or the model's name.
    pub editor: String,
    /// The number of texts that the editor did not deliver and the extract stands for.
    pub fallbacks: u32,
}
