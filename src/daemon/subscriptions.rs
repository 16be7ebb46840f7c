//! Answers the lists' requests for a confirmation, and hands in what is written to them. What is to be answered is read
//! from the archive, where it was accepted or not: here nothing is decided.

use std::time::Duration;

use anyhow::Result;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::announcement::Lists;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::Config;
use crate::outbox::{self, Smtp};
use crate::press;

/// How often is looked whether something is to be answered. A list waits for three days.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// Answers until `stop`.
pub(super) async fn keep(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    stop: &CancellationToken,
) {
    loop {
        if let Err(why) = answer(config, archive, clock, stop).await {
            warn!(%why, "what is written to the lists waits");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Writes the answers that are due, and hands in every letter that is due.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn answer(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<()> {
    let lists = Lists::new(&config.lists);
    for open in archive.pending_confirmations().await? {
        // One that was taken out of the configuration is not answered any more.
        let Some(list) = lists.get(&open.list) else {
            continue;
        };
        let now = clock.now();
        match press::confirmation(list, &open.address, &open.token, now) {
            Ok(mail) => {
                if archive.answer_confirmation(&open, mail, now).await? {
                    info!(list = open.list, address = open.address, "confirmed");
                }
            }
            Err(why) => error!(list = open.list, %why, "cannot be confirmed"),
        }
    }
    let courier = Smtp::new(config.smtp.clone());
    outbox::deliver_letters(archive, &courier, clock, stop).await?;
    Ok(())
}
