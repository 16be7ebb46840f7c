//! The end of a day. What is due is asked of the archive, never of the timer: a missed midnight, a suspend, a clock
//! step, an outage of a week and `run --once` are then one case.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::archive::{Archive, Sealed, Sealing};
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::digest::{self, Edition, Empty};
use crate::editor;
use crate::mailbox::Reconciler;
use crate::press::{self, Press};

/// How long the night waits for the last look at the mailbox when nothing comes back. A server that is down at
/// midnight must not stop the digest; what it still holds follows as late arrivals.
const LAST_LOOK: Duration = Duration::from_secs(120);

/// Seals each day soon after it is over, until `stop`.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn run(
    config: Arc<Config>,
    archive: Archive,
    clock: Clock,
    reconciler: Reconciler,
    courier: Arc<Notify>,
    stop: CancellationToken,
) -> Result<()> {
    loop {
        if !over(&config, &archive, &clock).await?.is_empty() {
            let look = tokio::time::timeout(LAST_LOOK, reconciler.reconcile());
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                seen = look => match seen {
                    Ok(true) => {}
                    // The watcher ends only when all of the daemon does.
                    Ok(false) => return Ok(()),
                    Err(_) => warn!("sealing without a last look: the mailbox does not answer"),
                },
            }
            seal_what_is_over(&config, &archive, &clock).await?;
            courier.notify_one();
        }
        let next = next_look(&clock, config.grace);
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = clock.sleep_until(next) => {}
        }
    }
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

fn after(instant: Timestamp, grace: Duration) -> Timestamp {
    instant.checked_add(grace).unwrap_or(Timestamp::MAX)
}

/// Which days of which editions are over and not sealed, oldest first.
async fn over<'a>(
    config: &'a Config,
    archive: &Archive,
    clock: &Clock,
) -> Result<Vec<(Day, &'a Edition)>> {
    let now = clock.now();
    let mut days = Vec::new();
    for edition in &config.editions {
        for day in archive.unsealed_days(&edition.name, Day::of(now)).await? {
            if after(day.end(), config.grace) <= now {
                days.push((day, edition));
            }
        }
    }
    days.sort_by_key(|(day, _)| *day);
    Ok(days)
}

/// Seals every day that is over, oldest first, for every edition.
///
/// # Errors
/// The archive cannot be read or written, or a digest cannot be printed.
pub(super) async fn seal_what_is_over(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
) -> Result<()> {
    let days = over(config, archive, clock).await?;
    if days.is_empty() {
        return Ok(());
    }
    let press = Press::open(&config.press)?;
    for (day, edition) in days {
        seal(archive, &press, edition, day, clock.now())
            .await
            .with_context(|| {
                format!(
                    "the digest of {day} for `{}` could not be sealed",
                    edition.name
                )
            })?;
    }
    Ok(())
}

/// Material, compile, edit, print, seal.
async fn seal(
    archive: &Archive,
    press: &Press,
    edition: &Edition,
    day: Day,
    now: Timestamp,
) -> Result<()> {
    let record = archive.record(&edition.name, day).await?;
    let announcements = record
        .announcements
        .iter()
        .chain(&record.late)
        .map(|stored| stored.id)
        .collect();
    let digest = digest::compile(&record, edition);
    let nothing = digest.counts.announcements == 0 && digest.late.is_empty();
    let edited = editor::extract(digest);
    let message_id = press::message_id(edition, day);
    let mail = if nothing && edition.empty == Empty::Skip {
        None
    } else {
        Some(press.mail(&edited, edition, now, &message_id)?)
    };
    let skipped = mail.is_none();
    let sealed = archive
        .seal(Sealing {
            edition: edition.name.clone(),
            day,
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
