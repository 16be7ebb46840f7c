//! Why an editor cannot be set up.

use std::path::PathBuf;

use crate::secret::KeyError;

/// Why the configured editor cannot work at all. Each message names the key to change.
#[derive(Debug, thiserror::Error)]
pub enum EditorError {
    /// This program was built without it.
    #[error(
        "this nikkan was built without the feature `llm`: set kind = \"extract\" in [editor], or build it with the feature"
    )]
    NotBuilt,
    /// A key that it needs is missing.
    #[error("[editor] with kind = \"llm\" needs the key `{0}`")]
    Missing(&'static str),
    /// The template of the instructions cannot be used.
    #[error("`prompt` in [editor]: {path}: {why}")]
    Prompt {
        /// The file as configured.
        path: PathBuf,
        /// The words for what is wrong with it.
        why: String,
    },
    /// The glossary cannot be used.
    #[error("`glossary` in [editor]: {0}")]
    Glossary(String),
    /// The keys of the API key cannot be used.
    #[error("[editor]: {0}")]
    Keys(#[from] KeyError),
    /// The connection to the service cannot be set up.
    #[error("[editor]: {0}")]
    Way(String),
}
