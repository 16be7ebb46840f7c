//! The editor that is configured.

use std::sync::Arc;

use super::error::EditorError;
use super::{Editor, EditorKind, EditorSettings, Extract};
use crate::archive::Archive;
use crate::clock::Clock;

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
        settings => Ok(Arc::new(Extract::configured(settings)?)),
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
