//! The background of a day: the drafts of the days before it, so that a surge of one theme is seen, and what the lists
//! said of holidays and of submissions that close.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::announcement::{Announcement, Body, Draft};
use crate::archive::ArchiveError;
use crate::archive::store::instants::read_day;
use crate::archive::store::rows::{SELECT_ANNOUNCEMENTS, StoredAnnouncement, read_announcements};
use crate::clock::Day;

/// The drafts of the 30 days before a day, and what was announced of holidays and closed submissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Background {
    /// Oldest first; of very many, the newest.
    pub drafts: Vec<PastDraft>,
    /// Notices that may tell why a day is silent, of the hundred days up to this one, oldest first.
    pub notices: Vec<StoredAnnouncement>,
}

/// A draft of an earlier day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastDraft {
    /// The day it was announced.
    pub day: Day,
    /// The draft itself.
    pub draft: Draft,
}

/// The days back to which themes are compared.
const DRAFT_DAYS: i64 = 30;
/// A busy month has a thousand drafts; more than this change no mean, and would cost time in the night.
const MOST_DRAFTS: i64 = 2000;
/// Holidays and meetings are announced some months ahead.
const NOTICE_DAYS: i64 = 100;
/// More such notices than this are no calendar.
const MOST_NOTICES: i64 = 50;

/// Reads the background of the days from `since` to `day`.
pub(super) fn read_background(
    connection: &Connection,
    since: Day,
    day: Day,
) -> Result<Background, ArchiveError> {
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
    let notices = read_announcements(
        connection,
        &format!(
            "{SELECT_ANNOUNCEMENTS} WHERE a.kind = 'notice' AND a.day BETWEEN ?1 AND ?2
             AND EXISTS (SELECT 1 FROM announcement_list c WHERE c.announcement = a.id AND c.list = 'ietf-announce')
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
}
