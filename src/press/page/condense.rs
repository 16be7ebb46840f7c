//! Makes a busy day's list shorter, step by step, until its HTML fits a mail. The lead stays as it is; every draft keeps at
//! least its title as long as titles alone fit.

use super::{Entry, Page};
use crate::press::clean;
use crate::press::localizer::Localizer;

/// Steps of shortening, by what is left of an entry, from most to least. The steps after [`Level::Lines`] each start from its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::press) enum Level {
    /// One line per document, with what it is about.
    Line,
    /// First versions say what they are about, the others who wrote them.
    News,
    /// Title and who.
    Lines,
    /// So much of the title, with its link.
    Linked(usize),
    /// So much of the title, with its link if it is a first version.
    Fresh(usize),
    /// So much of the title.
    Short(usize),
    /// As before, but at most so many per theme or section.
    Few(usize),
}

impl Level {
    /// The steps after [`Level::Lines`]. The last fits whatever comes: some 30 sections of 10 short lines.
    pub(in crate::press) const AFTER_LINES: [Level; 15] = [
        Level::Linked(72),
        Level::Linked(56),
        Level::Linked(40),
        Level::Fresh(72),
        Level::Fresh(56),
        Level::Fresh(40),
        Level::Short(80),
        Level::Short(60),
        Level::Short(48),
        Level::Short(36),
        Level::Few(400),
        Level::Few(200),
        Level::Few(80),
        Level::Few(30),
        Level::Few(10),
    ];
}

/// Characters of the title that are left of what is no draft of a theme.
const OTHERS: usize = 72;
/// Documents of one last call or decision that are left on a busy day.
const DOCUMENTS: usize = 5;

impl Page {
    /// Takes away what `level` has no room for.
    pub(in crate::press) fn condense(&mut self, level: Level, localizer: &Localizer) {
        self.busy = match level {
            Level::Line => None,
            Level::News => Some(localizer.say("busy-news")),
            Level::Few(_) => Some(localizer.say("busy-few")),
            _ => Some(localizer.say("busy-lines")),
        };
        self.whole = false;
        let drafts = self.themes.iter_mut().flat_map(|theme| &mut theme.entries);
        match level {
            Level::Line => {
                self.strip = None;
                self.closing.clear();
            }
            Level::News => drafts
                .filter(|draft| !draft.new && !draft.star)
                .for_each(Entry::bare),
            Level::Lines => {
                drafts.for_each(Entry::bare);
                let sections = self
                    .sections
                    .iter_mut()
                    .flat_map(|section| &mut section.entries);
                sections.for_each(|entry| entry.documents.truncate(DOCUMENTS));
            }
            Level::Linked(title) => drafts.for_each(|draft| draft.short(title)),
            Level::Fresh(title) => drafts.for_each(|draft| {
                draft.short(title);
                if !draft.new {
                    draft.url = None;
                }
            }),
            Level::Short(title) => {
                drafts.for_each(|draft| {
                    draft.short(title);
                    draft.url = None;
                });
                self.shorten_others();
            }
            Level::Few(most) => {
                self.condense(Level::Short(36), localizer);
                self.busy = Some(localizer.say("busy-few"));
                self.leave_few(most, localizer);
            }
        }
    }

    /// Takes over which entries lead somewhere: both parts of a mail have the same links.
    pub(in crate::press) fn link_as(&mut self, other: &Page) {
        let links: Vec<Option<String>> = other.entries().map(|entry| entry.url.clone()).collect();
        let themes = self.themes.iter_mut().flat_map(|theme| &mut theme.entries);
        let sections = self
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.entries);
        let own = self.rfcs.iter_mut().chain(themes).chain(sections);
        for (entry, url) in own.zip(links) {
            entry.url = url;
        }
    }

    /// Leaves at most so many entries in each theme and section.
    fn leave_few(&mut self, most: usize, localizer: &Localizer) {
        for theme in &mut self.themes {
            theme.more = leave(&mut theme.entries, most, theme.count, localizer);
        }
        for section in &mut self.sections {
            let count = section.entries.len();
            section.more = leave(&mut section.entries, most, count, localizer);
        }
        self.rfcs.truncate(most);
    }

    /// Leaves a line without a link of everything that is no draft of a theme.
    fn shorten_others(&mut self) {
        let sections = self
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.entries);
        for entry in self.rfcs.iter_mut().chain(sections) {
            entry.short(OTHERS);
            entry.documents.clear();
            entry.url = None;
        }
    }
}

/// Leaves `most` entries and says how many of `count` are missing.
fn leave(
    entries: &mut Vec<Entry>,
    most: usize,
    count: usize,
    localizer: &Localizer,
) -> Option<String> {
    entries.truncate(most);
    let missing = count - entries.len();
    (missing > 0).then(|| localizer.with("entries-more", &[("count", missing.into())]))
}

impl Entry {
    /// Leaves the title and who: the last that stands behind it.
    fn bare(&mut self) {
        self.line = self.who.clone().into_iter().collect();
        self.original = None;
    }

    /// Leaves the first `title` characters of the title.
    fn short(&mut self, title: usize) {
        self.line.clear();
        self.original = None;
        self.title = clean::cut(&self.title, title);
    }
}
