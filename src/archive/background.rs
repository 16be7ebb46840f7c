//! What stands behind a day: the drafts of the days before it, so that a surge of one theme is seen, and what the lists
//! said of holidays and of submissions that close.

use rusqlite::{Connection, params};

use super::days::{COLUMNS, read_day, stored};
use super::{Background, Error, PastDraft};
use crate::announcement::{Announcement, Body};
use crate::clock::Day;

/// How far back themes are compared.
const DRAFT_DAYS: i64 = 30;
/// A busy month has a thousand drafts; more than this change no mean, and would cost time in the night.
const MOST_DRAFTS: i64 = 2000;
/// Holidays and meetings are announced some months ahead.
const NOTICE_DAYS: i64 = 100;
/// More such notices than this are no calendar.
const MOST_NOTICES: i64 = 50;

/// The background of the days from `since` to `day`.
pub(super) fn of(connection: &Connection, since: Day, day: Day) -> Result<Background, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT day, body FROM announcement WHERE kind = 'draft' AND day >= ?1 AND day < ?2
         ORDER BY at DESC, id DESC LIMIT ?3",
    )?;
    let from = since.plus(-DRAFT_DAYS).to_string();
    let mut rows = statement.query(params![from, since.to_string(), MOST_DRAFTS])?;
    let mut drafts = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(1)?;
        if let Body::Draft(draft) = serde_json::from_str::<Announcement>(&body)?.body {
            let day = read_day(&row.get::<_, String>(0)?)?;
            drafts.push(PastDraft { day, draft });
        }
    }
    drafts.reverse();
    let notices = stored(
        connection,
        &format!(
            "{COLUMNS} WHERE a.kind = 'notice' AND a.day BETWEEN ?1 AND ?2
             AND EXISTS (SELECT 1 FROM carried c WHERE c.announcement = a.id AND c.list = 'ietf-announce')
             AND (a.body LIKE '%holiday%' OR a.body LIKE '%secretariat%' OR a.body LIKE '%cut%off%')
             ORDER BY a.at, a.id LIMIT ?3"
        ),
        params![
            day.plus(-NOTICE_DAYS).to_string(),
            day.to_string(),
            MOST_NOTICES
        ],
    )?;
    Ok(Background { drafts, notices })
}
