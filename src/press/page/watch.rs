//! What the reader watches, at the head of the page: all of it, with the rule that put it there.

use std::collections::BTreeSet;

use super::lead::count;
use super::{Entry, PageWatch, WatchedLine};
use crate::digest::Digest;
use crate::press::clean::{self, NAME};
use crate::press::localizer::Localizer;

impl Localizer {
    /// Makes the block of what is watched, of `entries` those that are; `None` when nothing is.
    pub(super) fn watch<'a>(
        &self,
        digest: &Digest,
        entries: impl Iterator<Item = &'a Entry>,
    ) -> Option<PageWatch> {
        let watched: Vec<&Entry> = entries.filter(|entry| entry.star).collect();
        if watched.is_empty() {
            return None;
        }
        let number = ("count", count(watched.len()).into());
        let rules = rules(digest);
        let one = rules.len() == 1;
        let rule = rules.iter().find(|_| one).and_then(|rule| self.rule(rule));
        let title = match rule {
            Some(rule) => self.with("lead-watch", &[("what", rule.into()), number]),
            None => self.with("lead-watch-several", &[number]),
        };
        let line = |entry: &Entry| {
            let mut line = Vec::new();
            line.extend(entry.told.clone().or_else(|| entry.rev.clone()));
            line.extend(entry.watched.clone().filter(|_| !one));
            line.extend(entry.facts.iter().cloned());
            WatchedLine {
                title: entry.lead_title.as_ref().unwrap_or(&entry.title).clone(),
                url: entry.url.clone(),
                line,
            }
        };
        Some(PageWatch {
            title,
            entries: watched.into_iter().map(line).collect(),
            more: None,
        })
    }

    /// Returns a rule as the heading names it: `netmod`, `“agent”`.
    fn rule(&self, rule: &str) -> Option<String> {
        let (kind, what) = rule.split_once(": ")?;
        let key = match kind {
            "groups" => "lead-watch-groups",
            "authors" => "lead-watch-authors",
            "drafts" => "lead-watch-drafts",
            "keywords" => "lead-watch-keywords",
            _ => return None,
        };
        Some(self.with(key, &[("what", clean::line(what, NAME).into())]))
    }
}

/// Collects the rules that matched anything on this day.
fn rules(digest: &Digest) -> BTreeSet<&String> {
    let drafts = digest.drafts();
    let drafts = drafts.flat_map(|draft| &draft.watched);
    let rfcs = digest.rfcs.iter().flat_map(|rfc| &rfc.watched);
    let calls = digest.last_calls.iter().flat_map(|item| &item.watched);
    let actions = digest.actions.iter().flat_map(|item| &item.watched);
    let groups = digest.groups.iter().flat_map(|item| &item.watched);
    let meetings = digest.meetings.iter().flat_map(|item| &item.watched);
    let notices = digest.notices.iter().flat_map(|item| &item.watched);
    let documents = drafts.chain(rfcs).chain(calls).chain(actions);
    documents
        .chain(groups)
        .chain(meetings)
        .chain(notices)
        .collect()
}
