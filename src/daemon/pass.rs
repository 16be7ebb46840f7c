//! One pass for cron and replays: the mailbox to its end, then every day that is over, then what is due.

use anyhow::{Context, Result};

use super::context::DaemonContext;
use super::due::due_digests;
use super::seal::{LastSync, seal_due};
use super::{backup, bootstrap, failure_notifier, sent_folder_copier, subscriptions};
use crate::announcement::Lists;
use crate::editor;
use crate::mailbox;
use crate::outbox::{self, Smtp};

/// Syncs, seals and delivers once.
///
/// # Errors
/// The archive cannot be used, the mailbox cannot be read, or a delivery could not be made.
pub(super) async fn run_once(context: &DaemonContext) -> Result<()> {
    let DaemonContext {
        config,
        archive,
        clock,
        stop,
    } = context;
    bootstrap::begin_once(context).await?;
    let lists = Lists::new(&config.lists);
    let intake = archive.intake(lists.clone(), clock.clone());
    let synced = mailbox::sync_once(&config.mailbox, &lists.ids(), clock, &intake, stop).await;
    // A mailbox that cannot be read now must not have its day sealed; what was sealed before can still go out.
    if synced.is_ok() {
        let editor = editor::configured(config.editor.as_ref(), archive, clock)?;
        let due = due_digests(context).await?;
        seal_due(context, &*editor, &due, LastSync::Complete).await?;
    }
    let smtp = Smtp::new(config.smtp.clone());
    let round = outbox::deliver_due(archive, &smtp, clock, stop).await?;
    let notices = failure_notifier::notify(context).await?;
    let answers = subscriptions::answer(context).await?;
    if notices + answers > 0 {
        // The result is no matter of this pass.
        outbox::deliver_due(archive, &smtp, clock, stop).await?;
    }
    sent_folder_copier::copy_missing(&config.mailbox, archive).await;
    if let Some(directory) = &config.archive.backup {
        backup::make_if_due(context, directory).await;
    }
    synced.context("the mailbox could not be read")?;
    let open = round.postponed + round.failed;
    if open > 0 {
        anyhow::bail!("{open} of the deliveries could not be made; `nikkan status` tells why");
    }
    Ok(())
}
