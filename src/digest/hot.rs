//! Chooses what is worth reading first, by a score in plain view. Every point comes from a fact of the day or of the archive, and
//! the facts are kept with the topic, so that its reason can say no more than they do.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::background::Surging;
use super::watch::Watchable;
use super::{DraftEntry, Evidence, Gist, HotTopic, RfcEntry, Theme, Watch};
use crate::announcement::{Approval, Body, IesgAction, LastCall};
use crate::archive::DayRecord;

/// From this revision on a draft counts as mature: most become RFCs between their 10th and 20th.
const MATURE: u32 = 10;

/// Points for a step that was announced today of a draft without an entry of its own.
const APPROVAL: u32 = 30;
const LAST_CALL: u32 = 20;
/// Points for being of a theme that surges.
const SURGE: u32 = 11;

/// RFCs that a large part of the readers work with: a document that changes one of them concerns many.
const WELL_KNOWN: [u32; 44] = [
    791, 793, 1034, 1035, 2119, 2131, 2328, 3261, 3550, 3986, 4033, 4271, 4301, 4861, 5280, 5321,
    5322, 5545, 5880, 6241, 6376, 6455, 6749, 7296, 7489, 7519, 7950, 8040, 8200, 8259, 8402, 8415,
    8446, 8484, 8555, 8949, 9000, 9001, 9051, 9110, 9111, 9112, 9113, 9293,
];

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
    title: String,
    theme: String,
    with: Vec<String>,
    pub(super) scored: Vec<(u32, Evidence)>,
}

impl Candidate {
    pub(super) fn score(&self) -> u32 {
        self.scored.iter().map(|(points, _)| points).sum()
    }

    /// The name decides between equals, so that the same day gives the same topics.
    fn before(&self, other: &Candidate) -> Ordering {
        let by_score = other.score().cmp(&self.score());
        by_score.then_with(|| self.document.cmp(&other.document))
    }
}

/// Returns every document of the day that has a fact to be told, the most points first.
pub(super) fn candidates(material: &Material<'_>) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = material.rfcs.iter().map(of_rfc).collect();
    for theme in material.themes {
        let drafts = theme.drafts.iter();
        candidates.extend(drafts.map(|draft| of_draft(draft, theme, material)));
    }
    candidates.extend(steps(material, &candidates));
    candidates.retain(|candidate| !candidate.scored.is_empty());
    for candidate in &mut candidates {
        candidate.scored.sort_by_key(|(points, _)| Reverse(*points));
    }
    candidates.sort_by(Candidate::before);
    candidates
}

/// Chooses the `wanted` most remarkable documents, no two of one family, and of as many themes as there are.
pub(super) fn topics(material: &Material<'_>, wanted: usize) -> Vec<HotTopic> {
    let mut candidates = candidates(material);
    let mut chosen: Vec<Candidate> = Vec::new();
    let mut per_theme: BTreeMap<String, usize> = BTreeMap::new();
    // First one of each theme; only when themes run out, a second one of each.
    for limit in 1..=wanted {
        let mut left = Vec::new();
        for candidate in candidates {
            let told = chosen
                .iter()
                .any(|topic| topic.with.contains(&candidate.document));
            let used = per_theme.get(&candidate.theme).copied().unwrap_or(0);
            if told {
                continue;
            }
            if chosen.len() < wanted && used < limit {
                *per_theme.entry(candidate.theme.clone()).or_default() += 1;
                chosen.push(candidate);
            } else {
                left.push(candidate);
            }
        }
        candidates = left;
    }
    chosen.sort_by(Candidate::before);
    chosen.into_iter().map(topic).collect()
}

/// Returns the documents whose last call or approval was announced today, and that have no entry of their own.
fn steps(material: &Material<'_>, known: &[Candidate]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for stored in &material.record.announcements {
        let (documents, points, fact) = match &stored.announcement.body {
            Body::LastCall(LastCall {
                documents, ends, ..
            }) => (documents, LAST_CALL, Evidence::InLastCall { ends: *ends }),
            Body::Action(action) if approves(action) => {
                (&action.documents, APPROVAL, Evidence::Approved)
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
        let mut scored = vec![(points, fact)];
        let matches = material.watch.matches(Watchable {
            name: &document.name,
            title: &title,
            ..Watchable::default()
        });
        watched(&matches, &mut scored);
        found.push(Candidate {
            document: document.name.clone(),
            title,
            theme: "step".into(),
            // Documents of one last call or one decision are told together.
            with: documents[1..].iter().map(|one| one.name.clone()).collect(),
            scored,
        });
    }
    found
}

/// Returns true when a decision approves documents; a review of conflicts and a change of status do not.
fn approves(action: &IesgAction) -> bool {
    matches!(action.approval, Approval::Protocol | Approval::Document)
}

fn topic(candidate: Candidate) -> HotTopic {
    let evidence = candidate.scored.into_iter().map(|(_, evidence)| evidence);
    HotTopic {
        document: candidate.document,
        title: candidate.title,
        reason: String::new(),
        with: candidate.with,
        headline: Vec::new(),
        gist: Gist::default(),
        evidence: evidence.collect(),
    }
}

fn of_rfc(entry: &RfcEntry) -> Candidate {
    let rfc = &entry.rfc;
    let standard = rfc
        .status
        .as_deref()
        .is_some_and(|status| status.ends_with("Standard") || status == "Best Current Practice");
    let (number, status) = (rfc.number, rfc.status.clone());
    let points = if standard { 90 } else { 75 };
    let mut scored = vec![(points, Evidence::Published { number, status })];
    documents(&rfc.updates, &rfc.obsoletes, &mut scored);
    watched(&entry.watched, &mut scored);
    Candidate {
        document: format!("rfc{}", rfc.number),
        title: rfc
            .title
            .clone()
            .unwrap_or_else(|| format!("RFC {}", rfc.number)),
        theme: "rfc".into(),
        with: Vec::new(),
        scored,
    }
}

fn of_draft(draft: &DraftEntry, theme: &Theme, material: &Material<'_>) -> Candidate {
    let record = material.record;
    let mut scored = Vec::new();
    watched(&draft.watched, &mut scored);
    milestones(draft, record, &mut scored);
    let newest = draft
        .revisions
        .last()
        .and_then(|revision| revision.parse::<u32>().ok());
    let group = draft.group.as_ref().and_then(|group| group.acronym.clone());
    let adopted = draft.name.starts_with("draft-ietf-") || draft.name.starts_with("draft-irtf-");
    match newest {
        Some(0) if adopted || draft.adopted_from.is_some() => {
            let group = group.or_else(|| draft.name.split('-').nth(2).map(str::to_owned));
            let (group, from) = (group.unwrap_or_default(), draft.adopted_from.clone());
            scored.push((35, Evidence::Adopted { group, from }));
        }
        Some(0) => scored.push((14, Evidence::New)),
        Some(revision) if revision >= MATURE => {
            let points = 9 + (revision - MATURE).min(10);
            scored.push((points, Evidence::Mature { revision }));
        }
        _ => {}
    }
    documents(&draft.updates, &draft.obsoletes, &mut scored);
    if !draft.related.is_empty() {
        let names = draft.related.clone();
        scored.push((12, Evidence::Sisters { names }));
    }
    if draft.revisions.len() > 1 {
        let revisions = draft.revisions.clone();
        scored.push((9, Evidence::SeveralRevisions { revisions }));
    }
    let surges = |surging: &&Surging| surging.drafts.contains(&draft.name);
    if let Some(surging) = material.surging.iter().find(surges) {
        let (theme, today) = (surging.title.clone(), surging.today);
        scored.push((SURGE, Evidence::Surge { theme, today }));
    }
    Candidate {
        document: draft.name.clone(),
        title: draft.title.clone(),
        theme: theme.key.clone(),
        with: draft.related.clone(),
        scored,
    }
}

fn watched(entries: &[String], scored: &mut Vec<(u32, Evidence)>) {
    let first = entries.first().cloned();
    scored.extend(first.map(|what| (60, Evidence::Watched { what })));
}

fn documents(updates: &[u32], obsoletes: &[u32], scored: &mut Vec<(u32, Evidence)>) {
    let known = |numbers: &[u32]| numbers.iter().any(|number| WELL_KNOWN.contains(number));
    if !updates.is_empty() {
        let points = if known(updates) { 16 } else { 6 };
        let rfcs = updates.to_vec();
        scored.push((points, Evidence::Updates { rfcs }));
    }
    if !obsoletes.is_empty() {
        let points = if known(obsoletes) { 20 } else { 9 };
        let rfcs = obsoletes.to_vec();
        scored.push((points, Evidence::Obsoletes { rfcs }));
    }
}

/// Adds the last call or approval of a draft, as far as the archive and the day tell.
fn milestones(draft: &DraftEntry, record: &DayRecord, scored: &mut Vec<(u32, Evidence)>) {
    let passed = record
        .milestones
        .get(&draft.name)
        .map_or(&[][..], Vec::as_slice);
    let approved = passed.iter().any(|stored| {
        let approving =
            matches!(&stored.announcement.body, Body::Action(action) if approves(action));
        stored.day == record.day && approving
    });
    if approved {
        scored.push((50, Evidence::Approved));
    }
    let is_open = |call: &LastCall| call.ends.is_none_or(|ends| ends >= record.day.date());
    let mut open = passed.iter().rev().filter_map(|stored| {
        let Body::LastCall(call) = &stored.announcement.body else {
            return None;
        };
        is_open(call).then_some((40, Evidence::InLastCall { ends: call.ends }))
    });
    scored.extend(open.next());
}
