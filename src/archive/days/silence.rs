//! Lists that fell silent against their own rhythm: a subscription that ended says nothing, it only stops.

use jiff::civil::Weekday;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::archive::store::rows::select;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The days back to which a rhythm is looked for. A list that was silent for so long has none any more.
const WINDOW: i64 = 120;

/// On fewer days with mail, no rhythm can be told.
const KNOWN: usize = 5;

/// Fewer weekdays than this are never remarkable: the secretariat has holidays.
const SHORTEST: u32 = 4;

/// A list that is silent for longer than is usual for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SilentList {
    /// Its short name.
    pub list: String,
    /// The day of its last message.
    pub last: Day,
    /// Weekdays without a message since then; today, which is not over, is not counted.
    pub weekdays: u32,
}

impl Archive {
    /// Reads the lists that have fallen silent, by name.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn silent_lists(&self, today: Day) -> Result<Vec<SilentList>, ArchiveError> {
        self.read_apart(move |connection| silent_lists(connection, today, ListTraffic::All))
            .await
    }
}

/// The messages that tell a list's rhythm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListTraffic {
    /// All of them.
    All,
    /// Those that came through the mailbox. What was only imported was perhaps never subscribed to.
    FromMailbox,
}

/// Reads the lists that have fallen silent as of `today`, by name. One that was left by mail is not missed.
pub(super) fn silent_lists(
    connection: &Connection,
    today: Day,
    traffic: ListTraffic,
) -> Result<Vec<SilentList>, ArchiveError> {
    let heard: Vec<(String, Day)> = select(
        connection,
        "SELECT DISTINCT c.list, a.day FROM announcement a JOIN announcement_list c ON c.announcement = a.id
         JOIN message m ON m.id = a.message
         WHERE a.day BETWEEN ?1 AND ?2 AND (?3 OR m.internal_date IS NOT NULL)
           AND NOT EXISTS (SELECT 1 FROM subscription s WHERE s.list = c.list AND s.action = 'leave'
                           AND s.done_at IS NOT NULL)
         ORDER BY c.list, a.day",
        params![today.plus(-WINDOW), today, traffic == ListTraffic::All],
        |row| row.try_into(),
    )?;
    let silent = |heard: &[(String, Day)]| {
        let days: Vec<Day> = heard.iter().map(|(_, day)| *day).collect();
        let (last, weekdays) = silence(&days, today)?;
        Some(SilentList {
            list: heard[0].0.clone(),
            last,
            weekdays,
        })
    };
    let by_list = heard.chunk_by(|(list, _), (next, _)| list == next);
    Ok(by_list.filter_map(silent).collect())
}

/// Returns the last of `days`, and the weekdays since, when they are more than twice the longest pause before.
fn silence(days: &[Day], today: Day) -> Option<(Day, u32)> {
    let last = *days.last()?;
    if days.len() < KNOWN {
        return None;
    }
    let longest = days.windows(2).map(|pair| weekdays(pair[0], pair[1])).max();
    let usual = longest.unwrap_or_default() * 2;
    let now = weekdays(last, today);
    (now >= SHORTEST && now > usual).then_some((last, now))
}

/// Counts the weekdays between two days, both excluded.
fn weekdays(from: Day, to: Day) -> u32 {
    let weekend = |day: Day| matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday);
    let between = from.next().until(to);
    between.map(|day| u32::from(!weekend(day))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Lists;
    use crate::archive::tests::{at, draft};

    fn days(texts: &[&str]) -> Vec<Day> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn since(texts: &[&str], today: &str) -> Option<u32> {
        silence(&days(texts), today.parse().unwrap()).map(|(_, weekdays)| weekdays)
    }

    #[test]
    fn a_daily_list_is_silent_after_four_weekdays() {
        let week = [
            "2025-11-17",
            "2025-11-18",
            "2025-11-19",
            "2025-11-20",
            "2025-11-21",
        ];
        assert_eq!(since(&week, "2025-11-24"), None);
        assert_eq!(since(&week, "2025-11-27"), None);
        assert_eq!(since(&week, "2025-11-28"), Some(4));
    }

    #[test]
    fn a_list_with_long_pauses_is_given_twice_its_longest() {
        let rare = [
            "2025-10-01",
            "2025-10-08",
            "2025-10-15",
            "2025-10-22",
            "2025-10-29",
        ];
        assert_eq!(since(&rare, "2025-11-10"), None);
        assert_eq!(since(&rare, "2025-11-12"), Some(9));
    }

    #[test]
    fn without_a_rhythm_nothing_is_said() {
        assert_eq!(since(&["2025-09-01", "2025-09-02"], "2025-11-28"), None);
        assert_eq!(since(&[], "2025-11-28"), None);
    }

    #[tokio::test]
    async fn a_digest_knows_the_lists_that_were_silent_when_its_day_was_over() {
        use crate::archive::tests::{batch, day};
        use crate::clock::Clock;
        use crate::mailbox::Intake as _;
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held(at("2025-11-28T12:00:00Z"));
        let intake = archive.intake(Lists::built_in(), clock);
        let messages = (17..22)
            .map(|day| {
                let when = at(&format!("2025-11-{day}T09:00:00Z"));
                draft(&format!("draft-a-b-{day}"), when)
            })
            .collect();
        let mut batch = batch(1..=5, messages, true);
        for message in &mut batch.messages {
            message.received = Some(at("2025-11-21T12:00:00Z"));
        }
        intake.store(batch).await.unwrap();
        let record = async |text: &str| archive.record_of_day(day(text)).await.unwrap().silent;
        assert!(record("2025-11-26").await.is_empty());
        let silent = record("2025-11-27").await;
        assert_eq!(silent.len(), 1);
        assert_eq!(
            (silent[0].list.as_str(), silent[0].weekdays),
            ("i-d-announce", 4)
        );
    }

    #[tokio::test]
    async fn the_archive_names_the_list_and_its_last_day() {
        let archive = Archive::in_memory().unwrap();
        let messages = (10..15)
            .map(|day| {
                let when = at(&format!("2025-11-{day}T09:00:00Z"));
                draft(&format!("draft-a-b-{day}"), when)
            })
            .collect();
        let now = at("2025-11-28T12:00:00Z");
        archive
            .import(messages, &Lists::built_in(), now)
            .await
            .unwrap();
        let silent = archive.silent_lists(Day::of(now)).await.unwrap();
        assert_eq!(
            silent,
            [SilentList {
                list: "i-d-announce".into(),
                last: "2025-11-14".parse().unwrap(),
                weekdays: 9,
            }]
        );
    }
}
