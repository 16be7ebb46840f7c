//! The names that a draft had before: what it says it replaces, and what the archive lets see. Who watches the old name goes on
//! watching.

use std::collections::{BTreeMap, BTreeSet};

use crate::announcement::{Body, Draft, Rfc};
use crate::archive::DayRecord;

/// What became what, as far as a record tells.
#[derive(Default)]
pub(super) struct Lineage<'a> {
    before: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// A draft has had few names; more than these are a mistake, or a joke.
const NAMES: usize = 20;

impl<'a> Lineage<'a> {
    pub(super) fn of(record: &'a DayRecord) -> Self {
        let mut lineage = Lineage::default();
        for (name, replaced) in &record.background.replaced {
            let replaced = replaced.iter().map(String::as_str);
            lineage.before.entry(name).or_default().extend(replaced);
        }
        let stored = record.announcements.iter().chain(&record.late);
        let today = stored.filter_map(|stored| match &stored.announcement.body {
            Body::Draft(draft) => Some(draft),
            _ => None,
        });
        let past = record.background.drafts.iter().map(|past| &past.draft);
        let all: Vec<&Draft> = past.chain(today).collect();
        let mut persons: BTreeMap<String, Vec<&Draft>> = BTreeMap::new();
        for draft in &all {
            if !draft.replaces.is_empty() {
                let replaced = draft.replaces.iter().map(String::as_str);
                lineage
                    .before
                    .entry(&draft.name)
                    .or_default()
                    .extend(replaced);
            }
            if !is_adopted(draft)
                && let Some(title) = title(draft)
            {
                persons.entry(title).or_default().push(draft);
            }
        }
        // A group's document with the title and an author of a person's draft is that draft, adopted.
        for draft in all.into_iter().filter(|draft| is_adopted(draft)) {
            let same = title(draft).and_then(|title| persons.get(&title));
            for own in same.into_iter().flatten().take(NAMES) {
                if own
                    .authors
                    .iter()
                    .any(|author| draft.authors.contains(author))
                {
                    lineage
                        .before
                        .entry(&draft.name)
                        .or_default()
                        .insert(&own.name);
                }
            }
        }
        lineage
    }

    /// Returns the names that the draft `name` had before, and those that these had.
    pub(super) fn formerly(&self, name: &str) -> Vec<&'a str> {
        let mut found: Vec<&str> = Vec::new();
        let before = |name: &str| self.before.get(name).into_iter().flatten().copied();
        let mut open: Vec<&str> = before(name).collect();
        while let Some(next) = open.pop() {
            if found.len() < NAMES && next != name && !found.contains(&next) {
                found.push(next);
                open.extend(before(next));
            }
        }
        found.sort_unstable();
        found
    }
}

/// Returns the name of the draft that an RFC was, without its revision.
pub(super) fn draft_of(rfc: &Rfc) -> &str {
    let draft = rfc.draft.as_deref().unwrap_or_default();
    draft.rsplit_once('-').map_or(draft, |(name, _)| name)
}

fn is_adopted(draft: &Draft) -> bool {
    let streams = [
        "draft-ietf-",
        "draft-irtf-",
        "draft-editorial-",
        "draft-iab-",
    ];
    streams.iter().any(|start| draft.name.starts_with(start))
}

fn title(draft: &Draft) -> Option<String> {
    let title = draft.title.as_deref()?.trim().to_lowercase();
    (!title.is_empty()).then_some(title)
}
