//! Divides a page for posting in numbered parts: what leads stands in the first, what closes in the last, and each
//! says what it holds.

use super::{Entry, Page, PageTheme};
use crate::press::localizer::Localizer;

/// Drafts of a part that are named in front.
const LEADS: usize = 3;

impl Page {
    /// Divides the page into parts of at most `size` drafts; one part if they all fit.
    pub(in crate::press) fn parts(self, localizer: &Localizer, size: usize) -> Vec<Page> {
        let size = size.max(1);
        let total: usize = self.themes.iter().map(|theme| theme.entries.len()).sum();
        let count = total.div_ceil(size);
        if count <= 1 {
            return vec![self];
        }
        let (first, last) = (1, count);
        let part = |number: usize| {
            let from = (number - 1) * size;
            let themes = slice(&self.themes, from, size, localizer);
            let tally = localizer.list(themes.iter().map(|theme| theme.tally.as_str()));
            let mut page = self.clone();
            page.title = localizer.part_title(&self.title, number, count);
            let drafts = themes.iter().flat_map(|theme| &theme.entries);
            let fresh = drafts.clone().filter(|draft| draft.new).count();
            let revised = drafts.clone().count() - fresh;
            let range = [
                ("from", (from + 1).into()),
                ("to", (from + size).min(total).into()),
                ("total", total.into()),
                ("tally", tally.into()),
            ];
            let ages = [("new", fresh.into()), ("revised", revised.into())];
            page.part = vec![
                localizer.with("part-range", &range),
                localizer.with("part-ages", &ages),
            ];
            let leads = localizer.leads(drafts);
            page.themes = themes;
            page.length = None;
            if number != first {
                page.leads = leads;
                page.counts.clear();
                page.notes.clear();
                page.strip = None;
                page.silence.clear();
                page.watch = None;
                page.sentence = None;
                page.hot.clear();
                page.closes.clear();
                page.closes_more = None;
                page.rfcs.clear();
            }
            if number != last {
                page.sections.clear();
                page.closing.clear();
                page.sources = None;
                page.footer.clear();
            }
            page
        };
        (first..=last).map(part).collect()
    }
}

impl Localizer {
    /// Returns the title of a part, with its number.
    fn part_title(&self, title: &str, number: usize, count: usize) -> String {
        let (part, parts) = (("part", number.into()), ("parts", count.into()));
        self.with("part-title", &[("title", title.into()), part, parts])
    }

    /// Names what a part is worth opening for: its hot topics and first versions, else what stands first in it.
    fn leads<'a>(&self, drafts: impl Iterator<Item = &'a Entry> + Clone) -> Vec<String> {
        let hot = drafts.clone().filter(|draft| draft.hot_at.is_some());
        let new = drafts
            .clone()
            .filter(|draft| draft.hot_at.is_none() && draft.new);
        let rest = drafts.filter(|draft| draft.hot_at.is_none() && !draft.new);
        let leads = hot.chain(new).chain(rest).take(LEADS);
        leads
            .map(|draft| match draft.mark.as_ref() {
                Some(mark) => {
                    let title = ("title", draft.title.as_str().into());
                    self.with("part-lead", &[title, ("mark", mark.as_str().into())])
                }
                None => draft.title.clone(),
            })
            .collect()
    }
}

/// Returns the themes of the drafts `from` up to `from + size`, counted over all themes.
fn slice(themes: &[PageTheme], from: usize, size: usize, localizer: &Localizer) -> Vec<PageTheme> {
    let mut begin = 0;
    let mut parts = Vec::new();
    for theme in themes {
        let end = begin + theme.entries.len();
        let (low, high) = (from.max(begin), (from + size).min(end));
        if low < high {
            let entries = theme.entries[low - begin..high - begin].to_vec();
            let count = entries.len();
            parts.push(PageTheme {
                tally: localizer.tally(&theme.title, count),
                heading: localizer.with(
                    "theme-count",
                    &[
                        ("title", theme.title.as_str().into()),
                        ("count", count.into()),
                    ],
                ),
                count,
                entries,
                ..theme.clone()
            });
        }
        begin = end;
    }
    parts
}
