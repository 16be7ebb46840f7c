//! The digest as HTML that survives mail programs: tables and inline styles, nothing loaded from anywhere.

use super::page::Page;
use super::{Error, templates};
use crate::editor::Edited;

/// The digest as HTML.
pub(super) fn print(edited: &Edited) -> Result<String, Error> {
    set(&Page::of(edited))
}

/// The page as HTML.
pub(super) fn set(page: &Page) -> Result<String, Error> {
    Ok(templates::render("digest.html.j2", page)?)
}
