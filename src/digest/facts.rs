//! The facts of each document of the day that a score is made of.

use std::collections::BTreeSet;

use super::background::Surging;
use super::score::{SEVERAL, Worth, is_known};
use super::watch::{Watchable, group_in};
use super::{DraftEntry, Evidence, RfcEntry, Theme, Watch, families, subjects};
use crate::announcement::{Body, CallKind, LastCall};
use crate::archive::DayRecord;

/// The material that hot topics are chosen from.
pub(super) struct Material<'a> {
    pub(super) record: &'a DayRecord,
    pub(super) themes: &'a [Theme],
    pub(super) rfcs: &'a [RfcEntry],
    pub(super) surging: &'a [Surging],
    pub(super) watch: &'a Watch,
}

/// A document with its facts, and the points of each.
pub(super) struct Candidate {
    pub(super) document: String,
    pub(super) title: String,
    pub(super) theme: String,
    /// Documents that are told with it.
    pub(super) with: Vec<String>,
    /// The number of different words in its abstract.
    pub(super) richness: usize,
    pub(super) scored: Scored,
}

/// Facts and their points.
type Scored = Vec<(u32, Evidence)>;

fn note(scored: &mut Scored, worth: Worth, fact: Evidence) {
    scored.push((worth.points(), fact));
}

/// Returns the RFCs of the day; those of one work are told together.
pub(super) fn of_rfcs(entries: &[RfcEntry]) -> Vec<Candidate> {
    let together = families::sister_rfcs(entries);
    let each = entries.iter().map(|entry| {
        let mut candidate = of_rfc(entry);
        let with = together.get(&candidate.document);
        candidate.with = with.cloned().unwrap_or_default();
        candidate
    });
    each.collect()
}

fn of_rfc(entry: &RfcEntry) -> Candidate {
    let rfc = &entry.rfc;
    let standard = rfc
        .status
        .as_deref()
        .is_some_and(|status| status.ends_with("Standard") || status == "Best Current Practice");
    let worth = if standard {
        Worth::StandardRfc
    } else {
        Worth::OtherRfc
    };
    let (number, status) = (rfc.number, rfc.status.clone());
    let mut scored = Scored::new();
    note(&mut scored, worth, Evidence::Published { number, status });
    changes(&rfc.updates, &rfc.obsoletes, &mut scored);
    let title = rfc.title.clone();
    let title = title.unwrap_or_else(|| format!("RFC {number}"));
    named(&title, &mut scored);
    watched(&entry.watched, &mut scored);
    Candidate {
        document: format!("rfc{number}"),
        title,
        theme: format!("rfc{number}"),
        with: Vec::new(),
        richness: richness(rfc.abstract_text.as_deref()),
        scored,
    }
}

/// Returns a draft of the day with its facts. That it has been revised often is none of them.
pub(super) fn of_draft(draft: &DraftEntry, theme: &Theme, material: &Material<'_>) -> Candidate {
    let mut scored = Scored::new();
    milestones(draft, material, &mut scored);
    first_version(draft, &mut scored);
    changes(&draft.updates, &draft.obsoletes, &mut scored);
    if !draft.related.is_empty() {
        let names = draft.related.clone();
        note(&mut scored, Worth::Family, Evidence::Sisters { names });
    }
    named(&draft.title, &mut scored);
    if draft.revisions.len() > 1 {
        let revisions = draft.revisions.clone();
        let fact = Evidence::SeveralRevisions { revisions };
        note(&mut scored, Worth::SeveralRevisions, fact);
    }
    let surges = |surging: &&Surging| surging.drafts.contains(&draft.name);
    if let Some(surging) = material.surging.iter().find(surges) {
        let (theme, today) = (surging.title.clone(), surging.today);
        note(&mut scored, Worth::Surge, Evidence::Surge { theme, today });
    }
    watched(&draft.watched, &mut scored);
    Candidate {
        document: draft.name.clone(),
        title: draft.title.clone(),
        theme: theme.key.clone(),
        with: draft.related.clone(),
        richness: richness(draft.abstract_text.as_deref()),
        scored,
    }
}

fn first_version(draft: &DraftEntry, scored: &mut Scored) {
    if draft.revisions.last().is_none_or(|newest| newest != "00") {
        return;
    }
    let group = draft.group.as_ref().and_then(|group| group.acronym.clone());
    let mut by_name = ["draft-ietf-", "draft-irtf-", "draft-editorial-"].iter();
    let by_name = by_name.find_map(|start| draft.name.strip_prefix(start));
    let by_name = by_name.and_then(|rest| rest.split('-').next());
    match group.or_else(|| by_name.map(str::to_owned)) {
        Some(group) => {
            let from = draft.adopted_from.clone();
            note(scored, Worth::Adoption, Evidence::Adopted { group, from });
        }
        None => {
            note(scored, Worth::FirstVersion, Evidence::New);
            let count = draft.authors.len();
            if count >= SEVERAL {
                let fact = Evidence::Authors { count };
                note(scored, Worth::SeveralAuthors, fact);
            }
        }
    }
}

/// Returns the documents whose last call or approval was announced today, and that have no entry of their own.
pub(super) fn of_steps(material: &Material<'_>, known: &[Candidate]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for stored in &material.record.announcements {
        let (documents, worth, fact) = match &stored.announcement.body {
            Body::LastCall(LastCall {
                documents,
                ends,
                call: CallKind::Ietf,
                ..
            }) => (
                documents,
                Worth::LastCall,
                Evidence::InLastCall { ends: *ends },
            ),
            Body::Action(action) if action.approves() => {
                (&action.documents, Worth::Approval, Evidence::Approved)
            }
            _ => continue,
        };
        let Some(document) = documents.first() else {
            continue;
        };
        let told = |candidate: &Candidate| candidate.document == document.name;
        if known.iter().chain(&found).any(told) {
            continue;
        }
        let title = document.title.clone();
        let title = title.unwrap_or_else(|| document.name.clone());
        let mut scored = Scored::new();
        note(&mut scored, worth, fact);
        named(&title, &mut scored);
        let matches = material.watch.matches(Watchable {
            name: &document.name,
            group: group_in(&document.name),
            title: &title,
            ..Watchable::default()
        });
        watched(&matches, &mut scored);
        found.push(Candidate {
            document: document.name.clone(),
            title,
            theme: document.name.clone(),
            // Documents of one last call or one decision are told together.
            with: documents[1..].iter().map(|one| one.name.clone()).collect(),
            richness: 0,
            scored,
        });
    }
    found
}

/// Adds the last call or approval of a draft, as far as the archive and the day tell.
fn milestones(draft: &DraftEntry, material: &Material<'_>, scored: &mut Scored) {
    let record = material.record;
    let passed = record.milestones.get(&draft.name);
    let passed = passed.map_or(&[][..], Vec::as_slice);
    let approved = passed.iter().any(|stored| {
        let approving =
            matches!(&stored.announcement.body, Body::Action(action) if action.approves());
        stored.day == record.day && approving
    });
    if approved {
        note(scored, Worth::Approval, Evidence::Approved);
    }
    let is_open = |call: &LastCall| call.ends.is_none_or(|ends| ends >= record.day.date());
    let mut open = passed.iter().rev().filter_map(|stored| {
        let Body::LastCall(call) = &stored.announcement.body else {
            return None;
        };
        let begins = stored.day >= record.since.unwrap_or(record.day);
        (call.call.is_ietf() && is_open(call)).then_some((begins, call.ends))
    });
    if let Some((begins, ends)) = open.next() {
        let worth = if begins {
            Worth::LastCall
        } else {
            Worth::OpenLastCall
        };
        note(scored, worth, Evidence::InLastCall { ends });
    }
}

/// Adds that it is watched, last and without points: what the reader watches stands in a place of its own.
fn watched(entries: &[String], scored: &mut Scored) {
    if let Some(what) = entries.first().cloned() {
        note(scored, Worth::Watched, Evidence::Watched { what });
    }
}

fn named(title: &str, scored: &mut Scored) {
    if let Some((subject, word)) = subjects::named_in(title) {
        let subject = subject.to_owned();
        let fact = Evidence::Subject { subject, word };
        note(scored, Worth::Subject, fact);
    }
}

fn changes(updates: &[u32], obsoletes: &[u32], scored: &mut Scored) {
    if !updates.is_empty() {
        let worth = match is_known(updates) {
            true => Worth::UpdatesKnown,
            false => Worth::Updates,
        };
        let rfcs = updates.to_vec();
        note(scored, worth, Evidence::Updates { rfcs });
    }
    if !obsoletes.is_empty() {
        let worth = match is_known(obsoletes) {
            true => Worth::ReplacesKnown,
            false => Worth::Replaces,
        };
        let rfcs = obsoletes.to_vec();
        note(scored, worth, Evidence::Obsoletes { rfcs });
    }
}

/// Words of an abstract that are counted; a longer one says no more of itself.
const COUNTED: usize = 400;

/// Returns the number of different words of an abstract.
fn richness(text: Option<&str>) -> usize {
    let words = text
        .unwrap_or_default()
        .split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).take(COUNTED);
    let words: BTreeSet<String> = words.map(str::to_lowercase).collect();
    words.len()
}
