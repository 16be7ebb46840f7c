//! Entries for documents: a draft with its history as a hint at its maturity, an RFC with what it replaces.

use std::collections::BTreeMap;

use super::{Entry, Link, PageTheme, document, document_name, some_line};
use crate::announcement::Group;
use crate::digest::{Digest, DraftEntry, History, Links, RfcEntry};
use crate::press::clean::{self, NAME, TITLE};
use crate::press::link;
use crate::press::localizer::Localizer;

/// More names than this are counted, not listed.
const AUTHORS: usize = 8;
/// More RFCs than this are not listed.
const DOCUMENTS: usize = 20;
/// More documents than this that a draft belongs with are counted, not listed.
const RELATED: usize = 4;

/// A theme's key is no longer than this as a place to jump to.
const KEY: usize = 40;

impl Localizer {
    /// Makes the themes of the day with their drafts; `hot` are the numbers of the hot topics.
    pub(super) fn themes(&self, digest: &Digest, hot: &BTreeMap<&str, usize>) -> Vec<PageTheme> {
        let drafts = digest.drafts();
        let titles: BTreeMap<&str, &str> = drafts
            .map(|draft| (draft.name.as_str(), draft.title.as_str()))
            .collect();
        let entry = |draft: &DraftEntry| {
            let hot = hot.get(draft.name.as_str());
            self.draft(digest, &titles, draft, hot)
        };
        let themes = digest.themes.iter();
        let filled = themes.filter(|theme| !theme.drafts.is_empty());
        filled
            .map(|theme| {
                let title = clean::line(&theme.title, NAME);
                let count = theme.drafts.len();
                let key = theme.key.chars().filter(char::is_ascii_alphanumeric);
                let heading = [("title", title.as_str().into()), ("count", count.into())];
                let mut entries: Vec<Entry> = theme.drafts.iter().map(entry).collect();
                // First versions first; families stay together within them.
                entries.sort_by_key(|entry| !entry.new);
                PageTheme {
                    key: key.take(KEY).collect(),
                    tally: self.tally(&title, count),
                    heading: self.with("theme-count", &heading),
                    title,
                    count,
                    entries,
                    more: None,
                }
            })
            .collect()
    }

    /// Makes the entry of one draft; `hot` is its number among the hot topics.
    /// `titles` are those of the day, by name: what a draft belongs with is told by its title if that is known.
    fn draft(
        &self,
        digest: &Digest,
        titles: &BTreeMap<&str, &str>,
        draft: &DraftEntry,
        hot: Option<&usize>,
    ) -> Entry {
        let new = draft.is_first_version();
        let mark = new.then(|| self.say("mark-new"));
        let related = draft.related.iter().take(RELATED).map(|name| Link {
            label: title(titles.get(name.as_str()).copied().unwrap_or(name), name),
            ..document(name)
        });
        let announced = title(&draft.title, &draft.name);
        let translated = some_line(draft.gist.title.as_deref(), TITLE);
        Entry {
            original: translated.is_some().then(|| announced.clone()),
            lead_title: (!draft.gist.sure).then(|| announced.clone()),
            title: translated.unwrap_or(announced),
            rev: Some(self.rev(draft)),
            star: !draft.watched.is_empty(),
            line: self.draft_line(draft),
            who: self.who(draft.group.as_ref(), &draft.name, &draft.authors),
            told: Some(self.told_revision(digest, draft)),
            facts: self.draft_facts(draft),
            url: link::document(&draft.name).or_else(|| link::safe(&draft.links.datatracker)),
            name: Some(name_with_revisions(draft)),
            mark,
            history: self.history(digest, draft),
            new,
            hot_at: hot.copied(),
            meta: self.meta(&draft.authors, draft.group.as_ref(), draft.pages),
            notes: self.notes(digest, draft),
            related: related.collect(),
            related_more: self.others(draft.related.len(), RELATED),
            summary: clean::paragraphs(&draft.summary),
            documents: Vec::new(),
            links: self.links(&draft.links),
            watched: self.watched(&draft.watched),
        }
    }

    /// Says how a draft is related to its revisions and to other documents, a sentence each.
    fn notes(&self, digest: &Digest, draft: &DraftEntry) -> Vec<String> {
        let mut notes = Vec::new();
        if draft.revisions.len() > 1 {
            let revisions = self.list(draft.revisions.iter().map(|r| clean::line(r, 8)));
            let key = match digest.since {
                None => "revisions-same-day",
                Some(_) => "revisions-same-span",
            };
            notes.push(self.with(key, &[("revisions", revisions.into())]));
        }
        if let Some(old) = &draft.adopted_from {
            let old = clean::line(old, NAME).into();
            notes.push(self.with("adopted-from", &[("name", old)]));
        }
        notes.extend(self.remembered(&draft.history));
        notes.extend(self.rfc_list("updates", &draft.updates));
        notes.extend(self.rfc_list("obsoletes", &draft.obsoletes));
        notes
    }

    /// Counts the documents of `count` that are not among the `listed` first.
    pub(super) fn others(&self, count: usize, listed: usize) -> Option<String> {
        let more = count.checked_sub(listed).filter(|more| *more > 0)?;
        Some(self.with("others", &[("count", more.into())]))
    }

    /// Says what the archive remembers: when it was first seen, its last call, its approval, its RFC.
    fn remembered(&self, history: &History) -> Vec<String> {
        let dated = |key: &str, date: String| self.with(key, &[("date", date.into())]);
        let notes = [
            (history.first_seen).map(|day| dated("first-seen", day.to_string())),
            (history.last_call_until).map(|day| dated("last-call-open", day.to_string())),
            (history.approved).map(|day| dated("approved-on", day.to_string())),
            (history.rfc)
                .map(|number| self.with("became-rfc", &[("number", number.to_string().into())])),
        ];
        notes.into_iter().flatten().collect()
    }

    /// Makes the entry of one RFC.
    pub(super) fn rfc(&self, entry: &RfcEntry, hot: &BTreeMap<&str, usize>) -> Entry {
        let rfc = &entry.rfc;
        let key = format!("rfc{}", rfc.number);
        let name = format!("RFC {}", rfc.number);
        let mut meta = self.meta(&rfc.authors, rfc.group.as_ref(), rfc.pages);
        if let Some(stream) = some_line(rfc.stream.as_deref(), NAME) {
            meta.push(self.with("rfc-stream", &[("stream", stream.into())]));
        }
        let mut notes = Vec::new();
        notes.extend(self.rfc_list("updates", &rfc.updates));
        notes.extend(self.rfc_list("obsoletes", &rfc.obsoletes));
        if !rfc.series.is_empty() {
            let series = self.list(rfc.series.iter().map(|name| clean::line(name, NAME)));
            notes.push(self.with("rfc-series", &[("series", series.into())]));
        }
        if let Some(draft) = &rfc.draft {
            let draft = clean::line(draft, NAME).into();
            notes.push(self.with("rfc-was", &[("name", draft)]));
        }
        let announced = title(rfc.title.as_deref().unwrap_or_default(), &name);
        let translated = some_line(entry.gist.title.as_deref(), TITLE);
        Entry {
            original: translated.is_some().then(|| announced.clone()),
            lead_title: (!entry.gist.sure).then(|| announced.clone()),
            title: translated.unwrap_or(announced),
            rev: Some(name.clone()),
            star: !entry.watched.is_empty(),
            line: self.rfc_line(entry),
            facts: self.rfc_facts(entry),
            url: link::document(&key),
            mark: some_line(rfc.status.as_deref(), NAME).map(|status| self.status(&status)),
            new: true,
            hot_at: hot.get(key.as_str()).copied(),
            name: Some(name),
            meta,
            notes,
            summary: clean::paragraphs(&entry.summary),
            links: self.links(&entry.links),
            watched: self.watched(&entry.watched),
            ..Entry::default()
        }
    }

    /// Says `Previous revision 2025-07-03, 148 days before`: work that is taken up again reads differently.
    fn history(&self, digest: &Digest, draft: &DraftEntry) -> Option<String> {
        let previous = draft.previous.as_ref()?;
        // Within several days, which of them the new one is of is not told.
        let key = match digest.since {
            None => "revision-previous",
            Some(_) => "revision-previous-span",
        };
        Some(self.with(
            key,
            &[
                ("date", previous.date.to_string().into()),
                ("days", digest.date.since(previous.date).into()),
            ],
        ))
    }

    fn meta(&self, authors: &[String], group: Option<&Group>, pages: Option<u32>) -> Vec<String> {
        let mut meta = Vec::new();
        meta.extend(self.people(authors));
        meta.extend(group.and_then(|group| self.group_name(group)));
        meta.extend(pages.map(|pages| self.count("meta-pages", pages)));
        meta
    }

    fn people(&self, authors: &[String]) -> Option<String> {
        let names = authors
            .iter()
            .filter_map(|name| some_line(Some(name), NAME));
        let names: Vec<String> = names.collect();
        let (listed, more) = names.split_at(names.len().min(AUTHORS));
        match (listed, more.len()) {
            ([], _) => None,
            (listed, 0) => Some(self.list(listed)),
            (listed, more) => Some(self.with(
                "authors-more",
                &[("names", self.list(listed).into()), ("count", more.into())],
            )),
        }
    }

    /// Returns `netmod (Network Modeling)`, or what of it is known.
    pub(super) fn group_name(&self, group: &Group) -> Option<String> {
        let acronym = some_line(group.acronym.as_deref(), NAME);
        let name = some_line(group.name.as_deref(), NAME);
        match (acronym, name) {
            (Some(acronym), Some(name)) if acronym != name => Some(self.with(
                "group-both",
                &[("acronym", acronym.into()), ("name", name.into())],
            )),
            (acronym, name) => acronym.or(name),
        }
    }

    fn rfc_list(&self, key: &str, rfcs: &[u32]) -> Option<String> {
        if rfcs.is_empty() {
            return None;
        }
        let listed = rfcs.iter().take(DOCUMENTS);
        let listed = self.list(listed.map(|number| format!("RFC {number}")));
        Some(self.with(key, &[("rfcs", listed.into())]))
    }

    fn links(&self, links: &Links) -> Vec<Link> {
        [
            ("link-datatracker", Some(&links.datatracker)),
            ("link-html", Some(&links.html)),
            ("link-diff", links.diff.as_ref()),
        ]
        .into_iter()
        .filter_map(|(key, url)| {
            Some(Link {
                label: self.say(key),
                url: Some(link::safe(url?)?),
            })
        })
        .chain(links.message.iter().filter_map(|message| {
            Some(Link {
                label: self.say("link-message"),
                url: Some(link::message(Some(&message.list), Some(&message.id))?),
            })
        }))
        .collect()
    }

    /// Returns `group netmod, keyword YANG`.
    pub(super) fn watched(&self, reasons: &[String]) -> Option<String> {
        if reasons.is_empty() {
            return None;
        }
        let reasons = reasons.iter().map(|reason| match reason.split_once(": ") {
            Some((key @ ("groups" | "authors" | "drafts" | "keywords"), what)) => self.with(
                &format!("watch-{key}"),
                &[("what", clean::line(what, NAME).into())],
            ),
            _ => clean::line(reason, NAME),
        });
        Some(self.list(reasons))
    }
}

/// Returns the title; when it was not told, or nothing of it can be shown, the name.
pub(super) fn title(title: &str, name: &str) -> String {
    some_line(Some(title), TITLE).unwrap_or_else(|| document_name(name))
}

/// Returns `draft-ietf-netmod-system-config-13, -14`.
fn name_with_revisions(draft: &DraftEntry) -> String {
    let mut name = clean::line(&draft.name, NAME);
    for (at, revision) in draft.revisions.iter().enumerate() {
        name.push_str(if at == 0 { "-" } else { ", -" });
        name.push_str(&clean::line(revision, 8));
    }
    name
}
