//! Starts, supervises and stops everything that runs: five tasks over one archive, a round of them for each
//! configuration, or one pass of their work.
//!
//! The archive is kept even when no daemon runs, and tells what the last one knew of its connection:
//!
//! ```
//! # use nikkan::{archive::Archive, clock::Clock, daemon::LiveStatus};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> anyhow::Result<()> {
//! let directory = tempfile::tempdir()?;
//! let archive = Archive::open(directory.path())?;
//! let clock = Clock::system();
//! match LiveStatus::read(&archive).await? {
//!     Some(live) if live.is_recent(clock.now()) => println!("{}", live.connection.phase),
//!     Some(live) => println!("it stopped at {}", live.noted_at),
//!     None => println!("no daemon ever ran here"),
//! }
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};

use crate::announcement::Lists;
use crate::archive::DaemonLock;
use crate::clock::Clock;
use crate::config::Config;
use crate::outbox::{self, Smtp};
use crate::{editor, mailbox};

mod archive_watch;
mod backup;
mod behind;
mod bootstrap;
mod context;
mod delivery;
mod due;
mod end_of_day;
mod ending;
mod first_day;
mod late_files;
mod liveness;
mod lost;
mod preparation;
mod proved_transport;
mod readers;
mod recipients;
mod reload;
mod round;
mod seal;
mod seen_clocks;
mod service;
mod service_manager;
mod signals;
mod standby;
mod status;
mod waiting;

pub use backup::{BackupReport, LastBackup};
pub use delivery::LastCopy;
pub use liveness::{LogHangs, PartWait};
pub use lost::{ask_slow_disk, refuse_lost};
pub use recipients::add_reader_headers;
pub use signals::Signals;
pub use standby::{LastLook, SentFolderLook};
pub use status::LiveStatus;

use context::DaemonContext;
use ending::Ending;
use liveness::Liveness;

/// Runs until `signals` ask for its end, and reads the configuration again at a hang-up. `log_hangs` tells of a log that nobody
/// takes.
///
/// # Errors
/// A file that the configuration names cannot be used, or was waited for in vain; the archive cannot be used, another daemon
/// holds it, or a task failed.
pub async fn run(
    config: Config,
    clock: Clock,
    signals: &Signals,
    log_hangs: LogHangs,
) -> Result<()> {
    let directory = config.archive_directory()?;
    if !late_files::wait_for_files(&config, &signals.stop()).await? {
        return Ok(());
    }
    let lock = DaemonLock::acquire(&directory, "run")?;
    let ending = Ending::at(signals.stop(), lock);
    let begins = ending.until_shutdown(refuse_lost(&config)).await;
    if begins.transpose()?.is_none() {
        return Ok(());
    }
    let opening = bootstrap::wait_for_archive(&directory, &clock, &ending.shutdown);
    let Some(archive) = ending.until_shutdown(opening).await.transpose()?.flatten() else {
        return Ok(());
    };
    let context = DaemonContext {
        config: Arc::new(config),
        archive: archive.clone(),
        clock,
        stop: ending.shutdown.clone(),
        liveness: Liveness::with_log(log_hangs),
        ending,
    };
    let done = reload::run_rounds(context, signals).await;
    ending::close(archive).await;
    done
}

/// Catches up, sends whatever is due, and returns, for cron and replays.
///
/// # Errors
/// A file that the configuration names cannot be used; it is not waited for. The archive cannot be used, a daemon holds it,
/// something could not be done, or `signals` asked for an end before all was.
pub async fn run_once(config: Config, clock: Clock, signals: &Signals) -> Result<()> {
    let directory = config.archive_directory()?;
    signals.hangups_stop();
    if !late_files::look_once(&config, &signals.stop()).await? {
        let signal = signals.asked_by().unwrap_or("a signal");
        bail!("{signal} ended the pass before it began; {LEFT}");
    }
    let lock = DaemonLock::acquire(&directory, "run --once")?;
    let ending = Ending::at(signals.stop(), lock);
    let pass = async {
        refuse_lost(&config).await?;
        let context = DaemonContext {
            config: Arc::new(config),
            archive: bootstrap::open_archive(&directory, &clock).await?,
            clock,
            stop: ending.shutdown.clone(),
            liveness: Liveness::default(),
            ending: ending.clone(),
        };
        let done = one_pass(&context).await;
        ending::close(context.archive).await;
        done
    };
    // On the heap: all of a pass lies within it.
    let done = ending.until_shutdown(Box::pin(pass)).await;
    match (signals.asked_by(), done) {
        (None, done) => done.unwrap_or(Ok(())),
        (Some(signal), Some(Ok(()))) => bail!("{signal} ended the pass before it was done; {LEFT}"),
        (Some(signal), Some(Err(why))) => Err(why.context(format!(
            "{signal} ended the pass before it was done; {LEFT}"
        ))),
        (Some(signal), None) => {
            bail!("{signal} ended the pass in the middle of work; {LEFT}")
        }
    }
}

/// What follows from a pass that was broken off.
const LEFT: &str = "the next one makes it good";

/// Reads the mailbox to its end, seals every day that is over, and delivers what is due.
async fn one_pass(context: &DaemonContext) -> Result<()> {
    let (config, archive) = (&context.config, &context.archive);
    let (clock, stop) = (&context.clock, &context.stop);
    bootstrap::begin_once(context).await?;
    // As a clock that was ahead has begun them.
    first_day::begin_anew(context, false).await?;
    let lists = Lists::new(&config.lists);
    let intake = archive.intake(lists.clone(), clock.clone());
    let editor = editor::configured(config.editor.as_ref(), archive, clock)?;
    let ids = lists.ids();
    let mut synced = mailbox::sync_once(&config.mailbox, &ids, clock, &intake, stop).await;
    // A mailbox that cannot be read now must not have its day sealed; what was sealed before can still go out.
    if let Ok(reading) = &synced {
        seal::seal_due(context, &*editor, reading).await?;
        // A day that ended while the mailbox was read was not read whole by that.
        if !due::due_digests(context, clock.now()).await?.is_empty() && !stop.is_cancelled() {
            synced = mailbox::sync_once(&config.mailbox, &ids, clock, &intake, stop).await;
            if let Ok(reading) = &synced {
                seal::seal_due(context, &*editor, reading).await?;
            }
        }
    }
    not_stopped(context)?;
    let ending = &context.ending;
    let smtp = Smtp::new(config.smtp.clone());
    let smtp = smtp.until(ending.shutdown.clone(), ending.unanswered.clone());
    let look = SentFolderLook::new(config, archive, clock, None, stop);
    // A pass is made when somebody wants it, as a start is: what was deferred is tried in it.
    archive.make_all_due(clock.now()).await?;
    let round = outbox::deliver_due(archive, &smtp, &look, clock, stop).await?;
    let date = *smtp.server_date().borrow();
    delivery::note_server_date(context, date).await;
    let notices = delivery::queue_notices(context).await?;
    let answers = delivery::queue_confirmations(context).await?;
    let words = readers::judge_and_tell(context).await?;
    if notices + answers + words > 0 {
        // The result is no matter of this pass.
        outbox::deliver_due(archive, &smtp, &look, clock, stop).await?;
    }
    delivery::copy_missing(context, None).await;
    let backed_up = match &config.archive.backup {
        Some(directory) => backup::make_if_due(context, directory).await,
        None => Ok(()),
    };
    not_stopped(context)?;
    synced.context("the mailbox could not be read")?;
    let open = round.postponed + round.failed;
    if open > 0 {
        bail!("{open} of the deliveries could not be made; `nikkan status` tells why");
    }
    if let Err(why) = backed_up {
        bail!("{why}");
    }
    Ok(())
}

/// Ends a pass that was asked to stop: what it did not do is not done.
fn not_stopped(context: &DaemonContext) -> Result<()> {
    if context.stop.is_cancelled() {
        bail!(
            "asked to stop before all was done; no day was sealed since, and the next run goes on"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
