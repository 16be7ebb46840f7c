//! One digest as the list of all days tells it.

use crate::clock::Day;
use crate::digest::Counts;
use crate::editor::Edited;
use crate::press;
use crate::press::localizer::Localizer;

/// Documents that are named of a day without hot topics.
const LEADS: usize = 3;

/// One digest as the list of all days tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its day, the last when it covers several.
    pub date: Day,
    /// The first of several.
    pub since: Option<Day>,
    /// Its counts.
    pub counts: Counts,
    /// The titles of its hot topics, or of what there is, cleaned.
    pub leads: Vec<String>,
}

impl Issue {
    /// Takes what the list tells from a digest.
    pub fn of(edited: &Edited) -> Issue {
        let digest = &edited.digest;
        let hot = digest.hot_topics.iter().map(|topic| topic.title.as_str());
        let drafts = digest.themes.iter().flat_map(|theme| &theme.drafts);
        let rfcs = digest
            .rfcs
            .iter()
            .filter_map(|rfc| rfc.rfc.title.as_deref());
        // A day too small for hot topics has room for what there is.
        let others = rfcs.chain(drafts.map(|draft| draft.title.as_str()));
        let others = others.take(if digest.hot_topics.is_empty() {
            LEADS
        } else {
            0
        });
        Issue {
            date: digest.date,
            since: digest.since,
            counts: digest.counts,
            leads: hot
                .chain(others)
                .map(press::title)
                .filter(|title| !title.is_empty())
                .collect(),
        }
    }
}

/// Returns both counts over all of `issues`, in a sentence's form.
pub(super) fn totals<'a>(
    localizer: &Localizer,
    issues: impl IntoIterator<Item = &'a Issue>,
) -> String {
    let (mut drafts, mut rfcs) = (0_u32, 0_u32);
    for issue in issues {
        drafts = drafts.saturating_add(issue.counts.drafts);
        rfcs = rfcs.saturating_add(issue.counts.rfcs);
    }
    localizer.list([
        localizer.count("count-drafts", drafts),
        localizer.count("count-rfcs", rfcs),
    ])
}
