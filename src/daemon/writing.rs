//! The editor's work ahead. When announcements arrive, their summaries are written while the day goes on; shortly before
//! midnight the rest, so that little is left when the digest is due. It stands behind everything else: nobody waits for it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::archive::{self, Archive};
use crate::clock::Clock;
use crate::config::Config;
use crate::digest;
use crate::editor::{Ahead, Editor};
use crate::mailbox::{Batch, Cursor, Intake};

/// How long arrivals are waited for before the model is asked: lists announce families of drafts together.
const SETTLING: Duration = Duration::from_secs(30);
/// How often is looked without a nudge.
const TICK: Duration = Duration::from_secs(10 * 60);
/// How long before midnight the words of the whole day are written.
const LAST_PART: Duration = Duration::from_secs(30 * 60);

/// Writes ahead until `stop`; `arrivals` tells of new announcements.
pub(super) async fn keep(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    editor: &dyn Editor,
    arrivals: &Notify,
    stop: &CancellationToken,
) {
    loop {
        let again = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            again = pass(config, archive, clock, editor) => again,
        };
        let again = again.unwrap_or_else(|why| {
            warn!("nothing is written ahead: {why:#}");
            Some(TICK)
        });
        let last_part = last_part(clock);
        // Near midnight there is less time to wait.
        let left = clock.today().end().duration_since(clock.now());
        let settling = SETTLING.min(Duration::try_from(left).unwrap_or_default() / 4);
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = arrivals.notified(), if again.is_none() => {
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(settling) => {}
                }
            }
            () = clock.sleep_until(last_part), if last_part > clock.now() => {}
            () = tokio::time::sleep(again.unwrap_or(TICK)) => {}
        }
    }
}

/// When the last part of the day begins.
fn last_part(clock: &Clock) -> Timestamp {
    let end = clock.today().end();
    end.checked_sub(LAST_PART).unwrap_or(end)
}

/// One look at the day so far, for every edition, until midnight at the latest. After how long something that was left can
/// be tried again.
async fn pass(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    editor: &dyn Editor,
) -> Result<Option<Duration>> {
    let today = clock.today();
    let taxonomy = super::night::themes(config);
    let mut again = None;
    for edition in &config.editions {
        let (since, last) = edition.span(today);
        // The words of a whole week are written on its last evening.
        let ahead = if last > today || clock.now() < last_part(clock) {
            Ahead::Summaries
        } else {
            Ahead::Whole
        };
        let record = archive.record_to_seal(&edition.name, since, today).await?;
        if record.announcements.is_empty() {
            continue;
        }
        let digest = digest::compile(&record, edition, &taxonomy);
        again = again.max(editor.prepare(&digest, ahead, today.end()).await);
    }
    Ok(again)
}

/// The archive's intake, which tells when something was stored.
pub(super) struct Telling {
    pub(super) intake: archive::ArchiveIntake,
    pub(super) arrivals: Arc<Notify>,
}

impl Intake for Telling {
    type Error = <archive::ArchiveIntake as Intake>::Error;
    type Begun = <archive::ArchiveIntake as Intake>::Begun;

    async fn cursor(&mut self, account: &str, folder: &str) -> Result<Option<Cursor>, Self::Error> {
        self.intake.cursor(account, folder).await
    }

    fn begin(&self, batch: Batch) -> Self::Begun {
        self.intake.begin(batch)
    }

    async fn store(&self, begun: Self::Begun) -> Result<(), Self::Error> {
        self.intake.store(begun).await?;
        self.arrivals.notify_one();
        Ok(())
    }

    async fn alive(&mut self, since: Timestamp, until: Timestamp) -> Result<(), Self::Error> {
        self.intake.alive(since, until).await
    }
}
