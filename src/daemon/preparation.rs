//! Prepares the editor's words. When announcements arrive, their summaries are written while the day goes on; shortly
//! before midnight the rest, so that little is left when the digest is due. Nobody waits for it.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use tokio::sync::watch;
use tracing::warn;

use super::context::DaemonContext;
use super::liveness::DaemonPart;
use super::seal::themes;
use crate::clock::Clock;
use crate::digest;
use crate::editor::{Ahead, Editor};

/// Pause between an arrival and the question to the model: lists announce families of drafts together.
const SETTLING: Duration = Duration::from_secs(30);
/// Interval of attempts without new mail.
const RETRY_EVERY: Duration = Duration::from_secs(10 * 60);
/// Time before midnight at which the words of the whole day are written.
const LAST_PART: Duration = Duration::from_secs(30 * 60);

/// Longer than the words of a whole day may take to be written.
const STUCK: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets the editor prepare its words until the round ends; `stored` counts the messages that arrived.
pub(super) async fn run(
    context: &DaemonContext,
    editor: &dyn Editor,
    mut stored: watch::Receiver<u64>,
) {
    let (clock, stop) = (&context.clock, &context.stop);
    if !editor.writes_ahead() {
        stop.cancelled().await;
        return;
    }
    loop {
        context.liveness.proves(DaemonPart::Editor, STUCK);
        let prepared = stop.run_until_cancelled(prepare_day(context, editor));
        let Some(again) = prepared.await else {
            return;
        };
        let again = again.unwrap_or_else(|why| {
            warn!("nothing is written ahead: {why:#}");
            Some(RETRY_EVERY)
        });
        let last_part = last_part(clock);
        // Near midnight there is less time to wait.
        let left = clock.today().end().duration_since(clock.now());
        let settling = SETTLING.min(Duration::try_from(left).unwrap_or_default() / 4);
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Ok(()) = stored.changed(), if again.is_none() => {
                if !context.pause(settling).await {
                    return;
                }
            }
            () = clock.sleep_until(last_part), if last_part > clock.now() => {}
            () = tokio::time::sleep(again.unwrap_or(RETRY_EVERY)) => {}
        }
    }
}

/// Returns when the last part of the day begins.
fn last_part(clock: &Clock) -> Timestamp {
    let end = clock.today().end();
    end.checked_sub(LAST_PART).unwrap_or(end)
}

/// Prepares the words of the day so far, for every edition, until midnight at the latest. Returns after how long something
/// that was left can be tried again.
async fn prepare_day(context: &DaemonContext, editor: &dyn Editor) -> Result<Option<Duration>> {
    let (archive, clock) = (&context.archive, &context.clock);
    let today = clock.today();
    let taxonomy = themes(&context.config);
    let mut again = None;
    for edition in &context.config.editions {
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
        let digest = digest::compile(&record, edition, &taxonomy, None);
        again = again.max(editor.prepare(&digest, ahead, today.end()).await);
    }
    Ok(again)
}
