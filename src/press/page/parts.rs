//! Divides a page for posting in numbered parts: what leads stands in the first, what closes in the last, and each
//! says what it holds.

use super::{Page, Theme, Voice};

impl Page {
    /// Parts of at most `size` drafts; one part where they all fit.
    pub(in crate::press) fn parts(self, voice: &Voice, size: usize) -> Vec<Page> {
        let size = size.max(1);
        let total: usize = self.themes.iter().map(|theme| theme.entries.len()).sum();
        let count = total.div_ceil(size);
        if count <= 1 {
            return vec![self];
        }
        let (first, last) = (1, count);
        let part = |number: usize| {
            let from = (number - 1) * size;
            let themes = slice(&self.themes, from, size, voice);
            let tally = voice.list(themes.iter().map(|theme| theme.tally.as_str()));
            let mut page = self.clone();
            page.title = voice.with(
                "part-title",
                &[
                    ("title", (&*self.title).into()),
                    ("part", number.into()),
                    ("parts", count.into()),
                ],
            );
            page.part = Some(voice.with(
                "part-range",
                &[
                    ("from", (from + 1).into()),
                    ("to", (from + size).min(total).into()),
                    ("total", total.into()),
                    ("tally", tally.into()),
                ],
            ));
            page.themes = themes;
            if number != first {
                page.sources.clear();
                page.strip = None;
                page.teasers.clear();
                page.silence.clear();
                page.watched.clear();
                page.hot.clear();
            }
            if number != last {
                page.rfcs.clear();
                page.no_rfcs = None;
                page.sections.clear();
                page.closing.clear();
                page.foot.clear();
            }
            page
        };
        (first..=last).map(part).collect()
    }
}

/// The themes of the drafts `from` up to `from + size`, counted over all themes.
fn slice(themes: &[Theme], from: usize, size: usize, voice: &Voice) -> Vec<Theme> {
    let mut begin = 0;
    let mut parts = Vec::new();
    for theme in themes {
        let end = begin + theme.entries.len();
        let (low, high) = (from.max(begin), (from + size).min(end));
        if low < high {
            let entries = theme.entries[low - begin..high - begin].to_vec();
            let count = entries.len();
            parts.push(Theme {
                tally: voice.tally(&theme.title, count),
                count,
                entries,
                ..theme.clone()
            });
        }
        begin = end;
    }
    parts
}
