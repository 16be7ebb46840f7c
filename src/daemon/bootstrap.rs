//! Begins an archive: with the current day, or, when digests are kept in the mailbox and the archive is empty, with what
//! was sent before the disk was lost.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::context::DaemonContext;
use super::{behind, first_day};
use crate::archive::{Archive, ArchiveError, RecoveredDigest};
use crate::clock::Clock;
use crate::mailbox::{self, WatcherChannel};
use crate::press;

/// Pause before a full disk is tried again.
pub(super) const FULL_DISK_PAUSE: Duration = Duration::from_secs(10);

/// Opens the archive, and marks the deliveries that a crash interrupted as uncertain.
///
/// # Errors
/// The file cannot be opened or written.
pub(super) async fn open_archive(directory: &Path, clock: &Clock) -> Result<Archive, ArchiveError> {
    // Not on a thread of the daemon's: another process may hold the file for half a minute.
    let there = directory.to_owned();
    let opened = tokio::task::spawn_blocking(move || Archive::open(&there)).await;
    let archive = opened.unwrap_or(Err(ArchiveError::Closed))?;
    archive.recover_interrupted(clock.now()).await?;
    Ok(archive)
}

/// Opens the archive, however long the disk is full. Returns `None` when asked to stop meanwhile.
///
/// # Errors
/// The file cannot be opened or written, and that does not pass by itself.
pub(super) async fn wait_for_archive(
    directory: &Path,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Option<Archive>> {
    loop {
        match open_archive(directory, clock).await {
            Err(why) if is_worth_waiting(&why) => {
                error!(%why, "the start waits");
                let slept = stop.run_until_cancelled(tokio::time::sleep(FULL_DISK_PAUSE));
                if slept.await.is_none() {
                    return Ok(None);
                }
            }
            opened => return Ok(Some(opened?)),
        }
    }
}

/// Returns true when a start may succeed later, as when space returns. A file that may not be written is reported at
/// once, since it is mostly somebody else's.
fn is_worth_waiting(why: &ArchiveError) -> bool {
    why.is_temporary() && !matches!(why, ArchiveError::ReadOnly(_))
}

/// Begins the archive and its editions in one pass.
///
/// # Errors
/// The mailbox cannot be read, the archive cannot be written, or the clock cannot be right.
pub(super) async fn begin_once(context: &DaemonContext) -> Result<()> {
    begin(context, None).await?;
    Ok(())
}

/// Begins the archive and its editions, however long the clock is not set, the mailbox does not answer or the disk is full. Returns false when
/// asked to stop meanwhile.
///
/// # Errors
/// The archive cannot be written.
pub(super) async fn wait_to_begin(
    context: &DaemonContext,
    channel: &WatcherChannel,
) -> Result<bool> {
    loop {
        match begin(context, Some(channel)).await {
            Err(why) if why.downcast_ref().is_some_and(is_worth_waiting) => {
                error!("the start waits: {why:#}");
                if !context.pause(FULL_DISK_PAUSE).await {
                    return Ok(false);
                }
            }
            begun => return begun,
        }
    }
}

/// With a channel, waits for the mailbox and reports there; without one, a mailbox that does not answer is an error.
async fn begin(context: &DaemonContext, channel: Option<&WatcherChannel>) -> Result<bool> {
    let archive = &context.archive;
    if !first_day::wait_for_clock(context, channel).await? {
        return Ok(false);
    }
    if archive.is_new().await? {
        let Some(headers) = Box::pin(read_sent_headers(context, channel)).await? else {
            return Ok(false);
        };
        recover_digests(context, &headers).await?;
    } else if !Box::pin(behind::adopt_what_was_told(context, channel)).await? {
        return Ok(false);
    }
    for edition in &context.config.editions {
        let now = context.clock.now();
        archive.begin_edition(&edition.name, now).await?;
    }
    first_day::warn_of_sealed_days(context).await?;
    Ok(true)
}

/// Reads the headers in `sent_folder`, if one is configured. Returns `None` when asked to stop meanwhile.
async fn read_sent_headers(
    context: &DaemonContext,
    channel: Option<&WatcherChannel>,
) -> Result<Option<Vec<Vec<u8>>>> {
    let settings = &context.config.mailbox;
    match (&settings.sent_folder, channel) {
        (None, _) => Ok(Some(Vec::new())),
        (Some(folder), None) => mailbox::read_sent_headers(settings, folder)
            .await
            .map(Some)
            .context("the digests that were sent could not be looked for"),
        (Some(folder), Some(channel)) => {
            let (clock, stop) = (&context.clock, &context.stop);
            Ok(mailbox::wait_for_sent_headers(settings, folder, clock, channel, stop).await)
        }
    }
}

/// Notes the digests found in the mailbox; those of editions that are still configured count.
async fn recover_digests(context: &DaemonContext, headers: &[Vec<u8>]) -> Result<()> {
    let (config, now) = (&context.config, context.clock.now());
    let watched = config.mailbox.sent_folder.as_deref();
    let watched = watched.is_some_and(|sent| config.mailbox.watches(sent));
    // Into a watched folder anybody can mail a key.
    for header in headers.iter().filter(|_| !watched) {
        if let Some(key) = press::copied_key(header) {
            context.archive.learn_key(&key, now).await?;
        }
    }
    let is_configured =
        |digest: &RecoveredDigest| config.editions.iter().any(|e| e.name == digest.edition);
    let digests: Vec<RecoveredDigest> = headers
        .iter()
        .filter_map(|header| press::identify_digest(header))
        .filter(is_configured)
        .collect();
    if let Some(last) = digests.iter().map(|digest| digest.day).max() {
        info!(digests = digests.len(), %last, "found sent digests: going on after them");
    }
    let folders = config.mailbox.folders.clone();
    context
        .archive
        .recover_digests(digests, config.mailbox.account(), folders, now)
        .await
        .context("the beginning could not be noted")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::secret::InstallationKey;

    #[tokio::test]
    async fn from_a_watched_folder_no_key_is_learned_however_its_name_is_written() {
        let now = "2025-11-29T12:00:00Z".parse().unwrap();
        let key = InstallationKey::generate().unwrap();
        let header = format!(
            "X-Nikkan-Key: {}\r\nX-Nikkan-Edition: daily\r\nX-Nikkan-Day: 2025-11-28\r\n\
             Message-ID: <2025-11-28.daily.nikkan@example.net>\r\nDate: Sat, 29 Nov 2025 00:00:05 +0000\r\n\r\n",
            key.to_text()
        );
        for (folder, learned) in [("nikkan", 1), ("INBOX", 0), ("inbox", 0)] {
            let text = format!(
                "[mailbox]\nhost = \"imap.example.net\"\nusername = \"reader\"\npassword = \"x\"\nsent_folder = \"{folder}\"\n\
                 [smtp]\nhost = \"smtp.example.net\"\n[archive]\ndirectory = \"/nowhere\"\n\
                 [[edition]]\nname = \"daily\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n"
            );
            let config = crate::config::parse(&text, Path::new("config.toml")).unwrap();
            let context = DaemonContext {
                config: Arc::new(config),
                archive: Archive::in_memory().unwrap(),
                clock: Clock::held(now),
                stop: CancellationToken::new(),
                liveness: Default::default(),
                ending: Default::default(),
            };
            let headers = [header.clone().into_bytes()];
            recover_digests(&context, &headers).await.unwrap();
            let known = context.archive.known_keys().await.unwrap();
            assert_eq!(known.len(), learned, "{folder}");
        }
    }
}
