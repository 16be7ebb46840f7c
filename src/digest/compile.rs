//! From what the archive knows of a day to its digest. Pure: the same record and edition give the same digest.

use std::collections::{BTreeMap, BTreeSet};

use super::background::{Past, Surging};
use super::taxonomy::Taxonomy;
use super::watch::{Watchable, group_in};
use super::{
    Announced, Cadence, Counts, Digest, DraftEntry, Edition, LateArrival, Links, Previous,
    RfcEntry, Scope, Unread, background, families, filter, history, hot, links, silence,
};
use crate::announcement::{Body, Draft, Group, Rfc};
use crate::archive::{DayCount, DayRecord, StoredAnnouncement};

/// Compiles a day for an edition, its drafts under the themes of `taxonomy`. Summaries and reasons are empty; an editor
/// writes them. `unread` is told of a mailbox whose last sync failed.
pub fn compile(
    record: &DayRecord,
    edition: &Edition,
    taxonomy: &Taxonomy,
    unread: Option<Unread>,
) -> Digest {
    let (record, hidden) = filter::shown(record, edition);
    let record = record.as_ref();
    let drafts = drafts(record, edition);
    let read = themes_of(&drafts, taxonomy);
    let mut digest = Digest {
        since: record.since,
        unread,
        scope: Scope {
            weekly: edition.cadence == Cadence::Weekly && record.since.is_some(),
            filtered: edition.is_filtered(),
            hidden,
        },
        counts: Counts {
            drafts: count(drafts.len()),
            rfcs: 0,
            announcements: count(record.announcements.len()),
        },
        themes: taxonomy.arrange(drafts, &read, edition.language),
        rfcs: rfcs(record, edition),
        late: record.late.iter().map(late).collect(),
        connected_minutes: minutes(record),
        sources: sources(record, edition),
        silent: record.silent.clone(),
        ..Digest::empty(record.day, &edition.name, edition.language)
    };
    digest.counts.rfcs = count(digest.rfcs.len());
    for theme in &mut digest.themes {
        theme.drafts = families::bring_together(std::mem::take(&mut theme.drafts));
    }
    let material = hot::Material {
        record,
        themes: &digest.themes,
        rfcs: &digest.rfcs,
        surging: &surging(record, &read, edition, taxonomy),
        watch: &edition.watch,
    };
    digest.hot_topics = hot::topics(&material, edition.hot_topics);
    // What is left out is no silence, and what is left is not to be measured by counts of everything.
    if hidden == 0 {
        digest.silence = silence::explain_silence(record, || {
            let past = Past::by_theme(record, taxonomy, background::LATELY);
            past.lately(taxonomy, edition.language)
        });
    }
    if !digest.scope.filtered {
        digest.recent = recent(record, digest.counts);
    }
    for stored in &record.announcements {
        sort_in(&mut digest, stored, edition);
    }
    links::note_messages(&mut digest, record);
    digest
}

/// Returns the themes that surge today. A month of drafts is read only on days that have something to compare it with.
pub(super) fn surging(
    record: &DayRecord,
    read: &BTreeMap<String, String>,
    edition: &Edition,
    taxonomy: &Taxonomy,
) -> Vec<Surging> {
    if !background::may_surge(read) {
        return Vec::new();
    }
    let past = Past::by_theme(record, taxonomy, background::MONTH);
    past.surging(read, taxonomy, edition.language)
}

/// Returns the theme of each draft by its content, before small ones join; families share one.
pub(super) fn themes_of(drafts: &[DraftEntry], taxonomy: &Taxonomy) -> BTreeMap<String, String> {
    let reason = |draft: &DraftEntry| (draft.name.clone(), taxonomy.reason(draft));
    let mut read = drafts.iter().map(reason).collect();
    families::share_themes(drafts, &mut read);
    read.into_iter()
        .map(|(name, reasoning)| (name, reasoning.theme))
        .collect()
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

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
    let mut entries: Vec<DraftEntry> = order
        .into_iter()
        .filter_map(|name| entry(by_name.get(name)?, record, edition))
        .collect();
    let sisters = families::sisters(&entries);
    for entry in &mut entries {
        entry.related = sisters.get(&entry.name).cloned().unwrap_or_default();
    }
    entries
}

fn entry(revisions: &[&Draft], record: &DayRecord, edition: &Edition) -> Option<DraftEntry> {
    let mut revisions = revisions.to_vec();
    revisions.sort_by(|a, b| a.revision.cmp(&b.revision));
    revisions.dedup_by(|a, b| a.revision == b.revision);
    let (first, newest) = (revisions.first()?, revisions.last()?);
    let previous = record
        .earlier
        .get(&newest.name)
        .and_then(|earlier| {
            earlier
                .iter()
                .rev()
                .find(|one| one.revision < first.revision)
        })
        .map(|one| Previous {
            revision: one.revision.clone(),
            date: one.day,
        });
    let title = newest.title.clone().unwrap_or_else(|| newest.name.clone());
    let watched = edition.watch.matches(Watchable {
        name: &newest.name,
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
        summary: String::new(),
        updates: newest.updates.clone(),
        obsoletes: newest.obsoletes.clone(),
        related: Vec::new(),
        watched,
        adopted_from: newest.replaces.first().cloned(),
        history: history::remembered(&newest.name, record),
        links: links::of_draft(&newest.name, &newest.revision),
        abstract_text: newest.abstract_text.clone(),
    })
}

fn acronym(group: Option<&Group>) -> Option<&str> {
    group.and_then(|group| group.acronym.as_deref())
}

pub(super) fn rfcs(record: &DayRecord, edition: &Edition) -> Vec<RfcEntry> {
    let mut found: Vec<RfcEntry> = record
        .announcements
        .iter()
        .filter_map(|stored| match &stored.announcement.body {
            Body::Rfc(rfc) => Some(rfc_entry(rfc, edition)),
            _ => None,
        })
        .collect();
    found.sort_by_key(|entry| entry.rfc.number);
    found
}

fn rfc_entry(rfc: &Rfc, edition: &Edition) -> RfcEntry {
    // An RFC is watched for also by the name of the draft that it was.
    let draft = rfc.draft.as_deref().unwrap_or_default();
    let name = draft.rsplit_once('-').map_or(draft, |(name, _)| name);
    let watched = edition.watch.matches(Watchable {
        name,
        group: acronym(rfc.group.as_ref()),
        authors: &rfc.authors,
        title: rfc.title.as_deref().unwrap_or_default(),
        text: rfc.abstract_text.as_deref().unwrap_or_default(),
    });
    RfcEntry {
        rfc: rfc.clone(),
        summary: String::new(),
        watched,
        links: links::of_rfc(rfc.number),
    }
}

/// Puts what is neither draft nor RFC into its section.
fn sort_in(digest: &mut Digest, stored: &StoredAnnouncement, edition: &Edition) {
    let subject = |name: &str, group: Option<&str>, text: &str| {
        edition.watch.matches(Watchable {
            name,
            group,
            authors: &[],
            title: &stored.announcement.subject,
            text,
        })
    };
    match &stored.announcement.body {
        Body::Draft(_) | Body::Rfc(_) => {}
        Body::LastCall(body) => {
            let watched = all(body
                .documents
                .iter()
                .map(|document| subject(&document.name, group_in(&document.name), "")));
            digest.last_calls.push(item(stored, body, watched));
        }
        Body::Action(body) => {
            let watched = all(body
                .documents
                .iter()
                .map(|document| subject(&document.name, group_in(&document.name), "")));
            digest.actions.push(item(stored, body, watched));
        }
        Body::Group(body) => {
            let watched = subject("", body.acronym.as_deref(), "");
            digest.groups.push(item(stored, body, watched));
        }
        Body::Meeting(body) => {
            let watched = subject("", acronym(body.group.as_ref()), "");
            digest.meetings.push(item(stored, body, watched));
        }
        Body::Notice(body) => {
            let watched = subject("", None, &body.excerpt);
            digest.notices.push(item(stored, body, watched));
        }
    }
}

fn all(matches: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let found: BTreeSet<String> = matches.flatten().collect();
    found.into_iter().collect()
}

fn item<T: Clone>(stored: &StoredAnnouncement, body: &T, watched: Vec<String>) -> Announced<T> {
    Announced {
        body: body.clone(),
        subject: stored.announcement.subject.clone(),
        message_id: stored.announcement.message_id.clone(),
        list: stored
            .lists
            .first()
            .cloned()
            .or_else(|| stored.announcement.list.clone()),
        watched,
    }
}

fn late(stored: &StoredAnnouncement) -> LateArrival {
    let (document, title, links): (Option<String>, Option<String>, Option<Links>) =
        match &stored.announcement.body {
            Body::Draft(draft) => (
                Some(format!("{}-{}", draft.name, draft.revision)),
                draft.title.clone(),
                Some(links::of_draft(&draft.name, &draft.revision)),
            ),
            Body::Rfc(rfc) => (
                Some(format!("RFC {}", rfc.number)),
                rfc.title.clone(),
                Some(links::of_rfc(rfc.number)),
            ),
            _ => (None, None, None),
        };
    LateArrival {
        day: stored.day,
        kind: stored.announcement.body.kind().to_owned(),
        document,
        title: title.unwrap_or_else(|| stored.announcement.subject.clone()),
        links,
    }
}

fn minutes(record: &DayRecord) -> Option<u32> {
    let minutes = record.connected.as_secs() / 60;
    (minutes > 0).then(|| u32::try_from(minutes).unwrap_or(u32::MAX))
}

fn recent(record: &DayRecord, counts: Counts) -> Vec<DayCount> {
    let mut recent = record.past.clone();
    if record.since.is_none() {
        recent.push(DayCount {
            day: record.day,
            drafts: counts.drafts,
            rfcs: counts.rfcs,
            announcements: counts.announcements,
        });
    }
    recent
}

/// Returns the lists that carried something; when none did, those that would have told.
fn sources(record: &DayRecord, edition: &Edition) -> Vec<String> {
    let lists: BTreeSet<String> = record
        .announcements
        .iter()
        .chain(&record.late)
        .flat_map(|stored| stored.lists.iter().cloned())
        .collect();
    if lists.is_empty() {
        return edition.lists.clone();
    }
    lists.into_iter().collect()
}
