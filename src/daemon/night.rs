//! The end of a day. What is due is asked of the archive, never of the timer: a missed midnight, a suspend, a clock
//! step, an outage of a week and `run --once` are then one case.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::NO_SPACE;
use crate::archive::{self, Archive, Sealed, Sealing};
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::digest::{self, Edition, Empty, Taxonomy, Unread};
use crate::editor::Editor;
use crate::mailbox::WatcherHandle;
use crate::press::{self, Press};

/// How long the night waits for the last look at the mailbox when nothing comes back. A server that is down at
/// midnight must not stop the digest; what it still holds follows as late arrivals.
const LAST_LOOK: Duration = Duration::from_secs(120);

/// How the last look at the mailbox ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Everything that it held is in the archive.
    Whole,
    /// It did not answer.
    Failed,
}

/// One digest that is due: of a day, or of all days from `since` to `day`, for a weekly edition or after a long outage.
#[derive(Clone, Copy, Debug)]
struct DueDigest<'a> {
    edition: &'a Edition,
    since: Day,
    day: Day,
}

/// What a digest is made with.
#[derive(Clone, Copy)]
struct Desk<'a> {
    press: &'a Press,
    taxonomy: &'a Taxonomy,
    editor: &'a dyn Editor,
}

/// Seals each day soon after it is over, until `stop`. A full disk is waited out.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub(super) async fn run(
    config: Arc<Config>,
    archive: Archive,
    clock: Clock,
    watcher: WatcherHandle,
    editor: Arc<dyn Editor>,
    courier: Arc<Notify>,
    stop: CancellationToken,
) -> Result<()> {
    loop {
        // Before anything is looked at: a midnight that passes meanwhile was not looked at yet.
        let next = next_look(&clock, config.grace);
        let done = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            done = one_night(&config, &archive, &clock, &watcher, &*editor) => done,
        };
        let again = match done {
            // The watcher ends only when all of the daemon does.
            Ok(None) => return Ok(()),
            Ok(Some(sealed)) => {
                if sealed > 0 {
                    courier.notify_one();
                }
                None
            }
            Err(why) if passes(&why) => {
                error!("the day's end waits: {why:#}");
                Some(NO_SPACE)
            }
            Err(why) => return Err(why),
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = clock.sleep_until(next) => {}
            () = tokio::time::sleep(again.unwrap_or_default()), if again.is_some() => {}
        }
    }
}

/// Whether the archive's trouble may pass by itself.
fn passes(why: &anyhow::Error) -> bool {
    let archive = |cause: &(dyn std::error::Error + 'static)| {
        let error = cause.downcast_ref::<archive::ArchiveError>();
        error.is_some_and(archive::ArchiveError::is_temporary)
    };
    why.chain().any(archive)
}

/// Looks at the mailbox once more and seals, where a day is over; how many digests. `None` where the watcher has ended.
async fn one_night(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    watcher: &WatcherHandle,
    editor: &dyn Editor,
) -> Result<Option<usize>> {
    if over(config, archive, clock).await?.is_empty() {
        return Ok(Some(0));
    }
    let look = match tokio::time::timeout(LAST_LOOK, watcher.sync()).await {
        Ok(true) => Look::Whole,
        Ok(false) => return Ok(None),
        Err(_) => {
            warn!("sealing without a last look: the mailbox does not answer");
            Look::Failed
        }
    };
    seal_what_is_over(config, archive, clock, editor, look)
        .await
        .map(Some)
}

/// When the current day will be over and its grace with it. Just after a midnight that is still within the grace,
/// that midnight's own end of grace.
pub(super) fn next_look(clock: &Clock, grace: Duration) -> Timestamp {
    let today = clock.today();
    let waited = after(today.start(), grace);
    if waited > clock.now() {
        waited
    } else {
        after(today.end(), grace)
    }
}

/// When the next digest of any edition is made: a weekly one waits for the end of its week.
pub(super) fn next_digest(config: &Config, clock: &Clock) -> Timestamp {
    let today = clock.today();
    // Yesterday's is still to come where its grace has not passed.
    let ends = config
        .editions
        .iter()
        .flat_map(|edition| [edition.span(today.previous()).1, edition.span(today).1])
        .map(|last| after(last.end(), config.grace));
    ends.filter(|end| *end > clock.now())
        .min()
        .unwrap_or_else(|| next_look(clock, config.grace))
}

fn after(instant: Timestamp, grace: Duration) -> Timestamp {
    instant.checked_add(grace).unwrap_or(Timestamp::MAX)
}

/// Which digests of which editions are over and not sealed, oldest first. Of an edition that missed more than may be
/// made good one by one, they are one.
async fn over<'a>(
    config: &'a Config,
    archive: &Archive,
    clock: &Clock,
) -> Result<Vec<DueDigest<'a>>> {
    let now = clock.now();
    let mut due = Vec::new();
    for edition in &config.editions {
        let mut days = archive.unsealed_days(&edition.name, Day::of(now)).await?;
        days.retain(|day| after(day.end(), config.grace) <= now);
        let digests = edition.digests(&days, config.catch_up_days);
        due.extend(digests.into_iter().map(|(since, day)| DueDigest {
            edition,
            since,
            day,
        }));
    }
    due.sort_by_key(|digest| digest.day);
    Ok(due)
}

/// Seals every day that is over, oldest first, for every edition; how many digests.
///
/// # Errors
/// The archive cannot be read or written, or a digest cannot be printed.
pub(super) async fn seal_what_is_over(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    editor: &dyn Editor,
    look: Look,
) -> Result<usize> {
    let due = over(config, archive, clock).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let press = Press::configured(&config.press)?;
    let taxonomy = themes(config);
    let mut until = Some(deadline(config, &due, clock.now()));
    if due.len() > 1 {
        edit_all(archive, &taxonomy, editor, &due, until).await?;
        until = None;
    }
    let desk = Desk {
        press: &press,
        taxonomy: &taxonomy,
        editor,
    };
    for digest in &due {
        seal(archive, desk, *digest, clock, look, until)
            .await
            .with_context(|| {
                let DueDigest { edition, day, .. } = digest;
                format!(
                    "the digest of {day} for `{}` could not be sealed",
                    edition.name
                )
            })?;
    }
    Ok(due.len())
}

/// Until when the editor may write: `deadline` after the end of the newest day and its grace. Where that has passed, as
/// after a night with the lid closed, `deadline` from now.
fn deadline(config: &Config, due: &[DueDigest<'_>], now: Timestamp) -> Timestamp {
    let span = config.editor.as_ref().map(|editor| editor.deadline);
    let span = span.unwrap_or_default();
    let newest = due.iter().map(|digest| digest.day.end()).max();
    let usual = newest.map(|end| after(after(end, config.grace), span));
    usual
        .filter(|until| *until > now)
        .unwrap_or_else(|| after(now, span))
}

/// Lets the editor write for all digests at once: one must not use up the time of the others. What is written is
/// remembered; the digests themselves follow one by one.
async fn edit_all(
    archive: &Archive,
    taxonomy: &Taxonomy,
    editor: &dyn Editor,
    due: &[DueDigest<'_>],
    until: Option<Timestamp>,
) -> Result<()> {
    let mut digests = Vec::new();
    for one in due {
        let record = archive.record_to_seal(&one.edition.name, one.since, one.day);
        digests.push(digest::compile(&record.await?, one.edition, taxonomy));
    }
    let writing = digests.into_iter().map(|digest| editor.edit(digest, until));
    futures_util::future::join_all(writing).await;
    Ok(())
}

/// The themes as configured. A file that was broken since the start must not stop the digest: the built-in ones stand in.
pub(super) fn themes(config: &Config) -> Taxonomy {
    Taxonomy::configured(&config.digest).unwrap_or_else(|fault| {
        error!("the digest is grouped by the built-in themes: {fault}");
        Taxonomy::built_in().clone()
    })
}

/// Material, compile, edit, print, seal.
async fn seal(
    archive: &Archive,
    desk: Desk<'_>,
    due: DueDigest<'_>,
    clock: &Clock,
    look: Look,
    until: Option<Timestamp>,
) -> Result<()> {
    let DueDigest {
        edition,
        since,
        day,
    } = due;
    let record = archive.record_to_seal(&edition.name, since, day).await?;
    let announcements: Vec<i64> = record
        .announcements
        .iter()
        .chain(&record.late)
        .map(|stored| stored.id)
        .collect();
    let mut digest = digest::compile(&record, edition, desk.taxonomy);
    if look == Look::Failed {
        let since = archive.last_connected().await?;
        digest.unread = Some(Unread { since });
    }
    let nothing = digest.counts.announcements == 0 && digest.late.is_empty();
    let edited = desk.editor.edit(digest, until).await;
    let now = clock.now();
    let message_id = press::message_id(edition, day);
    let mail = if nothing && edition.empty == Empty::Skip {
        None
    } else {
        let mut mail = desk.press.mail(&edited, edition, now, &message_id)?;
        let fingerprints = archive
            .announcement_fingerprints(announcements.clone())
            .await?;
        press::note_contents(&mut mail, &fingerprints);
        Some(mail)
    };
    let skipped = mail.is_none();
    let sealed = archive
        .seal(Sealing {
            edition: edition.name.clone(),
            day,
            since: record.since,
            sealed_at: now,
            compiled: serde_json::to_string(&edited)?,
            announcements,
            mail,
        })
        .await?;
    if sealed == Sealed::Now {
        let counts = edited.digest.counts;
        info!(
            edition = edition.name,
            %day,
            %message_id,
            drafts = counts.drafts,
            rfcs = counts.rfcs,
            announcements = counts.announcements,
            late = edited.digest.late.len(),
            skipped,
            "sealed"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_looks_again_at_the_next_midnight_or_at_the_end_of_grace() {
        let at = |text: &str| Clock::held(text.parse().unwrap());
        let grace = Duration::from_secs(600);
        let look = |clock: &str, grace| next_look(&at(clock), grace).to_string();
        assert_eq!(
            look("2025-11-28T12:00:00Z", Duration::ZERO),
            "2025-11-29T00:00:00Z"
        );
        assert_eq!(look("2025-11-28T12:00:00Z", grace), "2025-11-29T00:10:00Z");
        assert_eq!(look("2025-11-29T00:03:00Z", grace), "2025-11-29T00:10:00Z");
        assert_eq!(
            look("2025-11-29T00:00:00Z", Duration::ZERO),
            "2025-11-30T00:00:00Z"
        );
    }
}
