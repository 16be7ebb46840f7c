//! Entries for documents: a draft with its history as a hint at its maturity, an RFC with what it replaces.

use std::collections::BTreeMap;

use super::{Entry, Link, document, document_name, some_line};
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

impl Localizer {
    /// One draft of the day; `hot` is its number among the hot topics.
    /// `titles` are those of the day, by name: what a draft belongs with is told by its title where that is known.
    pub(super) fn draft(
        &self,
        digest: &Digest,
        titles: &BTreeMap<&str, &str>,
        draft: &DraftEntry,
        hot: Option<&usize>,
    ) -> Entry {
        let new = draft.revisions.iter().any(|revision| revision == "00");
        let number = draft
            .revisions
            .last()
            .and_then(|revision| revision.parse().ok());
        let mut notes = Vec::new();
        if draft.revisions.len() > 1 {
            let revisions = self.list(draft.revisions.iter().map(|r| clean::line(r, 8)));
            let key = match digest.since {
                None => "revisions-same-day",
                Some(_) => "revisions-same-span",
            };
            notes.push(self.with(key, &[("revisions", revisions.into())]));
        }
        notes.extend(
            draft
                .adopted_from
                .as_deref()
                .map(|old| self.with("adopted-from", &[("name", clean::line(old, NAME).into())])),
        );
        notes.extend(self.remembered(&draft.history));
        notes.extend(self.rfc_list("updates", &draft.updates));
        notes.extend(self.rfc_list("obsoletes", &draft.obsoletes));
        Entry {
            title: title(&draft.title, &draft.name),
            url: link::document(&draft.name).or_else(|| link::safe(&draft.links.datatracker)),
            name: Some(name_with_revisions(draft)),
            mark: if new {
                Some(self.say("mark-new"))
            } else {
                number.map(|n: u32| {
                    self.with("mark-revision", &[("ordinal", self.ordinal(n).into())])
                })
            },
            history: self.history(digest, draft),
            new,
            hot: hot.map(|number| self.with("mark-hot", &[("number", (*number).into())])),
            hot_at: hot.copied(),
            meta: self.meta(&draft.authors, draft.group.as_ref(), draft.pages),
            notes,
            related: draft
                .related
                .iter()
                .take(RELATED)
                .map(|name| Link {
                    label: title(titles.get(name.as_str()).copied().unwrap_or(name), name),
                    ..document(name)
                })
                .collect(),
            related_more: (draft.related.len() > RELATED).then(|| {
                self.with(
                    "others",
                    &[("count", (draft.related.len() - RELATED).into())],
                )
            }),
            summary: clean::paragraphs(&draft.summary),
            documents: Vec::new(),
            links: self.links(&draft.links),
            watched: self.watched(&draft.watched),
        }
    }

    /// What the archive remembers: when it was first seen, its last call, its approval, its RFC.
    fn remembered(&self, history: &History) -> Vec<String> {
        let dated = |key: &str, date: String| self.with(key, &[("date", date.into())]);
        let mut notes = Vec::new();
        notes.extend(
            history
                .first_seen
                .map(|day| dated("first-seen", day.to_string())),
        );
        notes.extend(
            history
                .last_call_until
                .map(|day| dated("last-call-open", day.to_string())),
        );
        notes.extend(
            history
                .approved
                .map(|day| dated("approved-on", day.to_string())),
        );
        notes.extend(
            history
                .rfc
                .map(|number| self.with("became-rfc", &[("number", number.to_string().into())])),
        );
        notes
    }

    /// One RFC of the day.
    pub(super) fn rfc(&self, entry: &RfcEntry, hot: &BTreeMap<&str, usize>) -> Entry {
        let rfc = &entry.rfc;
        let key = format!("rfc{}", rfc.number);
        let name = format!("RFC {}", rfc.number);
        let mut meta = self.meta(&rfc.authors, rfc.group.as_ref(), rfc.pages);
        meta.extend(
            rfc.stream
                .as_deref()
                .and_then(|stream| some_line(stream, NAME))
                .map(|stream| self.with("rfc-stream", &[("stream", stream.into())])),
        );
        let mut notes = Vec::new();
        notes.extend(self.rfc_list("updates", &rfc.updates));
        notes.extend(self.rfc_list("obsoletes", &rfc.obsoletes));
        if !rfc.series.is_empty() {
            let series = self.list(rfc.series.iter().map(|name| clean::line(name, NAME)));
            notes.push(self.with("rfc-series", &[("series", series.into())]));
        }
        notes.extend(
            rfc.draft
                .as_deref()
                .map(|draft| self.with("rfc-was", &[("name", clean::line(draft, NAME).into())])),
        );
        Entry {
            title: title(rfc.title.as_deref().unwrap_or_default(), &name),
            url: link::document(&key),
            mark: rfc
                .status
                .as_deref()
                .and_then(|status| some_line(status, NAME)),
            new: true,
            hot: hot
                .get(key.as_str())
                .map(|number| self.with("mark-hot", &[("number", (*number).into())])),
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

    /// `Previous revision 2025-07-03, 148 days before`: work that is taken up again reads differently.
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
        let names: Vec<String> = authors
            .iter()
            .filter_map(|name| some_line(name, NAME))
            .collect();
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

    /// `netmod (Network Modeling)`, or what of it is known.
    pub(super) fn group_name(&self, group: &Group) -> Option<String> {
        let acronym = group
            .acronym
            .as_deref()
            .and_then(|text| some_line(text, NAME));
        let name = group.name.as_deref().and_then(|text| some_line(text, NAME));
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
        let listed = self.list(
            rfcs.iter()
                .take(DOCUMENTS)
                .map(|number| format!("RFC {number}")),
        );
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

    /// `group netmod, keyword YANG`.
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

/// The title; where it was not told, or nothing of it can be shown, the name.
pub(super) fn title(title: &str, name: &str) -> String {
    some_line(title, TITLE).unwrap_or_else(|| document_name(name))
}

/// `draft-ietf-netmod-system-config-13, -14`.
fn name_with_revisions(draft: &DraftEntry) -> String {
    let mut name = clean::line(&draft.name, NAME);
    for (at, revision) in draft.revisions.iter().enumerate() {
        name.push_str(if at == 0 { "-" } else { ", -" });
        name.push_str(&clean::line(revision, 8));
    }
    name
}
