//! Answers the lists' requests for a confirmation. What is to be answered is read from the archive, which accepted it or
//! not: here nothing is decided.

use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tracing::{error, info, warn};

use super::context::DaemonContext;
use crate::announcement::Lists;
use crate::press;

/// Interval of checks whether something is to be answered. A list waits for three days.
const CHECK_EVERY: Duration = Duration::from_secs(10);

/// Answers until the round ends, and nudges the outbox.
pub(super) async fn run(context: &DaemonContext, nudge: &Notify) {
    loop {
        match answer(context).await {
            Ok(0) => {}
            Ok(_) => nudge.notify_one(),
            Err(why) => warn!(%why, "what is written to the lists waits"),
        }
        if !context.pause(CHECK_EVERY).await {
            return;
        }
    }
}

/// Queues the answers that are due. Returns their number.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn answer(context: &DaemonContext) -> Result<usize> {
    let DaemonContext {
        config,
        archive,
        clock,
        ..
    } = context;
    let mut answered = 0;
    let lists = Lists::new(&config.lists);
    for open in archive.pending_confirmations().await? {
        // One that was taken out of the configuration is not answered any more.
        let Some(list) = lists.get(&open.list) else {
            continue;
        };
        let now = clock.now();
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
