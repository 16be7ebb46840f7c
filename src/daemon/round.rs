//! One round of the daemon: five tasks with one configuration, ended together at a safe point. Between them run only
//! nudges, never data: what is due is always read from the archive.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use super::context::DaemonContext;
use super::{bootstrap, delivery, end_of_day, preparation, service, status};
use crate::announcement::Lists;
use crate::editor::{self, Editor};
use crate::mailbox::{self, WatcherChannel, WatcherHandle};

/// Time that the tasks have to come to a safe point after a signal; then the process ends, and what it was in the
/// middle of is made good at the next start.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(4);

/// Runs the tasks until the round's token or `shutdown` is cancelled, or one of them ends. `refused` is for the service
/// manager, see [`service::report`].
///
/// # Errors
/// The editor cannot be used, or the first task's error.
pub(super) async fn run_round(
    context: DaemonContext,
    shutdown: &CancellationToken,
    refused: watch::Receiver<Option<String>>,
) -> Result<()> {
    let (config, clock) = (&context.config, &context.clock);
    let editor = editor::configured(config.editor.as_ref(), &context.archive, clock)?;
    let (watcher, channel) = mailbox::watcher_channel();
    let (begun, queued) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    info!(
        account = %config.mailbox.login.username,
        editions = config.editions.len(),
        "started"
    );
    let tasks = RoundTasks::new(context.stop.clone());
    tasks.spawn(
        "watcher",
        watch_mailbox(context.clone(), channel, begun.clone()),
    );
    tasks.spawn(
        "end-of-day job",
        end_days(
            context.clone(),
            watcher.clone(),
            editor.clone(),
            begun,
            queued.clone(),
        ),
    );
    tasks.spawn(
        "editor",
        prepare_words(context.clone(), editor, watcher.stored()),
    );
    tasks.spawn("delivery", delivery::run(context.clone(), queued));
    tasks.spawn("status", status::run(context.clone(), watcher.state()));
    service::report(watcher.state(), refused, clock, &context.stop).await;
    tasks.end(shutdown).await
}

/// The task of the watcher, after the archive has begun.
async fn watch_mailbox(
    context: DaemonContext,
    channel: WatcherChannel,
    begun: Arc<Notify>,
) -> Result<()> {
    if !bootstrap::wait_to_begin(&context, &channel).await? {
        return Ok(());
    }
    begun.notify_one();
    let (settings, clock) = (context.config.mailbox.clone(), context.clock);
    let lists = Lists::new(&context.config.lists);
    let (wanted, intake) = (lists.ids(), context.archive.intake(lists, clock.clone()));
    mailbox::watch(settings, wanted, clock, intake, channel, context.stop).await;
    Ok(())
}

/// The task of the end-of-day job. What was sent before must be known before anything is sealed: it waits for `begun`.
async fn end_days(
    context: DaemonContext,
    watcher: WatcherHandle,
    editor: Arc<dyn Editor>,
    begun: Arc<Notify>,
    queued: Arc<Notify>,
) -> Result<()> {
    let begun = context.stop.run_until_cancelled(begun.notified());
    match begun.await {
        Some(()) => end_of_day::run(&context, &watcher, &*editor, &queued).await,
        None => Ok(()),
    }
}

/// The task of the editor.
async fn prepare_words(
    context: DaemonContext,
    editor: Arc<dyn Editor>,
    stored: watch::Receiver<u64>,
) -> Result<()> {
    preparation::run(&context, &*editor, stored).await;
    Ok(())
}

/// The tasks of a round, and the first error among them.
struct RoundTasks {
    tasks: TaskTracker,
    stop: CancellationToken,
    failure: Arc<Mutex<Option<anyhow::Error>>>,
}

impl RoundTasks {
    fn new(stop: CancellationToken) -> Self {
        RoundTasks {
            tasks: TaskTracker::new(),
            stop,
            failure: Arc::default(),
        }
    }

    /// Starts a task. When it ends the round ends: one task without the others would be silence without a reason.
    fn spawn(&self, name: &'static str, task: impl Future<Output = Result<()>> + Send + 'static) {
        let (stop, failure) = (self.stop.clone(), self.failure.clone());
        self.tasks.spawn(async move {
            if let Err(error) = task.await {
                error!("the {name} ended: {error:#}");
                let error = error.context(format!("the {name} ended"));
                if let Ok(mut first) = failure.lock() {
                    first.get_or_insert(error);
                }
            }
            stop.cancel();
        });
    }

    /// Waits for the tasks of a round that is over: before the next round until they are done, so that no two of them
    /// ever do the same work, but at a shutdown and after a failure not for ever.
    async fn end(self, shutdown: &CancellationToken) -> Result<()> {
        self.tasks.close();
        let has_failed = self.failure.lock().is_ok_and(|first| first.is_some());
        let ended = !has_failed
            && tokio::select! {
                biased;
                () = shutdown.cancelled() => false,
                () = self.tasks.wait() => true,
            };
        if !ended {
            service::stopping();
            info!("stopping");
            match tokio::time::timeout(SHUTDOWN_GRACE, self.tasks.wait()).await {
                Ok(()) => info!("stopped"),
                Err(_) => error!(
                    tasks = self.tasks.len(),
                    "stopped in the middle of work; the next start makes it good"
                ),
            }
        }
        let first = self.failure.lock().ok().and_then(|mut first| first.take());
        first.map_or(Ok(()), Err)
    }
}
