//! What is worth reading first: a score in plain view. Every point comes from a fact of the day or of the archive, and
//! the facts are kept with the topic, so that its reason can say no more than they do.

use std::collections::BTreeMap;

use super::{DraftEntry, Evidence, HotTopic, RfcEntry, Theme};
use crate::announcement::Body;
use crate::archive::DayRecord;

/// From this revision on a draft counts as mature: most become RFCs between their 10th and 20th.
const MATURE: u32 = 10;

/// RFCs that a large part of the readers work with: a document that changes one of them concerns many.
const WELL_KNOWN: [u32; 44] = [
    791, 793, 1034, 1035, 2119, 2131, 2328, 3261, 3550, 3986, 4033, 4271, 4301, 4861, 5280, 5321,
    5322, 5545, 5880, 6241, 6376, 6455, 6749, 7296, 7489, 7519, 7950, 8040, 8200, 8259, 8402, 8415,
    8446, 8484, 8555, 8949, 9000, 9001, 9051, 9110, 9111, 9112, 9113, 9293,
];

struct Candidate {
    document: String,
    title: String,
    theme: String,
    with: Vec<String>,
    scored: Vec<(u32, Evidence)>,
}

impl Candidate {
    fn score(&self) -> u32 {
        self.scored.iter().map(|(points, _)| points).sum()
    }
}

/// The `wanted` most remarkable documents, no two of one family, and of as many themes as there are.
pub(super) fn topics(
    record: &DayRecord,
    themes: &[Theme],
    rfcs: &[RfcEntry],
    wanted: usize,
) -> Vec<HotTopic> {
    let mut candidates: Vec<Candidate> = rfcs.iter().map(of_rfc).collect();
    for theme in themes {
        candidates.extend(
            theme
                .drafts
                .iter()
                .map(|draft| of_draft(draft, theme, record)),
        );
    }
    candidates.retain(|candidate| !candidate.scored.is_empty());
    // The name decides between equals, so that the same day gives the same topics.
    candidates.sort_by(|a, b| {
        b.score()
            .cmp(&a.score())
            .then_with(|| a.document.cmp(&b.document))
    });
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
    chosen.sort_by(|a, b| {
        b.score()
            .cmp(&a.score())
            .then_with(|| a.document.cmp(&b.document))
    });
    chosen.into_iter().map(topic).collect()
}

fn topic(mut candidate: Candidate) -> HotTopic {
    candidate
        .scored
        .sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    HotTopic {
        document: candidate.document,
        title: candidate.title,
        reason: String::new(),
        with: candidate.with,
        evidence: candidate
            .scored
            .into_iter()
            .map(|(_, evidence)| evidence)
            .collect(),
    }
}

fn of_rfc(entry: &RfcEntry) -> Candidate {
    let rfc = &entry.rfc;
    let standard = rfc
        .status
        .as_deref()
        .is_some_and(|status| status.ends_with("Standard") || status == "Best Current Practice");
    let mut scored = vec![(
        if standard { 90 } else { 75 },
        Evidence::Published {
            number: rfc.number,
            status: rfc.status.clone(),
        },
    )];
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

fn of_draft(draft: &DraftEntry, theme: &Theme, record: &DayRecord) -> Candidate {
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
            scored.push((
                35,
                Evidence::Adopted {
                    group: group.unwrap_or_default(),
                    from: draft.adopted_from.clone(),
                },
            ));
        }
        Some(0) => scored.push((14, Evidence::New)),
        Some(number) if number >= MATURE => scored.push((
            9 + (number - MATURE).min(10),
            Evidence::Mature { revision: number },
        )),
        _ => {}
    }
    documents(&draft.updates, &draft.obsoletes, &mut scored);
    if !draft.related.is_empty() {
        scored.push((
            12,
            Evidence::Sisters {
                names: draft.related.clone(),
            },
        ));
    }
    if draft.revisions.len() > 1 {
        scored.push((
            9,
            Evidence::SeveralRevisions {
                revisions: draft.revisions.clone(),
            },
        ));
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
    if let Some(first) = entries.first() {
        scored.push((
            60,
            Evidence::Watched {
                what: first.clone(),
            },
        ));
    }
}

fn documents(updates: &[u32], obsoletes: &[u32], scored: &mut Vec<(u32, Evidence)>) {
    let known = |numbers: &[u32]| numbers.iter().any(|number| WELL_KNOWN.contains(number));
    if !updates.is_empty() {
        let points = if known(updates) { 16 } else { 6 };
        scored.push((
            points,
            Evidence::Updates {
                rfcs: updates.to_vec(),
            },
        ));
    }
    if !obsoletes.is_empty() {
        let points = if known(obsoletes) { 20 } else { 9 };
        scored.push((
            points,
            Evidence::Obsoletes {
                rfcs: obsoletes.to_vec(),
            },
        ));
    }
}

/// The last call or approval of a draft, as far as the archive and the day tell.
fn milestones(draft: &DraftEntry, record: &DayRecord, scored: &mut Vec<(u32, Evidence)>) {
    let passed = record
        .milestones
        .get(&draft.name)
        .map_or(&[][..], Vec::as_slice);
    let approved = passed.iter().any(|stored| {
        stored.day == record.day && matches!(stored.announcement.body, Body::Action(_))
    });
    if approved {
        scored.push((50, Evidence::Approved));
    }
    let open = passed
        .iter()
        .rev()
        .find_map(|stored| match &stored.announcement.body {
            Body::LastCall(call) if call.ends.is_none_or(|ends| ends >= record.day.date()) => {
                Some(call.ends)
            }
            _ => None,
        });
    if let Some(ends) = open {
        scored.push((40, Evidence::InLastCall { ends }));
    }
}
