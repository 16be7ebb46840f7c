//! How an archive begins: with the current day, or, where digests are kept in the mailbox and the archive is empty, with
//! what was sent before the disk was lost.

use anyhow::{Context, Result};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::archive::{Archive, RecoveredDigest};
use crate::clock::Clock;
use crate::config::Config;
use crate::mailbox::{self, WatcherChannel};
use crate::press;

/// No nikkan ran before this day. A clock that shows less is a machine without a battery, before its time server has
/// spoken; an archive that began with 1970 would make one digest of a whole mailbox.
const FIRST_POSSIBLE: i64 = 1_704_067_200; // 2024-01-01

/// Begins in one pass: a mailbox that does not answer is an error.
///
/// # Errors
/// The mailbox cannot be read, the archive cannot be written, or the clock cannot be right.
pub(super) async fn begin_once(config: &Config, archive: &Archive, clock: &Clock) -> Result<()> {
    if archive.is_new().await? {
        let headers = match &config.mailbox.sent_folder {
            None => Vec::new(),
            Some(folder) => mailbox::read_sent_headers(&config.mailbox, folder)
                .await
                .context("the digests that were sent could not be looked for")?,
        };
        recover(config, archive, clock, &headers).await?;
    }
    begin_editions(config, archive, clock).await
}

/// Begins a daemon: waits for a mailbox that does not answer. `false` when asked to stop meanwhile.
///
/// # Errors
/// The archive cannot be written, or the clock cannot be right.
pub(super) async fn begin(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    channel: &WatcherChannel,
    stop: &CancellationToken,
) -> Result<bool> {
    if archive.is_new().await? {
        let settings = &config.mailbox;
        let headers = match &settings.sent_folder {
            None => Vec::new(),
            Some(folder) => {
                let found =
                    mailbox::wait_for_sent_headers(settings, folder, clock, channel, stop).await;
                let Some(headers) = found else {
                    return Ok(false);
                };
                headers
            }
        };
        recover(config, archive, clock, &headers).await?;
    }
    begin_editions(config, archive, clock).await?;
    Ok(true)
}

async fn begin_editions(config: &Config, archive: &Archive, clock: &Clock) -> Result<()> {
    for edition in &config.editions {
        archive.begin_edition(&edition.name, clock.now()).await?;
    }
    Ok(())
}

/// Of the digests found, those of editions that are still configured count.
async fn recover(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    headers: &[Vec<u8>],
) -> Result<()> {
    let now = clock.now();
    if clock.is_system() && now < Timestamp::from_second(FIRST_POSSIBLE)? {
        anyhow::bail!("the clock shows {now}, which cannot be; set it, then start nikkan again");
    }
    let known = |found: &RecoveredDigest| config.editions.iter().any(|e| e.name == found.edition);
    let found: Vec<RecoveredDigest> = headers
        .iter()
        .filter_map(|header| press::identify_digest(header))
        .filter(known)
        .collect();
    if let Some(last) = found.iter().map(|digest| digest.day).max() {
        info!(digests = found.len(), %last, "found sent digests: going on behind them");
    }
    let folders = config.mailbox.folders.clone();
    archive
        .recover_digests(found, config.mailbox.account(), folders, now)
        .await
        .context("the beginning could not be noted")
}
