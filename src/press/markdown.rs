//! The digest for posting, whole or in numbered parts. Escaped so that a title is only ever a title.

use super::PrintError;
use super::localizer::Localizer;
use super::page::Page;
use super::templates::Templates;
use crate::editor::Edited;

/// Prints the digest as Markdown. Nothing cuts it off, so it is never condensed.
pub(super) fn print(templates: &Templates, edited: &Edited) -> Result<String, PrintError> {
    set(templates, &Page::of(edited))
}

/// Prints the digest as parts of at most `size` drafts each.
pub(super) fn parts(
    templates: &Templates,
    edited: &Edited,
    size: usize,
) -> Result<Vec<String>, PrintError> {
    let localizer = Localizer(edited.digest.language);
    let parts = Page::of(edited).parts(&localizer, size);
    parts.iter().map(|page| set(templates, page)).collect()
}

fn set(templates: &Templates, page: &Page) -> Result<String, PrintError> {
    templates.render("digest.md.j2", page)
}
