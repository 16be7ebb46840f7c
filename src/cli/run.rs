//! `nikkan run`: the daemon, or one pass.

use std::process::ExitCode;

use anyhow::Result;

use super::Surroundings;
use crate::daemon;

/// Watch the mailbox and send each day's digest when the day is over
///
/// Runs until SIGTERM or SIGINT. Under systemd it reports when it is ready, how things stand, and feeds the watchdog.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan run                                    the daemon, as systemd starts it
  nikkan run --once                             catch up, send whatever is due, and end: for cron
  nikkan --at 2025-11-29T00:00:00Z run --once   as if it were just after that midnight")]
pub(super) struct Arguments {
    /// Catch up, send whatever is due, and end
    #[arg(long)]
    pub(super) once: bool,
}

pub(super) async fn run(arguments: Arguments, around: Surroundings) -> Result<ExitCode> {
    let config = around.config()?;
    config.check_files()?;
    daemon::run(config, around.clock, arguments.once).await?;
    Ok(ExitCode::SUCCESS)
}
