//! What belongs to a day, what came late, and which days are still to be sealed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{background, silence};
use crate::announcement::Body;
use crate::archive::store::instants::{instant, micros, read_day};
use crate::archive::store::rows::{COLUMNS, stored};
use crate::archive::{
    Archive, ArchiveError, DayCount, DayRecord, EarlierRevision, StoredAnnouncement,
};
use crate::clock::Day;

/// How far back the counts of a digest reach.
const PAST_DAYS: i64 = 30;

/// What is not history for the edition ?1, belongs to a day before ?2, and is in none of its digests. Mail that was
/// there before the edition began, of days before its first, is history for it; what counts is when the server got it,
/// since an archive that was lost stores all of it anew.
const LATE: &str = "WHERE a.day < ?2 AND a.history = 0
    AND NOT EXISTS (SELECT 1 FROM digest_announcement d WHERE d.edition = ?1 AND d.announcement = a.id)
    AND NOT EXISTS (SELECT 1 FROM edition e JOIN message m ON m.id = a.message
        WHERE e.name = ?1 AND a.day < e.first_day AND coalesce(m.internal_date, m.stored_at) < e.begun_at)
    ORDER BY a.at, a.id";

impl Archive {
    /// Notes when an edition began, once: its digests start with that day.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn begin_edition(&self, name: &str, now: Timestamp) -> Result<(), ArchiveError> {
        let name = name.to_owned();
        self.call(move |connection| {
            connection.execute(
                "INSERT INTO edition (name, first_day, begun_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![name, Day::of(now).to_string(), micros(now)],
            )?;
            Ok(())
        })
        .await
    }

    /// The days of an edition before `before` that are not sealed, oldest first. A clock that went back reopens none.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn unsealed_days(
        &self,
        edition: &str,
        before: Day,
    ) -> Result<Vec<Day>, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            let next: Option<String> = connection
                .query_row(
                    "SELECT coalesce(
                        (SELECT date(max(day), '+1 day') FROM digest WHERE edition = ?1),
                        (SELECT first_day FROM edition WHERE name = ?1))",
                    [edition],
                    |row| row.get(0),
                )
                .optional()?
                .flatten();
            let mut days = Vec::new();
            let mut day = match next {
                Some(text) => read_day(&text)?,
                None => return Ok(days),
            };
            while day < before {
                days.push(day);
                day = day.next();
            }
            Ok(days)
        })
        .await
    }

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
        self.call(move |connection| {
            let on_time = stored(
                connection,
                &format!(
                    "{COLUMNS} WHERE a.day BETWEEN ?2 AND ?3 AND NOT EXISTS (
                        SELECT 1 FROM digest_announcement d
                        WHERE d.edition = ?1 AND d.announcement = a.id) ORDER BY a.at, a.id"
                ),
                params![edition, since.to_string(), day.to_string()],
            )?;
            let late = stored(
                connection,
                &format!("{COLUMNS} {LATE}"),
                params![edition, since.to_string()],
            )?;
            complete(connection, since, day, on_time, late)
        })
        .await
    }

    /// Everything announced on `day`, whatever was sealed: for looking at a day.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn record_of_day(&self, day: Day) -> Result<DayRecord, ArchiveError> {
        self.record_of_days(day, day).await
    }

    /// Everything announced from `since` to `day`, whatever was sealed: for looking at a week.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn record_of_days(&self, since: Day, day: Day) -> Result<DayRecord, ArchiveError> {
        self.call(move |connection| {
            let all = stored(
                connection,
                &format!("{COLUMNS} WHERE a.day BETWEEN ?1 AND ?2 ORDER BY a.at, a.id"),
                params![since.to_string(), day.to_string()],
            )?;
            complete(connection, since, day, all, Vec::new())
        })
        .await
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
    let mut names = BTreeSet::new();
    for stored in announcements.iter().chain(&late) {
        match &stored.announcement.body {
            Body::Draft(draft) => {
                names.insert(draft.name.clone());
            }
            Body::LastCall(body) => names.extend(body.documents.iter().map(|d| d.name.clone())),
            Body::Action(body) => names.extend(body.documents.iter().map(|d| d.name.clone())),
            _ => {}
        }
    }
    let mut earlier = BTreeMap::new();
    let mut milestones = BTreeMap::new();
    for name in names {
        let revisions = revisions_before(connection, &name, since)?;
        if !revisions.is_empty() {
            earlier.insert(name.clone(), revisions);
        }
        let passed = milestones_of(connection, &name, day)?;
        if !passed.is_empty() {
            milestones.insert(name, passed);
        }
    }
    let last_before: Option<i64> = connection.query_row(
        "SELECT max(at) FROM announcement WHERE kind IN ('draft', 'rfc') AND day < ?1",
        [since.to_string()],
        |row| row.get(0),
    )?;
    Ok(DayRecord {
        day,
        since: (since < day).then_some(since),
        announcements,
        late,
        earlier,
        milestones,
        past: counts(connection, if since < day { day.next() } else { day })?,
        last_before: last_before.map(instant),
        connected: connected(connection, since, day)?,
        silent: silence::silent(connection, day.next(), silence::Source::Mailbox)?,
        background: background::of(connection, since, day)?,
    })
}

fn revisions_before(
    connection: &Connection,
    name: &str,
    day: Day,
) -> Result<Vec<EarlierRevision>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT body ->> '$.draft.revision', day FROM announcement
         WHERE identity BETWEEN 'draft:' || ?1 || '-' AND 'draft:' || ?1 || '-~'
           AND document = ?1 AND kind = 'draft' AND day < ?2 ORDER BY 1, day",
    )?;
    let mut rows = statement.query(params![name, day.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(EarlierRevision {
            revision: row.get(0)?,
            day: read_day(&row.get::<_, String>(1)?)?,
        });
    }
    Ok(found)
}

/// Last calls, actions and the RFC of a draft, up to the end of `day`.
fn milestones_of(
    connection: &Connection,
    name: &str,
    day: Day,
) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
    stored(
        connection,
        &format!(
            "{COLUMNS} WHERE a.kind IN ('last_call', 'action', 'rfc') AND a.day <= ?2 AND (
                EXISTS (SELECT 1 FROM json_each(a.body, '$.last_call.documents') d WHERE d.value ->> 'name' = ?1)
                OR EXISTS (SELECT 1 FROM json_each(a.body, '$.action.documents') d WHERE d.value ->> 'name' = ?1)
                OR a.body ->> '$.rfc.draft' GLOB ?1 || '-[0-9][0-9]')
             ORDER BY a.at, a.id"
        ),
        params![name, day.to_string()],
    )
}

/// The counts of the days before `day`, from the first day the archive knows, at most 30.
fn counts(connection: &Connection, day: Day) -> Result<Vec<DayCount>, ArchiveError> {
    let first: Option<String> = connection.query_row(
        "SELECT min(day) FROM announcement WHERE day >= ?1 AND day < ?2",
        params![day.plus(-PAST_DAYS).to_string(), day.to_string()],
        |row| row.get(0),
    )?;
    let Some(first) = first else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(
        "SELECT day, count(DISTINCT CASE kind WHEN 'draft' THEN document END),
                sum(kind = 'rfc'), count(*)
         FROM announcement WHERE day >= ?1 AND day < ?2 GROUP BY day",
    )?;
    let mut rows = statement.query(params![first, day.to_string()])?;
    let mut by_day = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let day = read_day(&row.get::<_, String>(0)?)?;
        by_day.insert(day, (row.get(1)?, row.get(2)?, row.get(3)?));
    }
    let mut counts = Vec::new();
    let mut at = read_day(&first)?;
    while at < day {
        let (drafts, rfcs, announcements) = by_day.get(&at).copied().unwrap_or_default();
        counts.push(DayCount {
            day: at,
            drafts,
            rfcs,
            announcements,
        });
        at = at.next();
    }
    Ok(counts)
}

/// For how long of the days from `since` to `day` the connection was proved alive.
fn connected(connection: &Connection, since: Day, day: Day) -> Result<Duration, ArchiveError> {
    let total: i64 = connection.query_row(
        "SELECT coalesce(sum(min(until, ?2) - max(since, ?1)), 0) FROM connected
         WHERE until > ?1 AND since < ?2",
        params![micros(since.start()), micros(day.end())],
        |row| row.get(0),
    )?;
    Ok(Duration::from_micros(u64::try_from(total).unwrap_or(0)))
}
