//! Prints the digests of an edition as a site: a page for each day with its neighbours, the list of all days as calendars,
//! and an Atom feed. Pure: the files are written by whoever asks, and nothing here knows of mail.
//!
//! ```
//! use nikkan::digest::{Digest, Language};
//! use nikkan::{editor, press::Press, site};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let day = "2025-11-28".parse()?;
//! let edited = editor::extract(Digest::empty(day, "daily", Language::En));
//!
//! let press = Press::default();
//! let page = site::day_page(&press, &edited, None, None)?;
//! assert!(page.contains("2025-11-28.json") && page.contains(site::FEED));
//! let list = site::index_page(&press, Language::En, &[site::Issue::of(&edited)])?;
//! assert!(list.contains(&site::page_name(day)));
//! # Ok(())
//! # }
//! ```

use crate::clock::Day;
use crate::editor::Edited;
use crate::press::localizer::Localizer;
use crate::press::page::{Nav, NavLink, Page};
use crate::press::{Press, PrintError};
use crate::wording::short_date;

mod atom;
mod index;

pub use atom::{ENTRIES, feed};
pub use index::{Issue, index_page, try_template};

/// The feed's file name, which every page links.
pub const FEED: &str = "feed.atom";
/// The name of the list of all days.
pub const INDEX: &str = "index.html";

/// Returns the name of a day's page.
pub fn page_name(day: Day) -> String {
    format!("{day}.html")
}

/// Returns the name of a day's JSON.
pub fn json_name(day: Day) -> String {
    format!("{day}.json")
}

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
    let mut page = Page::whole(edited);
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

#[cfg(test)]
mod tests;
