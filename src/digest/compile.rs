//! From what the archive knows of a day to its digest. Pure: the same record and edition give the same digest.

use std::collections::{BTreeMap, BTreeSet};

use super::background::{Past, Surging};
use super::divide::divide;
use super::documents::{draft_links, drafts, note_messages, rfc_links, rfcs};
use super::lineage::Lineage;
use super::taxonomy::Taxonomy;
use super::themes::Reasoning;
use super::watch::{Watchable, acronym, group_in};
use super::{
    Announced, Cadence, Counts, Digest, DraftEntry, Edition, LateArrival, Scope, Unread,
    background, facts, families, filter, hot, silence,
};
use crate::announcement::{Body, NamedDocument};
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
    let mut drafts = drafts(record, edition);
    let read = reasonings(&drafts, taxonomy);
    for draft in &mut drafts {
        draft.second_theme = read.get(&draft.name).and_then(second_theme);
    }
    let read = by_theme(read);
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
        heard: heard(record),
        silent: record.silent.clone(),
        detail: edition.detail,
        zone: edition.zone.clone(),
        ..Digest::empty(record.day, &edition.name, edition.language)
    };
    digest.counts.rfcs = count(digest.rfcs.len());
    for theme in &mut digest.themes {
        theme.drafts = families::bring_together(std::mem::take(&mut theme.drafts));
    }
    let material = facts::Material {
        record,
        themes: &digest.themes,
        rfcs: &digest.rfcs,
        surging: &surging(record, &read, edition, taxonomy),
        watch: &edition.watch,
    };
    digest.hot_topics = hot::topics(&material, edition.hot_topics);
    // Hot topics are one of a theme, however many parts that is shown in.
    digest.themes = divide(taxonomy, digest.themes, edition.language);
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
    let lineage = Lineage::of(record);
    for stored in &record.announcements {
        sort_in(&mut digest, stored, edition, &lineage);
    }
    for stored in &record.closing {
        sort_closing(&mut digest, stored, edition, &lineage);
    }
    note_messages(&mut digest, record);
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
    by_theme(reasonings(drafts, taxonomy))
}

fn reasonings(drafts: &[DraftEntry], taxonomy: &Taxonomy) -> BTreeMap<String, Reasoning> {
    let reason = |draft: &DraftEntry| (draft.name.clone(), taxonomy.reason(draft));
    let mut read = drafts.iter().map(reason).collect();
    families::share_themes(drafts, &mut read);
    read
}

fn by_theme(read: BTreeMap<String, Reasoning>) -> BTreeMap<String, String> {
    let read = read.into_iter();
    read.map(|(name, reasoning)| (name, reasoning.theme))
        .collect()
}

/// Returns the other theme that a draft could as well stand under; the one that its family has is no other.
fn second_theme(reasoning: &Reasoning) -> Option<String> {
    let (theme, _) = reasoning.second.as_ref()?;
    (*theme != reasoning.theme).then(|| theme.clone())
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Puts what is neither draft nor RFC into its section.
fn sort_in(
    digest: &mut Digest,
    stored: &StoredAnnouncement,
    edition: &Edition,
    lineage: &Lineage<'_>,
) {
    let matches = |name: &str, group: Option<&str>, text: &str| {
        edition.watch.matches(Watchable {
            name,
            group,
            title: &stored.announcement.subject,
            text,
            ..Watchable::default()
        })
    };
    let about =
        |documents: &[NamedDocument]| watched_documents(documents, stored, edition, lineage);
    match &stored.announcement.body {
        Body::Draft(_) | Body::Rfc(_) => {}
        Body::LastCall(body) => {
            let watched = about(&body.documents);
            digest.last_calls.push(item(stored, body, watched));
        }
        Body::Action(body) => {
            let watched = about(&body.documents);
            digest.actions.push(item(stored, body, watched));
        }
        Body::Group(body) => {
            let watched = matches("", body.acronym.as_deref(), "");
            digest.groups.push(item(stored, body, watched));
        }
        Body::Meeting(body) => {
            let watched = matches("", acronym(body.group.as_ref()), "");
            digest.meetings.push(item(stored, body, watched));
        }
        Body::Notice(body) => {
            let watched = matches("", None, &body.excerpt);
            digest.notices.push(item(stored, body, watched));
        }
    }
}

/// Puts a last call or a review of a charter that closes soon with its like.
fn sort_closing(
    digest: &mut Digest,
    stored: &StoredAnnouncement,
    edition: &Edition,
    lineage: &Lineage<'_>,
) {
    match &stored.announcement.body {
        Body::LastCall(body) => {
            let watched = watched_documents(&body.documents, stored, edition, lineage);
            digest.closing.push(item(stored, body, watched));
        }
        Body::Group(body) => {
            let watched = edition.watch.matches(Watchable {
                group: body.acronym.as_deref(),
                title: &stored.announcement.subject,
                ..Watchable::default()
            });
            digest.closing_reviews.push(item(stored, body, watched));
        }
        _ => {}
    }
}

/// Returns why documents that are only named are on the watch list.
fn watched_documents(
    documents: &[NamedDocument],
    stored: &StoredAnnouncement,
    edition: &Edition,
    lineage: &Lineage<'_>,
) -> Vec<String> {
    let found: BTreeSet<String> = (documents.iter())
        .flat_map(|document| {
            edition.watch.matches(Watchable {
                name: &document.name,
                formerly: &lineage.formerly(&document.name),
                group: group_in(&document.name),
                title: &stored.announcement.subject,
                ..Watchable::default()
            })
        })
        .collect();
    found.into_iter().collect()
}

fn item<T: Clone>(stored: &StoredAnnouncement, body: &T, watched: Vec<String>) -> Announced<T> {
    Announced {
        body: body.clone(),
        subject: stored.announcement.subject.clone(),
        message_id: stored.announcement.message_id.clone(),
        list: (stored.lists.first().or(stored.announcement.list.as_ref())).cloned(),
        watched,
    }
}

fn late(stored: &StoredAnnouncement) -> LateArrival {
    let announcement = &stored.announcement;
    let (document, title, links) = match &announcement.body {
        Body::Draft(draft) => (
            Some(format!("{}-{}", draft.name, draft.revision)),
            draft.title.as_ref(),
            Some(draft_links(&draft.name, &draft.revision)),
        ),
        Body::Rfc(rfc) => (
            Some(format!("RFC {}", rfc.number)),
            rfc.title.as_ref(),
            Some(rfc_links(rfc.number)),
        ),
        _ => (None, None, None),
    };
    LateArrival {
        day: stored.day,
        kind: announcement.body.kind().to_owned(),
        document,
        title: title.unwrap_or(&announcement.subject).clone(),
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

/// Counts what each list carried that was heard of lately. One that fell silent against its rhythm is not among them: that it
/// carried nothing says nothing.
fn heard(record: &DayRecord) -> Vec<(String, u32)> {
    let all = record.announcements.iter().chain(&record.late);
    let carried = all.flat_map(|stored| &stored.lists);
    let mut counts: BTreeMap<&String, u32> = BTreeMap::new();
    let is_silent = |list: &&String| record.silent.iter().any(|silent| silent.list == **list);
    for list in record.heard.iter().filter(|list| !is_silent(list)) {
        counts.insert(list, 0);
    }
    for list in carried {
        *counts.entry(list).or_default() += 1;
    }
    let counts = counts.into_iter();
    counts.map(|(list, count)| (list.clone(), count)).collect()
}

/// Returns the lists that carried something; when none did, those that would have told.
fn sources(record: &DayRecord, edition: &Edition) -> Vec<String> {
    let all = record.announcements.iter().chain(&record.late);
    let lists: BTreeSet<&String> = all.flat_map(|stored| &stored.lists).collect();
    if lists.is_empty() {
        return edition.lists.clone();
    }
    lists.into_iter().cloned().collect()
}
