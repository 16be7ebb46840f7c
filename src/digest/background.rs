//! The days before, by theme: whether one of today's themes surges, and what a silent day comes after.

use std::collections::{BTreeMap, BTreeSet};

use super::taxonomy::Taxonomy;
use super::{DraftEntry, Language};
use crate::announcement::Draft;
use crate::archive::DayRecord;
use crate::clock::Day;

/// Fewer drafts than this are no surge, however few are usual.
const SURGE: u32 = 4;
/// A surge is this many times the mean of the days with drafts.
const TIMES: u32 = 3;
/// With fewer days in the archive, nobody knows what is usual.
const DAYS: usize = 10;
/// Days before a silent one whose themes are told.
pub(super) const LATELY: i64 = 7;
/// And a surge is measured by these.
pub(super) const MONTH: i64 = 30;
/// And of this many themes.
const LARGEST: usize = 3;

/// The drafts of each theme on each earlier day, counted.
pub(super) struct Past {
    day: Day,
    by_day: BTreeMap<Day, BTreeMap<String, u32>>,
}

/// A theme with far more drafts than usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Surging {
    pub(super) title: String,
    pub(super) today: u32,
    /// The drafts of the theme.
    pub(super) drafts: BTreeSet<String>,
}

/// Returns true when a theme has enough drafts today to surge at all.
pub(super) fn may_surge(read: &BTreeMap<String, String>) -> bool {
    let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
    read.values().any(|theme| {
        let count = counts.entry(theme).or_default();
        *count += 1;
        *count >= SURGE
    })
}

impl Past {
    /// Counts the drafts of the last `days` days by their themes.
    pub(super) fn by_theme(record: &DayRecord, taxonomy: &Taxonomy, days: i64) -> Self {
        let day = record.since.unwrap_or(record.day);
        let from = day.plus(-days);
        let mut by_day: BTreeMap<Day, BTreeMap<String, u32>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for past in &record.background.drafts {
            // Two revisions on one day are one draft, here too.
            if past.day >= from && seen.insert((past.day, &past.draft.name)) {
                let theme = taxonomy.reason(&entry(&past.draft)).theme;
                let themes = by_day.entry(past.day).or_default();
                *themes.entry(theme).or_default() += 1;
            }
        }
        Past { day, by_day }
    }

    /// Returns the themes of today, `read` by draft, that surge against the mean of the days before.
    pub(super) fn surging(
        &self,
        read: &BTreeMap<String, String>,
        taxonomy: &Taxonomy,
        language: Language,
    ) -> Vec<Surging> {
        let days = self.by_day.len();
        if days < DAYS {
            return Vec::new();
        }
        let mut drafts_of: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (name, theme) in read {
            drafts_of.entry(theme).or_default().insert(name.clone());
        }
        let before = |theme: &str| -> u32 {
            let days = self.by_day.values();
            days.filter_map(|themes| themes.get(theme)).sum()
        };
        let days = u32::try_from(days).unwrap_or(u32::MAX);
        // What fits nowhere is no theme that could surge.
        let known = |theme: &str| taxonomy.keys().any(|key| key == theme);
        let surging = drafts_of.into_iter().filter_map(|(theme, drafts)| {
            let today = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
            let times = today.saturating_mul(days) >= before(theme).saturating_mul(TIMES);
            (today >= SURGE && known(theme) && times).then(|| Surging {
                title: taxonomy.title(theme, language),
                today,
                drafts,
            })
        });
        surging.collect()
    }

    /// Returns the largest themes of the last days, with the number of their drafts.
    pub(super) fn lately(&self, taxonomy: &Taxonomy, language: Language) -> Vec<(String, u32)> {
        let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
        for themes in self.by_day.range(self.day.plus(-LATELY)..self.day) {
            for (theme, count) in themes.1 {
                *counts.entry(theme).or_default() += count;
            }
        }
        let known = |theme: &str| taxonomy.keys().any(|key| key == theme);
        let mut largest: Vec<_> = counts.into_iter().filter(|(key, _)| known(key)).collect();
        largest.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let titled = |(theme, count): (&String, u32)| (taxonomy.title(theme, language), count);
        largest.into_iter().take(LARGEST).map(titled).collect()
    }
}

/// Makes as much of an entry as a theme is chosen by.
fn entry(draft: &Draft) -> DraftEntry {
    DraftEntry {
        name: draft.name.clone(),
        title: draft.title.clone().unwrap_or_default(),
        group: draft.group.clone(),
        abstract_text: draft.abstract_text.clone(),
        ..DraftEntry::default()
    }
}
