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

mod atom;
mod calendar;
mod index;
mod issue;
mod page;

pub use atom::{ENTRIES, feed};
pub use index::{index_page, try_template};
pub use issue::Issue;
pub use page::day_page;

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

#[cfg(test)]
mod tests;
