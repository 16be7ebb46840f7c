//! Hot topics: what each document is, why it stands first, and what belongs with it. What is told here is not told
//! again in its theme.

use std::collections::BTreeMap;

use super::{Entry, Page, PageHotTopic, document, document_name, paragraphs};
use crate::digest::{Digest, HotTopic};
use crate::editor::Edited;
use crate::press::clean::{self, TITLE};
use crate::press::link;
use crate::press::localizer::Localizer;

/// More documents than this that belong with a hot topic are counted, not listed.
const TOGETHER: usize = 5;

/// Returns the numbers of the hot topics by document.
pub(super) fn numbers(digest: &Digest) -> BTreeMap<&str, usize> {
    let documents = digest
        .hot_topics
        .iter()
        .map(|topic| topic.document.as_str());
    documents.zip(1..).collect()
}

impl Localizer {
    /// Makes the hot topics in their order. `entries` are the documents of the day, those of hot topics with their number.
    pub(super) fn hot_topics<'a>(
        &self,
        edited: &Edited,
        entries: impl Iterator<Item = &'a Entry> + Clone,
    ) -> Vec<PageHotTopic> {
        let topics = edited.digest.hot_topics.iter().zip(1..);
        topics
            .map(|(topic, number)| {
                let entry = entries.clone().find(|entry| entry.hot_at == Some(number));
                let entry = entry.cloned().unwrap_or_default();
                let essay = essay(topic, edited);
                PageHotTopic {
                    number,
                    title: clean::line(&topic.title, TITLE),
                    name: entry.name.unwrap_or_else(|| document_name(&topic.document)),
                    url: link::document(&topic.document),
                    mark: entry.mark,
                    new: entry.new,
                    what: if essay.is_empty() {
                        entry.summary
                    } else {
                        essay
                    },
                    reason: clean::paragraphs(&topic.reason),
                    links: entry.links,
                    with: (topic.with.iter().take(TOGETHER))
                        .map(|name| document(name))
                        .collect(),
                    more: self.others(topic.with.len(), TOGETHER),
                }
            })
            .collect()
    }
}

impl Page {
    /// Takes the summaries that stand with the hot topics away from the lists below.
    pub(super) fn say_once(&mut self, edited: &Edited) {
        let told: Vec<usize> = (edited.digest.hot_topics.iter().zip(1..))
            .filter(|(topic, _)| essay(topic, edited).is_empty())
            .map(|(_, number)| number)
            .collect();
        let drafts = self.themes.iter_mut().flat_map(|theme| &mut theme.entries);
        for entry in drafts.chain(&mut self.rfcs).chain(&mut self.watched) {
            if entry.hot_at.is_some_and(|number| told.contains(&number)) {
                entry.summary.clear();
            }
        }
    }
}

/// Returns the longer explanation, if the editor wrote one.
fn essay(topic: &HotTopic, edited: &Edited) -> Vec<String> {
    let essay = edited.words.essays.get(&topic.document);
    paragraphs(essay.map(String::as_str))
}
