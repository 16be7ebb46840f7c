//! The digest for a terminal and for the plain part of the mail: 72 columns, readable in mutt. Long addresses stand
//! on lines of their own and are never broken.

use super::page::Page;
use super::{Error, templates};
use crate::editor::Edited;

/// The digest as plain text.
pub(super) fn print(edited: &Edited) -> Result<String, Error> {
    set(&Page::of(edited))
}

/// The page as plain text.
pub(super) fn set(page: &Page) -> Result<String, Error> {
    Ok(templates::render("digest.txt.j2", page)?)
}
