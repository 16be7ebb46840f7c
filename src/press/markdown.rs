//! The digest for posting. Escaped so that a title is only ever a title.

use super::page::Page;
use super::{Error, templates};
use crate::editor::Edited;

/// The digest as Markdown.
pub(super) fn print(edited: &Edited) -> Result<String, Error> {
    set(&Page::of(edited))
}

/// The page as Markdown.
pub(super) fn set(page: &Page) -> Result<String, Error> {
    Ok(templates::render("digest.md.j2", page)?)
}
