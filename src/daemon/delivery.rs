//! Everything that leaves: sealed digests go out, sent ones are copied into the mailbox if that is asked for, the operator
//! hears of those that were given up, the lists get their answers, and the archive itself is copied once a day.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::Notify;

use super::context::DaemonContext;
use super::{alarm, backup, copies, subscriptions};
use crate::outbox::{self, Smtp};

/// Delivers until the round ends; `queued` tells that something was sealed.
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
        outbox::run(archive.clone(), smtp, clock.clone(), queued, stop.clone()),
        copies::keep(&config.mailbox, archive, stop),
        alarm::keep(config, archive, clock, stop),
        backup::run(&context),
        subscriptions::run(&context),
    );
    delivered.context("the outbox could not be kept")
}
