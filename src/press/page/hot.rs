//! Hot topics: the headline, what it is about, and one line of facts in a fixed order.

use std::collections::{BTreeMap, BTreeSet};

use super::lead::count;
use super::{Link, PageHotTopic, document_name, paragraphs, some_line};
use crate::digest::{Digest, DraftEntry, Evidence, Gist, HotTopic, RfcEntry};
use crate::editor::Edited;
use crate::press::clean::{self, NAME, TITLE};
use crate::press::link;
use crate::press::localizer::Localizer;
use crate::wording::short_date;

/// More documents than this in a topic are counted, not told one by one.
const TOGETHER: usize = 3;
/// More groups than this are counted.
const ORIGINS: usize = 2;
/// A link's words are a label for its revision up to this many characters: `SMTP -20, IMAP -15`.
const LABEL: usize = 14;
/// Numbers up to this one are written in words.
const IN_WORDS: usize = 9;

/// Returns the numbers of the hot topics by the document that leads each.
pub(super) fn numbers(digest: &Digest) -> BTreeMap<&str, usize> {
    let topics = digest.hot_topics.iter();
    let documents = topics.map(|topic| topic.document.as_str());
    documents.zip(1..).collect()
}

/// The documents of a topic that have an entry of their own.
struct Told<'a> {
    drafts: Vec<&'a DraftEntry>,
    rfcs: Vec<&'a RfcEntry>,
}

impl Localizer {
    /// Makes the hot topics in their order.
    pub(super) fn hot_topics(&self, edited: &Edited) -> Vec<PageHotTopic> {
        let topics = edited.digest.hot_topics.iter().zip(1..);
        topics
            .map(|(topic, number)| self.hot_topic(edited, topic, number))
            .collect()
    }

    fn hot_topic(&self, edited: &Edited, topic: &HotTopic, number: usize) -> PageHotTopic {
        let digest = &edited.digest;
        let names = || [&topic.document].into_iter().chain(&topic.with);
        let draft = |name: &String| {
            let drafts = digest.drafts();
            drafts.into_iter().find(|draft| draft.name == *name)
        };
        let rfc = |name: &String| {
            let mut rfcs = digest.rfcs.iter();
            rfcs.find(|entry| format!("rfc{}", entry.rfc.number) == *name)
        };
        let told = Told {
            drafts: names().filter_map(draft).collect(),
            rfcs: names().filter_map(rfc).collect(),
        };
        let own = told.drafts.first().map(|draft| &draft.gist);
        let own = own.or(told.rfcs.first().map(|entry| &entry.gist));
        let nothing = Gist::default();
        let own = own.unwrap_or(&nothing);
        let headline = self.headline(topic, own);
        PageHotTopic {
            number,
            text: self.topic_text(edited, topic, own),
            brief: self.gist(own),
            facts: self.topic_facts(digest, topic, &told, &headline),
            headline,
        }
    }

    /// Returns the headline in parts; where the editor wrote none, the title is one.
    fn headline(&self, topic: &HotTopic, own: &Gist) -> Vec<Link> {
        if topic.headline.is_empty() {
            let title = own.title.as_deref().unwrap_or(&topic.title);
            return vec![Link {
                label: some_line(Some(title), TITLE)
                    .unwrap_or_else(|| document_name(&topic.document)),
                url: link::document(&topic.document),
            }];
        }
        // A blank between two parts belongs to the one that is no link.
        let parts = topic.headline.iter().map(|part| {
            let (inner, text) = (part.text.trim(), part.text.as_str());
            let blank = |is: bool| if is { " " } else { "" };
            let before = blank(text.starts_with(char::is_whitespace));
            let after = blank(text.ends_with(char::is_whitespace));
            Link {
                label: format!("{before}{}{after}", clean::line(inner, TITLE)),
                url: part.document.as_deref().and_then(link::document),
            }
        });
        parts.filter(|part| !part.label.is_empty()).collect()
    }

    /// Returns what a topic is about: its own text, else that of its document, else terms of the field.
    fn topic_text(&self, edited: &Edited, topic: &HotTopic, own: &Gist) -> Vec<String> {
        let gist = paragraphs(Some(&topic.gist.line));
        if !gist.is_empty() {
            return gist;
        }
        // Digests of earlier editors have longer explanations.
        let essay = edited.words.essays.get(&topic.document);
        let essay = paragraphs(essay.map(String::as_str));
        if let Some(first) = essay.into_iter().next() {
            return vec![first];
        }
        let line = some_line(Some(&own.line), clean::PROSE);
        let terms = || {
            let topic = self.keywords("keywords", &topic.gist);
            topic.or_else(|| self.keywords("keywords", own))
        };
        line.or_else(terms).into_iter().collect()
    }

    /// Returns the facts of a topic: where it stands, its revisions, whose it is, its authors, what it would change.
    fn topic_facts(
        &self,
        digest: &Digest,
        topic: &HotTopic,
        told: &Told<'_>,
        headline: &[Link],
    ) -> Vec<String> {
        let mut facts = self.steps(topic);
        if told.drafts.is_empty() && told.rfcs.is_empty() {
            return facts;
        }
        for entry in &told.rfcs {
            facts.push(format!("RFC {}", entry.rfc.number));
            facts.extend(self.rfc_facts(entry));
        }
        if told.drafts.is_empty() {
            let rfc = &told.rfcs[0].rfc;
            facts.extend(self.group(rfc.group.as_ref(), rfc.draft.as_deref().unwrap_or_default()));
            return facts;
        }
        facts.push(self.revisions(digest, told, headline));
        facts.push(self.origins(told));
        facts.extend(self.authors(told));
        let mut changes: Vec<String> = Vec::new();
        for draft in told.drafts.iter().take(TOGETHER) {
            for fact in self.draft_facts(draft) {
                if !changes.contains(&fact) && !facts.contains(&fact) {
                    changes.push(fact);
                }
            }
        }
        facts.extend(changes);
        facts
    }

    /// Returns whose the drafts are: by name those of a group or two, else their number.
    fn origins(&self, told: &Told<'_>) -> String {
        let origins: BTreeSet<String> = (told.drafts.iter())
            .map(|draft| {
                let group = self.group(draft.group.as_ref(), &draft.name);
                group.unwrap_or_else(|| self.say("origin-individual"))
            })
            .collect();
        match origins.len() {
            ..=ORIGINS => self.list(origins),
            more => self.count("origin-several", count(more)),
        }
    }

    /// Returns the steps that were announced: approved, in last call, adopted.
    fn steps(&self, topic: &HotTopic) -> Vec<String> {
        let step = |evidence: &Evidence| match evidence {
            Evidence::Approved => Some(self.say("fact-approved")),
            Evidence::InLastCall { ends: Some(ends) } => {
                let date = short_date(self.0, *ends);
                Some(self.with("fact-last-call", &[("date", date.into())]))
            }
            Evidence::InLastCall { ends: None } => Some(self.say("fact-last-call-open")),
            Evidence::Adopted { group, .. } => {
                let group = clean::line(group, NAME);
                Some(self.with("fact-adopted", &[("group", group.into())]))
            }
            _ => None,
        };
        topic.evidence.iter().filter_map(step).collect()
    }

    /// Returns the revisions of a topic's drafts: `first version`, `SMTP -20, IMAP -15`, `-01 and first version`.
    fn revisions(&self, digest: &Digest, told: &Told<'_>, headline: &[Link]) -> String {
        let drafts = &told.drafts[..];
        if let [one] = drafts {
            return self.told_revision(digest, one);
        }
        if drafts.len() > TOGETHER {
            return self.count("told-count", count(drafts.len()));
        }
        let label = |draft: &DraftEntry| {
            let url = link::document(&draft.name)?;
            let part = (headline.iter()).find(|part| part.url.as_ref() == Some(&url))?;
            let label = part.label.trim();
            (label.chars().count() <= LABEL && !draft.is_first_version()).then(|| {
                let revision = self.rev(draft);
                let values = [("what", label.into()), ("revision", revision.into())];
                self.with("told-short", &values)
            })
        };
        let labelled: Vec<String> = drafts.iter().filter_map(|draft| label(draft)).collect();
        if labelled.len() == drafts.len() {
            return self.list(labelled);
        }
        let each = drafts.iter().map(|draft| self.told_revision(digest, draft));
        let each: Vec<String> = each.collect();
        if each.iter().all(|one| *one == each[0]) {
            return each[0].clone();
        }
        self.both(&each)
    }

    /// Returns the number of authors, or of those that all drafts of the topic have in common.
    fn authors(&self, told: &Told<'_>) -> Option<String> {
        let mut drafts = told.drafts.iter();
        let first = drafts.next()?;
        let mut common: BTreeSet<&String> = first.authors.iter().collect();
        let mut key = "authors-number";
        for draft in drafts {
            key = "authors-common";
            common.retain(|author| draft.authors.contains(author));
        }
        let number = common.len();
        if number == 0 {
            return None;
        }
        let word = match number {
            2..=IN_WORDS => self.say(&format!("number-{number}")),
            number => number.to_string(),
        };
        let values = [("count", count(number).into()), ("number", word.into())];
        Some(self.with(key, &values))
    }
}
