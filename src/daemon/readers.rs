//! The readers: what they ask for by mail is judged, and they and the operator are told.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tracing::{error, warn};

use super::context::DaemonContext;
use crate::archive::{EditionReaders, MailObject, MessageKind, ReaderChange};
use crate::config::Config;
use crate::press::{self, PrintError};
use crate::secret::InstallationKey;

/// Interval of looks at what the mailbox brought: a person who has asked looks whether an answer comes.
const LOOK: Duration = Duration::from_secs(5);

/// Judges and tells until the round ends, and nudges the outbox.
pub(super) async fn run(context: &DaemonContext, queued: &Notify) {
    let readers = edition_readers(&context.config);
    loop {
        match look(context, &readers).await {
            Ok(0) => {}
            Ok(_) => queued.notify_one(),
            Err(why) => warn!(%why, "what readers ask for waits"),
        }
        if !context.pause(LOOK).await {
            return;
        }
    }
}

/// Judges what came, before a digest is sealed: who left in time does not get it.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn judge(context: &DaemonContext) -> Result<()> {
    let readers = edition_readers(&context.config);
    let now = context.clock.now();
    context.archive.judge_readers(readers, now).await?;
    Ok(())
}

/// Judges what came, and queues the words about it. Returns their number.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn judge_and_tell(context: &DaemonContext) -> Result<usize> {
    look(context, &edition_readers(&context.config)).await
}

async fn look(context: &DaemonContext, readers: &Arc<[EditionReaders]>) -> Result<usize> {
    let (archive, clock) = (&context.archive, &context.clock);
    archive.judge_readers(readers.clone(), clock.now()).await?;
    let mut changes = archive.untold_changes().await?;
    if changes.is_empty() {
        return Ok(0);
    }
    let key = archive.installation_key(clock.now()).await?;
    let mut queued = 0;
    while let Some(first) = changes.first() {
        let edition = first.reader.edition.clone();
        let (group, rest) = changes
            .into_iter()
            .partition(|change| change.reader.edition == edition);
        changes = rest;
        let mails = words(context, &key, &edition, &group);
        queued += mails.len();
        archive.tell_changes(group, mails, clock.now()).await?;
    }
    Ok(queued)
}

/// Prints the words about an edition's readers; none of an edition that is no longer configured.
fn words(
    context: &DaemonContext,
    key: &InstallationKey,
    name: &str,
    changes: &[ReaderChange],
) -> Vec<(MessageKind, MailObject)> {
    let (config, now) = (&context.config, context.clock.now());
    let Ok(edition) = config.edition(Some(name)) else {
        return Vec::new();
    };
    let operator = config.smtp.operator.as_deref().unwrap_or(&edition.from);
    let contact = edition.reply_to.as_deref().unwrap_or(operator);
    let leaving = changes.iter().filter(|change| change.farewell);
    let farewells = leaving.map(|change| {
        let mail = press::farewell(key, edition, contact, change, now);
        (MessageKind::Farewell, mail)
    });
    let notice = press::reader_notice(key, edition, operator, changes, now);
    farewells
        .chain([(MessageKind::ReaderNotice, notice)])
        .filter_map(|(kind, printed)| Some((kind, printed_or_told(kind, printed)?)))
        .collect()
}

/// Returns the mail; of one that cannot be printed, the log tells why.
fn printed_or_told(
    kind: MessageKind,
    printed: Result<MailObject, PrintError>,
) -> Option<MailObject> {
    printed
        .inspect_err(|why| error!(kind = kind.name(), %why, "a word about readers cannot be said"))
        .ok()
}

/// Returns the configured readers of each edition, by their bare addresses.
fn edition_readers(config: &Config) -> Arc<[EditionReaders]> {
    let of = |edition: &crate::digest::Edition| EditionReaders {
        edition: edition.name.clone(),
        addresses: press::reader_addresses(edition),
        may_leave: edition.unsubscribe,
    };
    config.editions.iter().map(of).collect()
}
