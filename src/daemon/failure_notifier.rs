//! Notifies the operator by mail of digests whose delivery failed. The notice goes through the queue like any mail, so
//! that it outlives a crash and a server that is away; a notice that cannot be delivered itself is not reported.

use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tracing::{error, warn};

use super::context::DaemonContext;
use crate::archive::{FailedDelivery, MailObject};
use crate::press;

/// The time between two checks for failures.
const CHECK_EVERY: Duration = Duration::from_secs(30);

/// Notifies until the round ends, and nudges the outbox.
pub(super) async fn run(context: &DaemonContext, nudge: &Notify) {
    loop {
        match notify(context).await {
            Ok(0) => {}
            Ok(_) => nudge.notify_one(),
            Err(why) => warn!(%why, "the operator could not be told of a digest that was given up"),
        }
        if !context.pause(CHECK_EVERY).await {
            return;
        }
    }
}

/// Queues one notice for each digest with failures that were not reported. Returns their number.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn notify(context: &DaemonContext) -> Result<usize> {
    let (archive, clock) = (&context.archive, &context.clock);
    let mut failures = archive.unreported_failures().await?;
    let mut queued = 0;
    while let Some(digest) = failures.first().map(|failed| failed.digest) {
        let (group, rest) = failures
            .into_iter()
            .partition(|failed| failed.digest == digest);
        failures = rest;
        let notice = print_notice(context, &group);
        queued += usize::from(notice.is_some());
        archive.report_failures(group, notice, clock.now()).await?;
    }
    Ok(queued)
}

/// Prints the notice; `None` if nobody can be notified, which the log tells.
fn print_notice(context: &DaemonContext, group: &[FailedDelivery]) -> Option<MailObject> {
    let DaemonContext { config, clock, .. } = context;
    let first = group.first()?;
    let edition = config.edition(Some(&first.edition)).ok()?;
    let operator = config.smtp.operator.as_deref().unwrap_or(&edition.from);
    match press::failure_notice(edition, operator, clock.now(), group) {
        Ok(notice) => Some(notice),
        Err(why) => {
            error!(operator, %why, "the operator cannot be told");
            None
        }
    }
}
