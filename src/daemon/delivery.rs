//! Everything that leaves: the queue is delivered, sent digests are copied into the mailbox if that is asked for, the
//! operator is notified of failures, the lists get their answers, and the archive itself is copied once a day.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tracing::{error, info, warn};

use super::backup;
use super::context::DaemonContext;
use super::liveness::DaemonPart;
use super::proved_transport::ProvedTransport;
use super::readers;
use super::standby::SentFolderLook;
use super::waiting;
use crate::announcement::Lists;
use crate::archive::{Archive, ArchiveError, FailedDelivery, MailObject};
use crate::mailbox::{SentFolder, WatcherHandle};
use crate::outbox::{self, ServerDate, Smtp};
use crate::press;
use crate::secret::InstallationKey;

/// Interval of checks for failures, and for digests that wait for the operator.
const CHECK_FAILURES: Duration = Duration::from_secs(10);
/// Interval of checks whether a list is to be answered. It waits for three days.
const CHECK_CONFIRMATIONS: Duration = Duration::from_secs(10);
/// Interval of checks for missing copies: short, for what is not stored a lost disk forgets.
const CHECK_COPIES: Duration = Duration::from_secs(5);
/// The time until a mailbox that refused a copy is asked again; it doubles with each refusal.
const AFTER_A_REFUSED_COPY: Duration = Duration::from_secs(60);
/// The longest it grows to: a full mailbox stays full until somebody looks at it.
const MOST_AFTER_A_REFUSED_COPY: Duration = Duration::from_secs(60 * 60);
/// Longer than a mailbox may take to store one copy: each command has a limit of its own.
const A_COPY: Duration = Duration::from_secs(2 * 60 * 60);
/// The name in the archive of the note of the last attempt at a copy.
const COPY_NOTE: &str = "sent_copy";

/// Delivers until the round ends; `queued` tells that something new is in the queue.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub(super) async fn run(
    context: DaemonContext,
    watcher: WatcherHandle,
    queued: Arc<Notify>,
) -> Result<()> {
    let smtp = Smtp::new(context.config.smtp.clone()).until(
        context.ending.shutdown.clone(),
        context.ending.unanswered.clone(),
    );
    let dates = smtp.server_date();
    let transport = ProvedTransport::new(
        &smtp,
        context.config.smtp.endpoint().to_string(),
        context.liveness.clone(),
    );
    let (config, archive, clock) = (&context.config, &context.archive, &context.clock);
    let look = SentFolderLook::new(config, archive, clock, Some(&watcher), &context.stop);
    // On the heap: whole sessions lie within them, and together they are more than a thread's stack is for.
    let (delivered, (), (), (), (), (), (), ()) = tokio::join!(
        Box::pin(outbox::run(
            context.archive.clone(),
            transport,
            &look,
            context.clock.clone(),
            queued.clone(),
            context.stop.clone(),
            context.ending.shutdown.clone()
        )),
        wake_each_other(&context, &watcher, &smtp),
        Box::pin(copy_to_sent_folder(&context, &watcher, &look)),
        notify_of_failures(&context, &queued),
        compare_clocks(&context, dates),
        Box::pin(backup::run(&context)),
        confirm(&context, &queued),
        readers::run(&context, &queued),
    );
    delivered.context("the outbox could not be kept")
}

/// Lets a connection of either side end the other's wait until the round ends: where one server can be reached, the network
/// is back.
async fn wake_each_other(context: &DaemonContext, watcher: &WatcherHandle, smtp: &Smtp) {
    let mut state = watcher.state();
    let mut stood = false;
    loop {
        let stands = state.borrow_and_update().phase.stands();
        if stands && !stood {
            smtp.look_again();
        }
        stood = stands;
        tokio::select! {
            () = context.stop.cancelled() => return,
            () = smtp.connected() => watcher.look_again(),
            changed = state.changed() => if changed.is_err() {
                return;
            }
        }
    }
}

/// Compares the clocks whenever the server tells its date, until the round ends.
async fn compare_clocks(context: &DaemonContext, mut dates: watch::Receiver<Option<ServerDate>>) {
    while let Some(Ok(())) = context.stop.run_until_cancelled(dates.changed()).await {
        let date = *dates.borrow_and_update();
        note_server_date(context, date).await;
    }
}

/// Notes the date that the server told, unless this clock was told an instant itself.
pub(super) async fn note_server_date(context: &DaemonContext, date: Option<ServerDate>) {
    let Some(ServerDate { told, heard }) = date.filter(|_| context.clock.is_system()) else {
        return;
    };
    let then = context.clock.now().checked_sub(heard.elapsed());
    let noted = context
        .archive
        .note_server_date(told, then.unwrap_or(Timestamp::MIN));
    if let Err(why) = noted.await {
        warn!(%why, "the server's date could not be noted");
    }
}

/// Notifies the operator until the round ends, and nudges the outbox.
async fn notify_of_failures(context: &DaemonContext, queued: &Notify) {
    loop {
        match queue_notices(context).await {
            Ok(0) => {}
            Ok(_) => queued.notify_one(),
            Err(why) => warn!(%why, "the operator could not be told of a digest that was given up"),
        }
        if !context.pause(CHECK_FAILURES).await {
            return;
        }
    }
}

/// Answers the lists until the round ends, and nudges the outbox.
async fn confirm(context: &DaemonContext, queued: &Notify) {
    loop {
        match queue_confirmations(context).await {
            Ok(0) => {}
            Ok(_) => queued.notify_one(),
            Err(why) => warn!(%why, "what is written to the lists waits"),
        }
        if !context.pause(CHECK_CONFIRMATIONS).await {
            return;
        }
    }
}

/// Queues one notice to the operator for each digest with failures that were not reported. It goes through the queue like
/// any mail, so that it outlives a crash and a server that is away; one that cannot be delivered itself is not reported.
/// Returns their number.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn queue_notices(context: &DaemonContext) -> Result<usize> {
    let (archive, clock) = (&context.archive, &context.clock);
    let mut queued = waiting::queue_notices(context).await?;
    let mut failures = archive.unreported_failures(clock.now()).await?;
    if failures.is_empty() {
        return Ok(queued);
    }
    let key = archive.installation_key(clock.now()).await?;
    while let Some(digest) = failures.first().map(|failed| failed.digest) {
        let (group, rest) = failures
            .into_iter()
            .partition(|failed| failed.digest == digest);
        failures = rest;
        let notice = print_notice(context, &key, &group);
        queued += usize::from(notice.is_some());
        archive.report_failures(group, notice, clock.now()).await?;
    }
    Ok(queued)
}

/// Prints the notice; `None` if nobody can be notified, which the log tells.
fn print_notice(
    context: &DaemonContext,
    key: &InstallationKey,
    group: &[FailedDelivery],
) -> Option<MailObject> {
    let config = &context.config;
    let first = group.first()?;
    let edition = config.edition(Some(&first.edition)).ok()?;
    let operator = config.smtp.operator.as_deref().unwrap_or(&edition.from);
    match press::failure_notice(key, edition, operator, context.clock.now(), group) {
        Ok(notice) => Some(notice),
        Err(why) => {
            error!(operator, %why, "the operator cannot be told");
            None
        }
    }
}

/// Queues the answers to the lists' requests for a confirmation. What is to be answered is read from the archive, which
/// accepted it or not: here nothing is decided. Returns their number.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn queue_confirmations(context: &DaemonContext) -> Result<usize> {
    let archive = &context.archive;
    let mut answered = 0;
    let lists = Lists::new(&context.config.lists);
    for open in archive.pending_confirmations().await? {
        // One that was taken out of the configuration is not answered any more.
        let Some(list) = lists.get(&open.list) else {
            continue;
        };
        let now = context.clock.now();
        match press::confirmation_reply(list, &open.address, &open.token, now) {
            Ok(mail) => {
                if archive.answer_confirmation(&open, mail, now).await? {
                    answered += 1;
                    info!(list = open.list, address = open.address, "confirmed");
                }
            }
            Err(why) => error!(list = open.list, %why, "cannot be confirmed"),
        }
    }
    Ok(answered)
}

/// The last attempt at storing copies in `sent_folder`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCopy {
    /// When it was tried.
    pub at: Timestamp,
    /// Why it failed, in the server's words; `None` when all went well.
    pub error: Option<String>,
}

impl LastCopy {
    /// Reads the last attempt of this archive; `None` if there never was one.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn read(archive: &Archive) -> Result<Option<LastCopy>, ArchiveError> {
        let note = archive.daemon_note(COPY_NOTE).await?;
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
    }
}

/// Copies sent digests into the mailbox's `sent_folder` until the round ends: there they can be read again, and found again
/// when the archive's disk is lost. Ends at once if no folder is configured.
async fn copy_to_sent_folder(
    context: &DaemonContext,
    watcher: &WatcherHandle,
    look: &SentFolderLook<'_>,
) {
    if context.config.mailbox.sent_folder.is_none() {
        return;
    }
    let mut refused = 0;
    loop {
        // Before the watcher stands nobody knows whether the mailbox can be had at all.
        if watcher.allows_copies() {
            refused = match copy_missing(context, Some(watcher)).await {
                true => 0,
                false => refused + 1,
            };
        }
        // At once after a digest was handed in: until its copy is stored, a second machine does not know of it.
        tokio::select! {
            () = look.handed_in(), if refused == 0 => {}
            goes_on = context.pause(copy_pause(refused)) => if !goes_on {
                return;
            }
        }
    }
}

/// Returns the wait after `refused` attempts in a row that failed.
fn copy_pause(refused: u32) -> Duration {
    match refused.checked_sub(1) {
        None => CHECK_COPIES,
        Some(before) => AFTER_A_REFUSED_COPY
            .saturating_mul(1 << before.min(10))
            .min(MOST_AFTER_A_REFUSED_COPY),
    }
}

/// Stores every copy that is missing, oldest first, in one session. Returns false when one cannot be stored, which is tried
/// again later and never holds up a delivery.
pub(super) async fn copy_missing(context: &DaemonContext, watcher: Option<&WatcherHandle>) -> bool {
    let (settings, archive) = (&context.config.mailbox, &context.archive);
    let Some(folder) = &settings.sent_folder else {
        return true;
    };
    // Another round may still be at it, and a mailbox that hangs holds nothing else.
    let alone = context
        .stop
        .run_until_cancelled(context.ending.copying.lock());
    let Some(_alone) = alone.await else {
        return true;
    };
    let missing = match archive.missing_sent_copies(context.clock.now()).await {
        Ok(missing) if missing.is_empty() => return true,
        Ok(missing) => missing,
        Err(why) => {
            warn!(%why, "the copies to store could not be read");
            return false;
        }
    };
    let what = format!("the mailbox to store copies in `{folder}`");
    let waits = context
        .liveness
        .waits_for(DaemonPart::Copies, &what, A_COPY);
    let stored = async {
        let key = archive.installation_key(context.clock.now()).await?;
        let identity = archive.identity().await?;
        // In a watched folder nobody would believe it, and more people may read it.
        let key = Some(&key).filter(|_| !settings.watches(folder));
        let mut open = SentFolder::open(settings, folder, watcher).await?;
        for copy in missing {
            let (id, at) = (&copy.message_id, copy.queued_at);
            let own = press::copy_fields(&copy.bytes, identity, key);
            waits.goes_on(&what, A_COPY);
            archive.begin_sent_copy(copy.message).await?;
            open.store(id, &[own, copy.bytes].concat(), at).await?;
            archive.note_sent_copy(copy.message).await?;
            info!(folder = open.name(), day = %copy.day, message_id = copy.message_id, "copy stored");
        }
        open.close().await;
        anyhow::Ok(())
    };
    let error = stored.await.err().map(|why| format!("{why:#}"));
    if let Some(why) = &error {
        warn!(folder, why, "a copy could not be stored");
    }
    let done = error.is_none();
    let at = context.clock.now();
    let noted = match serde_json::to_string(&LastCopy { at, error }) {
        Ok(json) => archive.set_daemon_note(COPY_NOTE, json).await,
        Err(error) => Err(error.into()),
    };
    if let Err(why) = noted {
        warn!(%why, "the attempt at a copy could not be noted");
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_that_refuses_copies_is_asked_ever_less() {
        let minutes: Vec<u64> = (1..9).map(|n| copy_pause(n).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(copy_pause(0), CHECK_COPIES);
        assert_eq!(copy_pause(u32::MAX), MOST_AFTER_A_REFUSED_COPY);
    }
}
