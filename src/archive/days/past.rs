//! The past of a day: revisions and milestones of its drafts, the counts of the days before it, and its background, by
//! which a surge of one theme is seen and a silence explained.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::announcement::{Announcement, Body, Draft};
use crate::archive::ArchiveError;
use crate::archive::store::rows::{StoredAnnouncement, select, select_announcements};
use crate::clock::Day;

/// An earlier revision of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRevision {
    /// Two digits.
    pub revision: String,
    /// The day it was announced.
    pub day: Day,
}

/// The number of announcements of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Distinct drafts.
    pub drafts: u32,
    /// RFCs.
    pub rfcs: u32,
    /// All announcements.
    pub announcements: u32,
}

/// The drafts of the 30 days before a day, and what was announced of holidays and closed submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// Oldest first; of very many, the newest.
    pub drafts: Vec<PastDraft>,
    /// Notices that may tell why a day is silent, of the hundred days up to this one, oldest first.
    pub notices: Vec<StoredAnnouncement>,
    /// What the drafts that the day is about, and their predecessors, said in any revision that they replace, by draft name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub replaced: BTreeMap<String, Vec<String>>,
}

/// A draft of an earlier day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastDraft {
    /// The day it was announced.
    pub day: Day,
    /// The draft itself.
    pub draft: Draft,
}

/// The days back to which counts reach and themes are compared.
const PAST_DAYS: i64 = 30;
/// A busy month has a thousand drafts; more than this change no mean, and would cost time in the night.
const MOST_DRAFTS: i64 = 2000;
/// Holidays and meetings are announced some months ahead.
const NOTICE_DAYS: i64 = 100;
/// More such notices than this are no calendar.
const MOST_NOTICES: i64 = 50;

/// Reads the revisions of a draft that were announced before `day`, oldest first.
pub(super) fn revisions_before(
    connection: &Connection,
    name: &str,
    day: Day,
) -> Result<Vec<EarlierRevision>, ArchiveError> {
    select(
        connection,
        "SELECT body ->> '$.draft.revision', day FROM announcement
         WHERE identity BETWEEN 'draft:' || ?1 || '-' AND 'draft:' || ?1 || '-~'
           AND document = ?1 AND kind = 'draft' AND day < ?2 ORDER BY 1, day",
        params![name, day],
        |row| {
            let (revision, day) = row.try_into()?;
            Ok(EarlierRevision { revision, day })
        },
    )
}

/// Reads the last calls, actions and the RFCs of drafts, up to the end of `day`, by draft name. All in one pass: those of one
/// draft take as long to find as those of all.
pub(super) fn milestones_of(
    connection: &Connection,
    names: &BTreeSet<String>,
    day: Day,
) -> Result<BTreeMap<String, Vec<StoredAnnouncement>>, ArchiveError> {
    let passed = select_announcements(
        connection,
        "WHERE a.kind IN ('last_call', 'action', 'rfc') AND a.day <= ?2 AND (
            EXISTS (SELECT 1 FROM json_each(a.body, '$.last_call.documents') d
                WHERE d.value ->> 'name' IN (SELECT value FROM json_each(?1)))
            OR EXISTS (SELECT 1 FROM json_each(a.body, '$.action.documents') d
                WHERE d.value ->> 'name' IN (SELECT value FROM json_each(?1)))
            OR substr(a.body ->> '$.rfc.draft', 1, length(a.body ->> '$.rfc.draft') - 3) IN (SELECT value FROM json_each(?1)))
         ORDER BY a.at, a.id",
        params![serde_json::to_string(names)?, day],
    )?;
    let mut found: BTreeMap<String, Vec<StoredAnnouncement>> = BTreeMap::new();
    for stored in passed {
        let about = drafts_of(&stored.announcement.body);
        for name in about.intersection(names) {
            found.entry(name.clone()).or_default().push(stored.clone());
        }
    }
    Ok(found)
}

/// Collects the drafts that a last call or an action is about, or the one that became the RFC.
fn drafts_of(body: &Body) -> BTreeSet<String> {
    match body {
        Body::LastCall(body) => body.documents.iter().map(|d| d.name.clone()).collect(),
        Body::Action(body) => body.documents.iter().map(|d| d.name.clone()).collect(),
        body => became(body).into_iter().collect(),
    }
}

/// Returns the name of the draft that became an RFC.
pub(super) fn became(body: &Body) -> Option<String> {
    let Body::Rfc(rfc) = body else {
        return None;
    };
    let (name, _) = rfc.draft.as_deref()?.rsplit_once('-')?;
    Some(name.to_owned())
}

/// Counts the announcements of the days before `day`, from the first day the archive knows, at most 30.
pub(super) fn counts_before(
    connection: &Connection,
    day: Day,
) -> Result<Vec<DayCount>, ArchiveError> {
    let counted = select(
        connection,
        "SELECT day, count(DISTINCT CASE kind WHEN 'draft' THEN document END), sum(kind = 'rfc'), count(*)
         FROM announcement WHERE day >= ?1 AND day < ?2 GROUP BY day",
        params![day.plus(-PAST_DAYS), day],
        |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))),
    )?;
    let by_day: BTreeMap<Day, (u32, u32, u32)> = counted.into_iter().collect();
    let first = by_day.keys().next().copied().unwrap_or(day);
    let count_of = |day| {
        let (drafts, rfcs, announcements) = by_day.get(&day).copied().unwrap_or_default();
        DayCount {
            day,
            drafts,
            rfcs,
            announcements,
        }
    };
    Ok(first.until(day).map(count_of).collect())
}

/// More names than these had no draft.
const MOST_NAMES: usize = 5000;

/// Reads what `drafts` said up to the end of `day` that they replace, and what those had replaced in their turn.
pub(super) fn replaced_by(
    connection: &Connection,
    drafts: impl IntoIterator<Item = String>,
    day: Day,
) -> Result<BTreeMap<String, Vec<String>>, ArchiveError> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut seen: BTreeSet<String> = drafts.into_iter().collect();
    let mut open: Vec<String> = seen.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let replaced: Vec<String> = select(
            connection,
            "SELECT DISTINCT r.value FROM announcement a, json_each(a.body, '$.draft.replaces') r
             WHERE a.identity BETWEEN 'draft:' || ?1 || '-' AND 'draft:' || ?1 || '-~'
               AND a.document = ?1 AND a.kind = 'draft' AND a.day <= ?2 ORDER BY 1",
            params![name, day],
            |row| row.get(0),
        )?;
        let new = replaced
            .iter()
            .filter(|one| seen.len() < MOST_NAMES && seen.insert((*one).clone()));
        open.extend(new.cloned());
        if !replaced.is_empty() {
            found.insert(name, replaced);
        }
    }
    Ok(found)
}

/// Reads the background of the days from `since` to `day`.
pub(super) fn read_background(
    connection: &Connection,
    since: Day,
    day: Day,
) -> Result<Background, ArchiveError> {
    let drafts = select(
        connection,
        "SELECT day, body FROM announcement WHERE kind = 'draft' AND day >= ?1 AND day < ?2
         ORDER BY at DESC, id DESC LIMIT ?3",
        params![since.plus(-PAST_DAYS), since, MOST_DRAFTS],
        |row| <(Day, Announcement)>::try_from(row),
    )?;
    let drafts = drafts.into_iter().rev().filter_map(|(day, announcement)| {
        let Body::Draft(draft) = announcement.body else {
            return None;
        };
        Some(PastDraft { day, draft })
    });
    let notices = select_announcements(
        connection,
        "WHERE a.kind = 'notice' AND a.day BETWEEN ?1 AND ?2
         AND EXISTS (SELECT 1 FROM announcement_list c WHERE c.announcement = a.id AND c.list = 'ietf-announce')
         AND (a.body LIKE '%holiday%' OR a.body LIKE '%secretariat%' OR a.body LIKE '%cut%off%')
         ORDER BY a.at, a.id LIMIT ?3",
        params![day.plus(-NOTICE_DAYS), day, MOST_NOTICES],
    )?;
    Ok(Background {
        drafts: drafts.collect(),
        notices,
        replaced: BTreeMap::new(),
    })
}

#[cfg(test)]
mod tests {
    use crate::announcement::Lists;
    use crate::archive::Archive;
    use crate::archive::tests::{at, day, draft};

    fn notice(subject: &str, list: &str, text: &str) -> Vec<u8> {
        format!(
            "From: iesg-secretary@ietf.org\r\nSubject: {subject}\r\nDate: Mon, 13 Oct 2025 10:00:00 +0000\r\n\
             Message-ID: <{}.{list}@ietf.org>\r\nList-Id: <{list}.ietf.org>\r\n\r\n{text}\r\n",
            subject.len()
        )
        .into_bytes()
    }

    #[tokio::test]
    async fn drafts_of_thirty_days_and_notices_that_explain_silence() {
        let archive = Archive::in_memory().unwrap();
        let cut_off = "The cut-off for Internet-Draft submissions is 20 October 2025.";
        let messages = vec![
            draft("draft-a-old-00", at("2025-09-01T09:00:00Z")),
            draft("draft-a-one-00", at("2025-10-01T09:00:00Z")),
            draft("draft-a-two-00", at("2025-10-22T09:00:00Z")),
            draft("draft-a-today-00", at("2025-10-23T09:00:00Z")),
            notice(
                "IETF 124 meeting: Internet-Draft cut-off",
                "ietf-announce",
                cut_off,
            ),
            notice("Something else", "ietf-announce", "It says something."),
            notice("A cut-off elsewhere", "other-list", cut_off),
        ];
        let now = at("2025-10-24T00:00:00Z");
        let lists = Lists::built_in();
        archive.import(messages, &lists, now).await.unwrap();
        let record = archive.record_of_day(day("2025-10-23")).await.unwrap();
        let names: Vec<_> = (record.background.drafts.iter())
            .map(|past| past.draft.name.as_str())
            .collect();
        assert_eq!(names, ["draft-a-one", "draft-a-two"]);
        let notices = &record.background.notices;
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert_eq!(notices[0].announcement.body.kind(), "notice");
        assert_eq!(notices[0].lists, ["ietf-announce"]);
    }

    #[tokio::test]
    async fn what_any_revision_said_it_replaces_is_known_for_good() {
        let archive = Archive::in_memory().unwrap();
        let says = |name: &str, date: &str, other: &str| {
            let text = String::from_utf8(draft(name, at(date))).unwrap();
            let said = format!("This document replaces {other}.");
            text.replace("It says something.", &said).into_bytes()
        };
        let messages = vec![
            says(
                "draft-ada-mail-ids-00",
                "2024-03-01T09:00:00Z",
                "draft-ada-first-ids",
            ),
            says(
                "draft-ietf-mailmaint-ids-00",
                "2024-09-01T09:00:00Z",
                "draft-ada-mail-ids",
            ),
            draft("draft-ietf-mailmaint-ids-01", at("2025-10-23T09:00:00Z")),
        ];
        let now = at("2025-10-24T00:00:00Z");
        let lists = Lists::built_in();
        archive.import(messages, &lists, now).await.unwrap();
        let record = archive.record_of_day(day("2025-10-23")).await.unwrap();
        let known: Vec<(&str, &str)> = (record.background.replaced.iter())
            .map(|(name, replaced)| (name.as_str(), replaced[0].as_str()))
            .collect();
        assert_eq!(
            known,
            [
                ("draft-ada-mail-ids", "draft-ada-first-ids"),
                ("draft-ietf-mailmaint-ids", "draft-ada-mail-ids")
            ]
        );
        let before = archive.record_of_day(day("2024-03-02")).await.unwrap();
        assert!(before.background.replaced.is_empty());
    }
}
