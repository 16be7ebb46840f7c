//! The editor that is configured.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Editor, EditorKind, EditorSettings, Extract};
use crate::archive::Archive;
use crate::clock::Clock;
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
    /// The keys of the API key cannot be used.
    #[error("[editor]: {0}")]
    Keys(#[from] KeyError),
    /// The connection to the service cannot be set up.
    #[error("[editor]: {0}")]
    Way(String),
}

/// Returns the editor of `settings`; without them, the extract. What it writes is remembered in `archive`.
///
/// # Errors
/// See [`EditorError`].
pub fn configured(
    settings: Option<&EditorSettings>,
    archive: &Archive,
    clock: &Clock,
) -> Result<Arc<dyn Editor>, EditorError> {
    match settings {
        Some(settings) if settings.kind == EditorKind::Llm => llm(settings, archive, clock),
        _ => Ok(Arc::new(Extract)),
    }
}

#[cfg(feature = "llm")]
fn llm(
    settings: &EditorSettings,
    archive: &Archive,
    clock: &Clock,
) -> Result<Arc<dyn Editor>, EditorError> {
    let editor = super::Llm::new(settings, archive.clone(), clock.clone())?;
    Ok(Arc::new(editor))
}

#[cfg(not(feature = "llm"))]
fn llm(_: &EditorSettings, _: &Archive, _: &Clock) -> Result<Arc<dyn Editor>, EditorError> {
    Err(EditorError::NotBuilt)
}

#[cfg(all(test, not(feature = "llm")))]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_was_not_built_in_is_told() {
        let settings =
            serde_json::json!({"kind": "llm", "base_url": "http://127.0.0.1:1/v1", "model": "m"});
        let settings: EditorSettings = serde_json::from_value(settings).unwrap();
        let archive = Archive::in_memory().unwrap();
        let opened = configured(Some(&settings), &archive, &Clock::system());
        let why = opened.err().unwrap().to_string();
        assert!(why.contains("built without the feature `llm`"), "{why}");
        assert!(configured(None, &archive, &Clock::system()).is_ok());
    }
}
