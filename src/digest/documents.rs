//! The documents of a day: each with its watch-list matches, what the archive remembers of it, and where to read it.
//! Every address is built from a parsed name and number, never taken from a text.

use std::collections::BTreeMap;

use super::lineage::{Lineage, draft_of};
use super::watch::{Watchable, acronym, group_in};
use super::{
    Digest, DraftEntry, Edition, Gist, History, Links, ListMessage, Previous, RfcEntry, families,
};
use crate::announcement::{Body, Draft, Rfc};
use crate::archive::DayRecord;

/// Returns every draft of the day once, with all its revisions, in the order of their first announcement.
pub(super) fn drafts(record: &DayRecord, edition: &Edition) -> Vec<DraftEntry> {
    let mut order: Vec<&str> = Vec::new();
    let mut by_name: BTreeMap<&str, Vec<&Draft>> = BTreeMap::new();
    for stored in &record.announcements {
        if let Body::Draft(draft) = &stored.announcement.body {
            let revisions = by_name.entry(&draft.name).or_default();
            if revisions.is_empty() {
                order.push(&draft.name);
            }
            revisions.push(draft);
        }
    }
    let lineage = Lineage::of(record);
    let mut entries: Vec<DraftEntry> = order
        .into_iter()
        .filter_map(|name| draft_entry(by_name.get(name)?, record, edition, &lineage))
        .collect();
    let sisters = families::sisters(&entries);
    for entry in &mut entries {
        entry.related = sisters.get(&entry.name).cloned().unwrap_or_default();
    }
    entries
}

fn draft_entry(
    revisions: &[&Draft],
    record: &DayRecord,
    edition: &Edition,
    lineage: &Lineage<'_>,
) -> Option<DraftEntry> {
    let mut revisions = revisions.to_vec();
    revisions.sort_by(|a, b| a.revision.cmp(&b.revision));
    revisions.dedup_by(|a, b| a.revision == b.revision);
    let (first, newest) = (revisions.first()?, revisions.last()?);
    let earlier = record.earlier.get(&newest.name).into_iter().flatten();
    let mut before = earlier.rev().filter(|one| one.revision < first.revision);
    let previous = before.next().map(|one| Previous {
        revision: one.revision.clone(),
        date: one.day,
    });
    let title = newest.title.clone().unwrap_or_else(|| newest.name.clone());
    let watched = edition.watch.matches(Watchable {
        name: &newest.name,
        formerly: &lineage.formerly(&newest.name),
        group: acronym(newest.group.as_ref()),
        authors: &newest.authors,
        title: &title,
        text: newest.abstract_text.as_deref().unwrap_or_default(),
    });
    Some(DraftEntry {
        name: newest.name.clone(),
        revisions: revisions
            .iter()
            .map(|draft| draft.revision.clone())
            .collect(),
        previous,
        title,
        authors: newest.authors.clone(),
        group: newest.group.clone(),
        pages: newest.pages,
        updates: newest.updates.clone(),
        obsoletes: newest.obsoletes.clone(),
        watched,
        adopted_from: newest.replaces.first().cloned(),
        history: history_of(&newest.name, record),
        links: draft_links(&newest.name, &newest.revision),
        abstract_text: newest.abstract_text.clone(),
        ..DraftEntry::default()
    })
}

pub(super) fn rfcs(record: &DayRecord, edition: &Edition) -> Vec<RfcEntry> {
    let lineage = Lineage::of(record);
    let announced = record.announcements.iter();
    let rfcs = announced.filter_map(|stored| match &stored.announcement.body {
        Body::Rfc(rfc) => Some(rfc_entry(rfc, edition, &lineage)),
        _ => None,
    });
    let mut found: Vec<RfcEntry> = rfcs.collect();
    found.sort_by_key(|entry| entry.rfc.number);
    found
}

fn rfc_entry(rfc: &Rfc, edition: &Edition, lineage: &Lineage<'_>) -> RfcEntry {
    // An RFC is watched for also by the names and the group of the draft that it was.
    let name = draft_of(rfc);
    let watched = edition.watch.matches(Watchable {
        name,
        formerly: &lineage.formerly(name),
        group: acronym(rfc.group.as_ref()).or_else(|| group_in(name)),
        authors: &rfc.authors,
        title: rfc.title.as_deref().unwrap_or_default(),
        text: rfc.abstract_text.as_deref().unwrap_or_default(),
    });
    RfcEntry {
        rfc: rfc.clone(),
        summary: String::new(),
        gist: Gist::default(),
        watched,
        links: rfc_links(rfc.number),
    }
}

/// Returns the history of the draft `name` as it stood at the end of the record's day.
fn history_of(name: &str, record: &DayRecord) -> History {
    let earlier = record.earlier.get(name).map_or(&[][..], Vec::as_slice);
    let mut history = History::default();
    // With one earlier revision, its day is told with it.
    if earlier.len() > 1 {
        history.first_seen = earlier.iter().map(|one| one.day).min();
    }
    let milestones = record.milestones.get(name).map_or(&[][..], Vec::as_slice);
    for stored in milestones {
        match &stored.announcement.body {
            Body::LastCall(call) if call.call.is_ietf() => {
                let open = |ends: &jiff::civil::Date| *ends >= record.day.date();
                history.last_call_until = call.ends.filter(open);
            }
            // A review of conflicts approves nothing, and a change of status is of an RFC.
            Body::Action(action) if action.approves() => {
                history.approved = Some(stored.day);
                history.last_call_until = None;
            }
            Body::Rfc(rfc) => history.rfc = Some(rfc.number),
            _ => {}
        }
    }
    history
}

/// Returns the pages of a draft's newest revision; the difference only when there is an earlier one.
pub(super) fn draft_links(name: &str, revision: &str) -> Links {
    Links {
        datatracker: format!("https://datatracker.ietf.org/doc/{name}/"),
        html: format!("https://www.ietf.org/archive/id/{name}-{revision}.html"),
        diff: (revision != "00")
            .then(|| format!("https://author-tools.ietf.org/iddiff?url2={name}-{revision}")),
        message: None,
    }
}

/// Returns the pages of an RFC.
pub(super) fn rfc_links(number: u32) -> Links {
    Links {
        datatracker: format!("https://datatracker.ietf.org/doc/rfc{number}/"),
        html: format!("https://www.rfc-editor.org/rfc/rfc{number}.html"),
        ..Links::default()
    }
}

/// Notes with each document of the day which message announced it, the newest revision of a draft.
pub(super) fn note_messages(digest: &mut Digest, record: &DayRecord) {
    let mut messages: BTreeMap<String, (&str, ListMessage)> = BTreeMap::new();
    for stored in &record.announcements {
        let (name, revision) = match &stored.announcement.body {
            Body::Draft(draft) => (draft.name.clone(), draft.revision.as_str()),
            Body::Rfc(rfc) => (format!("rfc{}", rfc.number), ""),
            _ => continue,
        };
        let list = stored.announcement.list.as_ref();
        let id = stored.announcement.message_id.as_ref();
        let newer = messages
            .get(&name)
            .is_none_or(|(known, _)| *known < revision);
        if let (Some(list), Some(id), true) = (list, id, newer) {
            let (list, id) = (list.clone(), id.clone());
            messages.insert(name, (revision, ListMessage { list, id }));
        }
    }
    let message = |name: &str| messages.get(name).map(|(_, message)| message.clone());
    for draft in digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts) {
        draft.links.message = message(&draft.name);
    }
    for entry in &mut digest.rfcs {
        entry.links.message = message(&format!("rfc{}", entry.rfc.number));
    }
}
