//! The digest for posting, whole or in numbered parts. Escaped so that a title is only ever a title.

use super::page::{Page, Voice};
use super::{Error, templates};
use crate::editor::Edited;

/// The digest as Markdown. Nothing cuts it off, so it is never condensed.
pub(super) fn print(edited: &Edited) -> Result<String, Error> {
    set(&Page::of(edited))
}

/// The digest as parts of at most `size` drafts each, with their numbers, counts and themes; hot topics stand in the
/// first part, RFCs, announcements of other kinds and the closing note in the last.
///
/// # Errors
/// A broken template.
pub fn markdown_parts(edited: &Edited, size: usize) -> Result<Vec<String>, Error> {
    let voice = Voice(edited.digest.language);
    let parts = Page::of(edited).parts(&voice, size);
    parts.iter().map(set).collect()
}

fn set(page: &Page) -> Result<String, Error> {
    Ok(templates::render("digest.md.j2", page)?)
}
