//! A day as a page of the site: the whole digest, with links to the digests before and after it.

use super::{FEED, INDEX, json_name, page_name};
use crate::clock::Day;
use crate::editor::Edited;
use crate::press::localizer::Localizer;
use crate::press::page::{Nav, NavLink, Page};
use crate::press::{Press, PrintError};
use crate::wording::short_date;

/// Prints a day's page, whole, with links to the digests before and after it.
///
/// # Errors
/// A template that fails on this digest.
pub fn day_page(
    press: &Press,
    edited: &Edited,
    previous: Option<Day>,
    next: Option<Day>,
) -> Result<String, PrintError> {
    let localizer = Localizer(edited.digest.language);
    let link = |day: Day| NavLink {
        label: short_date(localizer.0, day.date()),
        url: page_name(day),
    };
    let mut page = Page::of(edited);
    page.sheet = true;
    page.nav = Some(Nav {
        all: NavLink {
            label: localizer.say("site-all"),
            url: INDEX.into(),
        },
        previous: previous.map(link),
        next: next.map(link),
        json: json_name(edited.digest.date),
        feed: FEED,
    });
    press.render("digest.html.j2", &page)
}
