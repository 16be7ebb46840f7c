//! Everything that leaves: the queue is delivered, sent digests are copied into the mailbox if that is asked for, the
//! operator is notified of failures, the lists get their answers, and the archive itself is copied once a day.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::Notify;

use super::context::DaemonContext;
use super::{backup, failure_notifier, sent_folder_copier, subscriptions};
use crate::outbox::{self, Smtp};

/// Delivers until the round ends; `queued` tells that something new is in the queue.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub(super) async fn run(context: DaemonContext, queued: Arc<Notify>) -> Result<()> {
    let DaemonContext {
        config,
        archive,
        clock,
        stop,
    } = &context;
    let smtp = Smtp::new(config.smtp.clone());
    let (delivered, (), (), (), ()) = tokio::join!(
        outbox::run(
            archive.clone(),
            smtp,
            clock.clone(),
            queued.clone(),
            stop.clone()
        ),
        sent_folder_copier::run(&context),
        failure_notifier::run(&context, &queued),
        backup::run(&context),
        subscriptions::run(&context, &queued),
    );
    delivered.context("the outbox could not be kept")
}
