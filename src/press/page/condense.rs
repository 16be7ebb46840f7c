//! Makes a busy day's page shorter, step by step, until its HTML fits a mail. Hot topics and what the reader watches
//! go last; every draft keeps at least its name as long as names alone fit.

use super::{Entry, Page};
use crate::press::clean;
use crate::press::localizer::Localizer;

/// Steps of shortening, by what is left of an entry, from most to least. The steps after [`Level::Lines`] each start from its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::press) enum Level {
    /// Title, name and summary.
    Brief,
    /// Title, name and summary of first versions, one line per other draft.
    News,
    /// One line per draft: title, and the name with its link.
    Lines,
    /// One line per draft: so much of the title, and the name with its link.
    Linked(usize),
    /// One line per draft: so much of the title, and the name, with its link if it is a first version.
    Fresh(usize),
    /// One line per draft: so much of the title, and the name.
    Short(usize),
    /// One line per draft: the name, and for a first version so much of the title.
    Named(usize),
    /// As before, but at most so many per theme or section.
    Few(usize),
}

impl Level {
    /// The steps after [`Level::Lines`]. The last fits whatever comes: some 30 sections of 10 short lines.
    pub(in crate::press) const AFTER_LINES: [Level; 19] = [
        Level::Linked(56),
        Level::Linked(40),
        Level::Fresh(72),
        Level::Fresh(60),
        Level::Fresh(48),
        Level::Fresh(36),
        Level::Short(80),
        Level::Short(60),
        Level::Short(48),
        Level::Short(36),
        Level::Named(72),
        Level::Named(54),
        Level::Named(36),
        Level::Named(0),
        Level::Few(400),
        Level::Few(200),
        Level::Few(80),
        Level::Few(30),
        Level::Few(10),
    ];
}

/// Watched documents that are shown whole on a busy day.
const WATCHED: usize = 12;
/// Characters of the title that are left of what is no draft of a theme.
const OTHERS: usize = 72;
/// A section of more entries than this has one line for each on a busy day.
const SECTION: usize = 12;

impl Page {
    /// Takes away what `level` has no room for.
    pub(in crate::press) fn condense(&mut self, level: Level, localizer: &Localizer) {
        let key = match level {
            Level::Brief => "busy-brief",
            Level::News => "busy-news",
            _ => "busy-lines",
        };
        self.busy = Some(localizer.say(key));
        let drafts = self.themes.iter_mut().flat_map(|theme| &mut theme.entries);
        match level {
            Level::Brief => {
                drafts.for_each(Entry::brief);
                self.watched.iter_mut().skip(WATCHED).for_each(Entry::brief);
            }
            Level::News => {
                drafts.filter(|draft| !draft.new).for_each(Entry::line);
                self.lines_only = true;
                self.news_told = true;
                let whole = self.watched.len().min(WATCHED);
                self.watched_lines = self.watched.split_off(whole);
                self.watched_lines.iter_mut().for_each(Entry::line);
            }
            Level::Lines => {
                drafts.for_each(Entry::line);
                self.news_told = false;
                for section in &mut self.sections {
                    section.lines = section.entries.len() > SECTION;
                    section.entries.iter_mut().for_each(Entry::brief);
                }
            }
            Level::Linked(title) => drafts.for_each(|draft| draft.short(title)),
            Level::Named(title) => {
                drafts.for_each(|draft| draft.short(if draft.new { title } else { 0 }));
                self.shorten_others();
            }
            Level::Fresh(title) => drafts.for_each(|draft| {
                draft.short(title);
                if !draft.new {
                    draft.url = None;
                }
            }),
            Level::Short(title) => {
                drafts.for_each(|draft| draft.short(title));
                self.shorten_others();
            }
            Level::Few(most) => {
                self.condense(Level::Named(0), localizer);
                self.leave_few(most, localizer);
            }
        }
    }

    /// Leaves at most so many entries in each theme and section, and the least of each hot topic.
    fn leave_few(&mut self, most: usize, localizer: &Localizer) {
        for theme in &mut self.themes {
            theme.more = leave(&mut theme.entries, most, theme.count, localizer);
        }
        for section in &mut self.sections {
            let count = section.entries.len();
            section.more = leave(&mut section.entries, most, count, localizer);
        }
        self.watched.truncate(most);
        self.watched_lines.truncate(most);
        self.rfcs.truncate(most);
        for topic in &mut self.hot {
            topic.reason.truncate(1);
            topic.what.truncate(1);
            topic.links.clear();
            topic.with.truncate(3);
        }
    }

    /// Leaves a line without a link of everything that is no draft of a theme.
    fn shorten_others(&mut self) {
        self.linked = false;
        let watched = self.watched.iter_mut().chain(&mut self.watched_lines);
        let sections = self.sections.iter_mut().flat_map(|section| {
            section.lines = true;
            &mut section.entries
        });
        let others = watched.chain(&mut self.rfcs).chain(sections);
        others.for_each(|entry| entry.short(OTHERS));
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
    /// Title, name and summary.
    fn brief(&mut self) {
        self.history = None;
        self.meta.clear();
        self.notes.clear();
        self.related.clear();
        self.related_more = None;
        self.documents.truncate(5);
        self.links.clear();
        self.summary.truncate(1);
    }

    /// Title and name.
    fn line(&mut self) {
        self.brief();
        self.summary.clear();
    }

    /// Name and the first `title` characters of the title; without a name, the title is all there is.
    fn short(&mut self, title: usize) {
        self.line();
        self.documents.clear();
        self.title = match (title, &self.name) {
            (0, Some(_)) => String::new(),
            (title, _) => clean::cut(&self.title, title.max(36)),
        };
    }
}
