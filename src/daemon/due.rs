//! Tells which digests are due. That is asked of the archive, never of a timer: a missed midnight, a suspend, a clock
//! step, an outage of a week and `run --once` are then one case.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::context::DaemonContext;
use super::first_day::only_the_last_of_a_first;
use crate::archive::ArchiveError;
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::digest::Edition;

/// One digest that is due: of a day, or of all days from `since` to `day`, for a weekly edition or after a long outage.
#[derive(Clone, Copy, Debug)]
pub(super) struct DueDigest<'a> {
    pub(super) edition: &'a Edition,
    pub(super) since: Day,
    pub(super) day: Day,
}

/// Finds the digests of all editions that are over at `now`, with their grace, and not sealed, oldest first. If an edition missed more than may be
/// made good one by one, they are one; of one that never had a digest, only the last is due.
///
/// # Errors
/// The archive cannot be read, or a beginning cannot be noted.
pub(super) async fn due_digests(
    context: &DaemonContext,
    now: Timestamp,
) -> Result<Vec<DueDigest<'_>>> {
    let config = &context.config;
    let mut due = Vec::new();
    for edition in &config.editions {
        let days = open_days(context, edition, now).await?;
        let digests = edition.digests(&days, config.catch_up_days);
        let digests = only_the_last_of_a_first(context, edition, &days, digests).await?;
        due.extend(digests.into_iter().map(|(since, day)| DueDigest {
            edition,
            since,
            day,
        }));
    }
    due.sort_by_key(|digest| digest.day);
    Ok(due)
}

/// Reads the days of an edition that are over at `now`, with their grace, and not sealed, oldest first.
///
/// # Errors
/// The archive cannot be read.
pub(super) async fn open_days(
    context: &DaemonContext,
    edition: &Edition,
    now: Timestamp,
) -> Result<Vec<Day>, ArchiveError> {
    let unsealed = context.archive.unsealed_days(&edition.name, Day::of(now));
    let mut days = unsealed.await?;
    days.retain(|day| after(day.end(), context.config.grace) <= now);
    Ok(days)
}

/// Returns when the current day will be over and its grace with it. Just after a midnight that is still within the
/// grace, that midnight's own end of grace.
pub(super) fn next_end_of_day(clock: &Clock, grace: Duration) -> Timestamp {
    let today = clock.today();
    let waited = after(today.start(), grace);
    if waited > clock.now() {
        waited
    } else {
        after(today.end(), grace)
    }
}

/// Returns when the next digest of any edition is made: a weekly one waits for the end of its week.
pub(super) fn next_digest(config: &Config, clock: &Clock) -> Timestamp {
    let today = clock.today();
    // Yesterday's is still to come if its grace has not passed.
    let ends = config
        .editions
        .iter()
        .flat_map(|edition| [edition.span(today.previous()).1, edition.span(today).1])
        .map(|last| after(last.end(), config.grace));
    ends.filter(|end| *end > clock.now())
        .min()
        .unwrap_or_else(|| next_end_of_day(clock, config.grace))
}

/// Returns until when the editor may write: `deadline` after the end of the newest day and its grace. If that has passed,
/// as after a night with the lid closed, `deadline` from now.
pub(super) fn editor_deadline(config: &Config, due: &[DueDigest<'_>], now: Timestamp) -> Timestamp {
    let span = config.editor.as_ref().map(|editor| editor.deadline);
    let span = span.unwrap_or_default();
    let newest = due.iter().map(|digest| digest.day.end()).max();
    let usual = newest.map(|end| after(after(end, config.grace), span));
    usual
        .filter(|until| *until > now)
        .unwrap_or_else(|| after(now, span))
}

fn after(instant: Timestamp, span: Duration) -> Timestamp {
    instant.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_end_of_a_day_is_the_next_midnight_or_the_end_of_grace() {
        let at = |text: &str| Clock::held(text.parse().unwrap());
        let grace = Duration::from_secs(600);
        let next = |clock: &str, grace| next_end_of_day(&at(clock), grace).to_string();
        assert_eq!(
            next("2025-11-28T12:00:00Z", Duration::ZERO),
            "2025-11-29T00:00:00Z"
        );
        assert_eq!(next("2025-11-28T12:00:00Z", grace), "2025-11-29T00:10:00Z");
        assert_eq!(next("2025-11-29T00:03:00Z", grace), "2025-11-29T00:10:00Z");
        assert_eq!(
            next("2025-11-29T00:00:00Z", Duration::ZERO),
            "2025-11-30T00:00:00Z"
        );
    }
}
