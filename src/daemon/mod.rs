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
//!     Some(live) if live.is_running(clock.now()) => println!("{}", live.connection.phase),
//!     Some(live) => println!("it stopped at {}", live.noted_at),
//!     None => println!("no daemon ever ran here"),
//! }
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

use anyhow::Result;

use crate::archive::DaemonLock;
use crate::clock::Clock;
use crate::config::Config;

mod backup;
mod bootstrap;
mod context;
mod delivery;
mod due;
mod end_of_day;
mod failure_notifier;
mod pass;
mod preparation;
mod reload;
mod round;
mod seal;
mod sent_folder_copier;
mod service;
mod status;
mod subscriptions;

pub use backup::LastBackup;
pub use status::LiveStatus;

use context::DaemonContext;

/// Runs until SIGTERM or SIGINT, and reads the configuration again at SIGHUP.
///
/// # Errors
/// The archive cannot be used, another daemon holds it, or a task failed.
pub async fn run(config: Config, clock: Clock) -> Result<()> {
    let directory = config.archive_directory()?;
    // Held until the process ends, however it ends.
    let _lock = DaemonLock::acquire(&directory)?;
    let stop = service::stop_on_signal()?;
    let hangups = service::hangups()?;
    let Some(archive) = bootstrap::wait_for_archive(&directory, &clock, &stop).await? else {
        return Ok(());
    };
    let context = DaemonContext {
        config: Arc::new(config),
        archive: archive.clone(),
        clock,
        stop,
    };
    let done = reload::run_rounds(context, hangups).await;
    archive.close().await;
    done
}

/// Catches up, sends whatever is due, and returns.
///
/// # Errors
/// The archive cannot be used, a daemon holds it, or something could not be done.
pub async fn run_once(config: Config, clock: Clock) -> Result<()> {
    let directory = config.archive_directory()?;
    let _lock = DaemonLock::acquire(&directory)?;
    let stop = service::stop_on_signal()?;
    let context = DaemonContext {
        config: Arc::new(config),
        archive: bootstrap::open_archive(&directory, &clock).await?,
        clock,
        stop,
    };
    let done = pass::run_once(&context).await;
    context.archive.close().await;
    done
}

#[cfg(test)]
mod tests;
