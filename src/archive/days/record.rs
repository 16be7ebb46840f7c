//! What belongs to a day and what came late: the announcements of a digest, and what else is known of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::past::{
    Background, DayCount, EarlierRevision, became, counts_before, milestones_of, read_background,
    replaced_by, revisions_before,
};
use super::silence::{ListTraffic, SilentList, silent_lists};
use crate::announcement::Body;
use crate::archive::store::rows::{
    StoredAnnouncement, instant, micros, select, select_announcements,
};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The days back to which a list counts as heard, and a last call may be open: the longest run four weeks, and are extended.
const LATELY: i64 = 60;

/// The days after the digest's own in which a last call closes soon.
const CLOSING: i64 = 7;

/// All that the archive knows for the digest of one day, or of several: its announcements, the late ones, and the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRecord {
    /// The day.
    pub day: Day,
    /// The first day of a record that sums up several; `None` for one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// Its announcements, by time, then by number.
    pub announcements: Vec<StoredAnnouncement>,
    /// Announcements of an earlier, sealed day that are in no digest of this edition yet.
    pub late: Vec<StoredAnnouncement>,
    /// The earlier revisions of each draft in `announcements` and `late`, by draft name, oldest first.
    pub earlier: BTreeMap<String, Vec<EarlierRevision>>,
    /// The last calls, actions and RFCs of the drafts named in this day's announcements, by draft name.
    pub milestones: BTreeMap<String, Vec<StoredAnnouncement>>,
    /// Counts of the 30 days before, oldest first, days with nothing included; fewer when the archive is younger.
    /// When several days are summed up, each of them is among these.
    pub past: Vec<DayCount>,
    /// The newest draft or RFC announcement before this day.
    pub last_before: Option<Timestamp>,
    /// The time of this day for which the connection to the mailbox was proved alive.
    pub connected: Duration,
    /// The lists that had fallen silent when the day was over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<SilentList>,
    /// The lists that carried anything in the sixty days up to this one, by name: only what these did not carry was not said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<String>,
    /// The last calls and the reviews of charters that were announced in the sixty days before this one and end in the week
    /// after it, the first to end first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<StoredAnnouncement>,
    /// The drafts and notices of the days before it.
    #[serde(default)]
    pub background: Background,
}

/// Selects what is not history for the edition ?1, belongs to a day before ?2, and is in
/// none of its digests. Mail that was there before the edition began, of days before its first, is history for it; what
/// counts is when the server got it, since an archive that was lost stores all of it anew. Of what arrived while the folder
/// was watched the order of arrival counts, whatever any clock says.
const LATE: &str = "WHERE a.day < ?2 AND a.history = 0
    AND NOT EXISTS (SELECT 1 FROM digest_announcement d WHERE d.edition = ?1 AND d.announcement = a.id)
    AND NOT EXISTS (SELECT 1 FROM edition e JOIN message m ON m.id = a.message
        WHERE e.name = ?1 AND a.day < e.first_day
            AND CASE WHEN m.live THEN m.id <= e.begun_message
                ELSE coalesce(m.internal_date, m.stored_at) < e.begun_at END)
    ORDER BY a.at, a.id";

impl Archive {
    /// Reads what goes into one digest of `edition`, of the days from `since` to `day`: their announcements and the late
    /// ones, without those that are in another digest of the edition already.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn record_to_seal(
        &self,
        edition: &str,
        since: Day,
        day: Day,
    ) -> Result<DayRecord, ArchiveError> {
        let edition = edition.to_owned();
        self.read_apart(move |connection| {
            let on_time = select_announcements(
                connection,
                "WHERE a.day BETWEEN ?2 AND ?3 AND NOT EXISTS (SELECT 1 FROM digest_announcement d
                    WHERE d.edition = ?1 AND d.announcement = a.id) ORDER BY a.at, a.id",
                params![edition, since, day],
            )?;
            let late = select_announcements(connection, LATE, params![edition, since])?;
            complete(connection, since, day, on_time, late)
        })
        .await
    }

    /// Reads everything announced on `day`, whatever was sealed: for looking at a day.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn record_of_day(&self, day: Day) -> Result<DayRecord, ArchiveError> {
        self.record_of_days(day, day).await
    }

    /// Reads everything announced from `since` to `day`, whatever was sealed: for looking at a week.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn record_of_days(&self, since: Day, day: Day) -> Result<DayRecord, ArchiveError> {
        self.read_apart(move |connection| {
            let all = select_announcements(
                connection,
                "WHERE a.day BETWEEN ?1 AND ?2 ORDER BY a.at, a.id",
                params![since, day],
            )?;
            complete(connection, since, day, all, Vec::new())
        })
        .await
    }

    /// Reads the days on which anything was announced, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn announced_days(&self) -> Result<Vec<Day>, ArchiveError> {
        let sql = "SELECT DISTINCT day FROM announcement ORDER BY day";
        self.select(sql, [], |row| row.get(0)).await
    }
}

/// Adds what the archive knows besides: earlier revisions, milestones, counts, the connection.
fn complete(
    connection: &Connection,
    since: Day,
    day: Day,
    announcements: Vec<StoredAnnouncement>,
    late: Vec<StoredAnnouncement>,
) -> Result<DayRecord, ArchiveError> {
    let closing = closing_soon(connection, since, day)?;
    let names = drafts_named(announcements.iter().chain(&late));
    let told = announcements.iter().chain(&late);
    let rfcs = told.filter_map(|stored| became(&stored.announcement.body));
    let known = drafts_named(closing.iter()).into_iter().chain(rfcs);
    let replaced = replaced_by(connection, known.chain(names.iter().cloned()), day)?;
    let mut earlier = BTreeMap::new();
    let milestones = milestones_of(connection, &names, day)?;
    for name in names {
        let revisions = revisions_before(connection, &name, since)?;
        if !revisions.is_empty() {
            earlier.insert(name, revisions);
        }
    }
    let last_before: Option<i64> = connection.query_row(
        "SELECT max(at) FROM announcement WHERE kind IN ('draft', 'rfc') AND day < ?1",
        [since],
        |row| row.get(0),
    )?;
    Ok(DayRecord {
        day,
        since: (since < day).then_some(since),
        announcements,
        late,
        earlier,
        milestones,
        past: counts_before(connection, if since < day { day.next() } else { day })?,
        last_before: last_before.map(instant),
        connected: time_connected(connection, since, day)?,
        silent: silent_lists(connection, day.next(), ListTraffic::FromMailbox)?,
        heard: lists_heard(connection, day)?,
        closing,
        background: Background {
            replaced,
            ..read_background(connection, since, day)?
        },
    })
}

/// Collects the names of the drafts that announcements are about.
fn drafts_named<'a>(stored: impl Iterator<Item = &'a StoredAnnouncement>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for stored in stored {
        match &stored.announcement.body {
            Body::Draft(draft) => {
                names.insert(draft.name.clone());
            }
            Body::LastCall(body) => names.extend(body.documents.iter().map(|d| d.name.clone())),
            Body::Action(body) => names.extend(body.documents.iter().map(|d| d.name.clone())),
            _ => {}
        }
    }
    names
}

/// Reads the names of the lists that carried anything lately.
fn lists_heard(connection: &Connection, day: Day) -> Result<Vec<String>, ArchiveError> {
    select(
        connection,
        "SELECT DISTINCT c.list FROM announcement a JOIN announcement_list c ON c.announcement = a.id
         WHERE a.day BETWEEN ?1 AND ?2 ORDER BY c.list",
        params![day.plus(-LATELY), day],
        |row| row.get(0),
    )
}

/// Reads the last calls and the reviews of charters that are open and end soon; of two for the same documents, or about
/// the same group, the later one counts.
fn closing_soon(
    connection: &Connection,
    since: Day,
    day: Day,
) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
    let called = select_announcements(
        connection,
        "WHERE a.day BETWEEN ?1 AND ?2 AND a.kind IN ('last_call', 'group') ORDER BY a.at, a.id",
        params![day.plus(-LATELY), since.plus(-1)],
    )?;
    let mut newest = BTreeMap::new();
    for stored in called {
        let (ends, about): (_, Vec<String>) = match &stored.announcement.body {
            Body::LastCall(call) => {
                let names = call.documents.iter().map(|document| document.name.clone());
                (call.ends, names.collect())
            }
            Body::Group(news) => {
                let name = news.acronym.as_ref().or(news.name.as_ref());
                (
                    news.closes,
                    vec![format!("group {}", name.map_or("", String::as_str))],
                )
            }
            _ => continue,
        };
        newest.insert(about, (ends, stored));
    }
    let soon = day.date()..=day.plus(CLOSING).date();
    let mut closing: Vec<_> = newest.into_values().collect();
    closing.retain(|(ends, _)| ends.is_some_and(|ends| soon.contains(&ends)));
    closing.sort_by_key(|(ends, stored)| (*ends, stored.id));
    Ok(closing.into_iter().map(|(_, stored)| stored).collect())
}

/// Adds up the time of the days from `since` to `day` for which the connection was proved alive.
fn time_connected(connection: &Connection, since: Day, day: Day) -> Result<Duration, ArchiveError> {
    let total: i64 = connection.query_row(
        "SELECT coalesce(sum(min(until, ?2) - max(since, ?1)), 0) FROM connected
         WHERE until > ?1 AND since < ?2",
        params![micros(since.start()), micros(day.end())],
        |row| row.get(0),
    )?;
    Ok(Duration::from_micros(u64::try_from(total).unwrap_or(0)))
}
