//! Answers the lists' requests for a confirmation, and hands in what is written to them. What is to be answered is read
//! from the archive, which accepted it or not: here nothing is decided.

use std::time::Duration;

use anyhow::Result;
use tracing::{error, info, warn};

use super::context::DaemonContext;
use crate::announcement::Lists;
use crate::outbox::{self, Smtp};
use crate::press;

/// Interval of checks whether something is to be answered. A list waits for three days.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// Answers until the round ends.
pub(super) async fn run(context: &DaemonContext) {
    loop {
        if let Err(why) = answer(context).await {
            warn!(%why, "what is written to the lists waits");
        }
        if !context.pause(CHECK_EVERY).await {
            return;
        }
    }
}

/// Writes the answers that are due, and hands in every letter that is due.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn answer(context: &DaemonContext) -> Result<()> {
    let DaemonContext {
        config,
        archive,
        clock,
        stop,
    } = context;
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
