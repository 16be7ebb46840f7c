//! Starts the watcher, the night and the courier, and ends them at a safe point. Between the three run only nudges,
//! never data: what is due is always read from the archive.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use crate::announcement::Lists;
use crate::archive::{self, Archive, DaemonLock};
use crate::clock::Clock;
use crate::config::Config;
use crate::editor::{self, Editor};
use crate::mailbox::{self, WatcherChannel};
use crate::outbox::{self, Smtp};

mod alarm;
mod backup;
mod beginning;
mod copies;
mod night;
mod reload;
mod service;
mod status;
mod subscriptions;
mod writing;

pub use backup::Backup;
pub use status::Live;

/// How long the tasks have to come to a safe point after a signal; then the process ends, and what it was in the
/// middle of is made good at the next start.
const FAREWELL: Duration = Duration::from_secs(4);

/// How long a start waits until a full disk is tried again.
const NO_SPACE: Duration = Duration::from_secs(10);

/// Runs until SIGTERM or SIGINT, and reads the configuration again at SIGHUP; with `once`, catches up, sends whatever is due, and returns.
///
/// # Errors
/// The archive cannot be used, another daemon holds it, or with `once` something could not be done.
pub async fn run(config: Config, clock: Clock, once: bool) -> Result<()> {
    let directory = config.archive_directory()?;
    // Held until the process ends, however it ends.
    let _lock: DaemonLock = DaemonLock::acquire(&directory)?;
    let stop = service::stop_on_signal()?;
    let hangups = if once {
        None
    } else {
        Some(service::hangups()?)
    };
    let archive = loop {
        match open(&directory, &clock).await {
            Ok(archive) => break archive,
            // A pass comes back by itself; a daemon waits, as it does for a disk that fills up later.
            Err(why) if !once && may_start_later(&why) => {
                error!(%why, "the start waits");
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    () = tokio::time::sleep(NO_SPACE) => {}
                }
            }
            Err(why) => return Err(why.into()),
        }
    };
    let done = match hangups {
        None => pass(&config, &archive, &clock, &stop).await,
        Some(hangups) => reload::rounds(config, archive.clone(), clock, stop, hangups).await,
    };
    archive.close().await;
    done
}

/// Whether a start waits: for space, as a running daemon does. A file that may not be written is told at once, since it is
/// mostly somebody else's.
fn may_start_later(why: &archive::ArchiveError) -> bool {
    why.is_temporary() && !matches!(why, archive::ArchiveError::ReadOnly(_))
}

/// Opens the archive, and calls what a crash interrupted uncertain.
async fn open(directory: &Path, clock: &Clock) -> Result<Archive, archive::ArchiveError> {
    let archive = Archive::open(directory)?;
    archive.recover_interrupted(clock.now()).await?;
    Ok(archive)
}

/// One pass for cron and replays: the mailbox to its end, then every day that is over, then what is due.
async fn pass(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<()> {
    beginning::begin_once(config, archive, clock).await?;
    let lists = Lists::new(&config.lists);
    let intake = archive.intake(lists.clone(), clock.clone());
    let read = mailbox::sync_once(&config.mailbox, &lists.ids(), clock, &intake, stop).await;
    // A mailbox that cannot be read now must not have its day sealed; what was sealed before can still go out.
    if read.is_ok() {
        let editor = editor::configured(config.editor.as_ref(), archive, clock)?;
        night::seal_what_is_over(config, archive, clock, &*editor, night::Look::Whole).await?;
    }
    let courier = Smtp::new(config.smtp.clone());
    let round = outbox::deliver_due(archive, &courier, clock, stop).await?;
    if alarm::tell(config, archive, clock).await? > 0 {
        // How that ends is no matter of this pass.
        outbox::deliver_due(archive, &courier, clock, stop).await?;
    }
    subscriptions::answer(config, archive, clock, stop).await?;
    copies::store(&config.mailbox, archive).await;
    if let Some(directory) = &config.archive.backup {
        backup::make_if_due(config, archive, clock, directory).await;
    }
    read.context("the mailbox could not be read")?;
    if round.postponed + round.failed > 0 {
        let open = round.postponed + round.failed;
        anyhow::bail!("{open} of the deliveries could not be made; `nikkan status` tells why");
    }
    Ok(())
}

/// The daemon with one configuration: three tasks, ended together.
async fn watch(
    config: Config,
    archive: Archive,
    clock: Clock,
    ends: Ends,
    refused: watch::Receiver<Option<String>>,
) -> Result<()> {
    let stop = ends.round.clone();
    let tasks = TaskTracker::new();
    let failed = Arc::new(std::sync::Mutex::new(None));
    let (nudge, begun) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (watcher, channel) = mailbox::watcher_channel();
    let config = Arc::new(config);
    let lists = Lists::new(&config.lists);
    let editor: Arc<dyn Editor> = editor::configured(config.editor.as_ref(), &archive, &clock)?;

    info!(
        account = %config.mailbox.login.username,
        editions = config.editions.len(),
        "started"
    );
    let spawn = |name: &'static str, work: Work| {
        let (stop, failed) = (stop.clone(), failed.clone());
        tasks.spawn(async move {
            if let Err(error) = work.await {
                error!("the {name} ended: {error:#}");
                keep_first(&failed, error.context(format!("the {name} ended")));
            }
            // One task without the others would be silence without a reason.
            stop.cancel();
        });
    };
    spawn(
        "watcher",
        Box::pin({
            let (config, archive) = (config.clone(), archive.clone());
            let (clock, stop, begun) = (clock.clone(), stop.clone(), begun.clone());
            async move {
                if !begin(&config, &archive, &clock, &channel, &stop).await? {
                    return Ok(());
                }
                begun.notify_one();
                let intake = archive.intake(lists.clone(), clock.clone());
                let settings = config.mailbox.clone();
                mailbox::watch(settings, lists.ids(), clock, intake, channel, stop).await;
                Ok(())
            }
        }),
    );
    spawn(
        "night",
        Box::pin({
            let (config, archive) = (config.clone(), archive.clone());
            let (clock, stop, nudge) = (clock.clone(), stop.clone(), nudge.clone());
            let (watcher, editor) = (watcher.clone(), editor.clone());
            async move {
                // What was sent before must be known before anything is sealed.
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(()),
                    () = begun.notified() => {}
                }
                night::run(config, archive, clock, watcher, editor, nudge, stop).await
            }
        }),
    );
    spawn(
        "editor",
        Box::pin({
            let (config, archive) = (config.clone(), archive.clone());
            let (clock, stop, stored) = (clock.clone(), stop.clone(), watcher.stored());
            async move {
                writing::keep(&config, &archive, &clock, &*editor, stored, &stop).await;
                Ok(())
            }
        }),
    );
    spawn(
        "courier",
        Box::pin(courier(
            config.clone(),
            archive.clone(),
            clock.clone(),
            nudge,
            stop.clone(),
        )),
    );
    spawn(
        "status",
        Box::pin(status::keep(
            config.clone(),
            archive.clone(),
            clock.clone(),
            watcher.clone(),
            stop.clone(),
        )),
    );
    tasks.close();
    service::report(watcher.state(), refused, &clock, &stop).await;
    let has_failed = failed.lock().is_ok_and(|first| first.is_some());
    end(&tasks, &ends, has_failed).await;
    let error = failed.lock().ok().and_then(|mut first| first.take());
    error.map_or(Ok(()), Err)
}

/// Begins, however long the disk is full. `false` when asked to stop meanwhile.
async fn begin(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    channel: &WatcherChannel,
    stop: &CancellationToken,
) -> Result<bool> {
    loop {
        match beginning::begin(config, archive, clock, channel, stop).await {
            Err(why) if why.downcast_ref().is_some_and(may_start_later) => {
                error!("the start waits: {why:#}");
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return Ok(false),
                    () = tokio::time::sleep(NO_SPACE) => {}
                }
            }
            other => return other,
        }
    }
}

/// What ends a round.
#[derive(Clone, Debug)]
struct Ends {
    /// This configuration's time is over.
    round: CancellationToken,
    /// The daemon is asked to stop; every round ends with it.
    all: CancellationToken,
}

type Work = std::pin::Pin<Box<dyn Future<Output = Result<()>> + Send>>;

fn keep_first(slot: &std::sync::Mutex<Option<anyhow::Error>>, error: anyhow::Error) {
    if let Ok(mut first) = slot.lock()
        && first.is_none()
    {
        *first = Some(error);
    }
}

/// The courier's duties: sealed mails go out, sent ones are copied into the mailbox where that is asked for, the
/// operator hears of those that were given up, the lists get their answers, and the archive itself is copied once a day.
async fn courier(
    config: Arc<Config>,
    archive: Archive,
    clock: Clock,
    nudge: Arc<Notify>,
    stop: CancellationToken,
) -> Result<()> {
    let smtp = Smtp::new(config.smtp.clone());
    let copies = copies::keep(&config.mailbox, &archive, &stop);
    let alarm = alarm::keep(&config, &archive, &clock, &stop);
    let backup = backup::keep(&config, &archive, &clock, &stop);
    let deliveries = outbox::run(archive.clone(), smtp, clock.clone(), nudge, stop.clone());
    let letters = subscriptions::keep(&config, &archive, &clock, &stop);
    let (delivered, (), (), (), ()) = tokio::join!(deliveries, copies, alarm, backup, letters);
    delivered.context("the outbox could not be kept")
}

/// Waits for the tasks of a round that is over: at a stop not for ever, before the next round until they are done, so that
/// no two of them ever do the same work.
async fn end(tasks: &TaskTracker, ends: &Ends, has_failed: bool) {
    if !has_failed {
        tokio::select! {
            biased;
            () = ends.all.cancelled() => {}
            () = tasks.wait() => return,
        }
    }
    service::stopping();
    info!("stopping");
    if tokio::time::timeout(FAREWELL, tasks.wait()).await.is_err() {
        error!(
            tasks = tasks.len(),
            "stopped in the middle of work; the next start makes it good"
        );
    } else {
        info!("stopped");
    }
}

#[cfg(test)]
mod tests;
