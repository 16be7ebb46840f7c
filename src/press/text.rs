//! The digest for a terminal and for the plain part of the mail: 72 columns, readable in mutt. Long addresses stand
//! on lines of their own and are never broken.

use super::page::Page;
use super::templates::Templates;
use super::{PrintError, html};
use crate::editor::Edited;

/// Prints the digest as plain text, condensed when its HTML must be: both parts of a mail say the same.
pub(super) fn print(templates: &Templates, edited: &Edited) -> Result<String, PrintError> {
    set(templates, &html::fit(templates, edited)?.page)
}

/// Sets the page as plain text.
pub(super) fn set(templates: &Templates, page: &Page) -> Result<String, PrintError> {
    templates.render("digest.txt.j2", page)
}
