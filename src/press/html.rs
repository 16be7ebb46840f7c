//! The digest as HTML that survives mail programs: tables and inline styles, nothing loaded from anywhere, and never
//! so large that a mail program cuts it off.

use super::PrintError;
use super::localizer::Localizer;
use super::page::{Level, Page};
use super::templates::{HTML, Templates};
use super::transfer::encoded_length;
use crate::editor::Edited;

/// The largest HTML part, in bytes as they travel, encoded. Gmail shows about 102 kB of a mail and hides the rest behind
/// a link; what a relay may add to a page (a footer) has to fit in between.
const LARGEST: usize = 98_000;

/// A digest fitted to a mail.
pub(super) struct Fitted {
    /// The page for plain text: condensed, but with every title whole.
    pub page: Page,
    /// The page as HTML.
    pub html: String,
}

/// Prints the digest as HTML, condensed as far as it must be.
pub(super) fn fit(templates: &Templates, edited: &Edited) -> Result<Fitted, PrintError> {
    let mut page = Page::of(edited);
    let mut html = templates.render(HTML, &page)?;
    if fits(&html) {
        return Ok(Fitted { page, html });
    }
    let whole = html.len();
    let localizer = Localizer(edited.digest.language);
    for level in [Level::Line, Level::News, Level::Lines] {
        page.condense(level, &localizer);
        // Titles and summaries are half of a page: eight times too much of it is not worth a try.
        if level != Level::Lines && whole > 8 * LARGEST {
            continue;
        }
        html = templates.render(HTML, &page)?;
        if fits(&html) {
            break;
        }
    }
    // Plain text is not cut off by anyone: it keeps whole titles when the HTML has no room for them.
    let mut linked = None;
    let mut steps = Level::AFTER_LINES.iter();
    while !fits(&html)
        && let Some(level) = steps.next()
    {
        let mut shorter = page.clone();
        shorter.condense(*level, &localizer);
        html = templates.render(HTML, &shorter)?;
        linked = Some(shorter);
    }
    if let Some(linked) = linked {
        page.link_as(&linked);
    }
    Ok(Fitted { page, html })
}

/// Returns true when the page is short enough, also in the form in which a mail carries it.
fn fits(html: &str) -> bool {
    html.len() <= LARGEST && encoded_length(html.to_owned()) <= LARGEST
}
