//! `nikkan run`: the daemon, or one pass of it.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::terminal::say;
use super::{CommandContext, log};
use crate::daemon;

/// Watch the mailbox and mail a digest after each day: the daemon
///
/// Runs until SIGTERM or SIGINT. Whatever was missed while it did not run is made good at the start: every day that is
/// over gets its digest, oldest first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan run                                    as a service
  nikkan run --once                             from cron or a systemd timer, shortly after 00:00 UTC
  nikkan --at 2025-11-29T00:00:00Z run --once   as if it were just after that midnight
  RUST_LOG=nikkan=debug nikkan run              with more to read; passwords are never logged")]
pub(super) struct Arguments {
    /// Catch up, send whatever is due, and end
    #[arg(long)]
    pub(super) once: bool,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    for warning in &config.warnings {
        say(&format!("warning: {warning}"));
    }
    let Some(signals) = context.signals else {
        bail!("the signals are not held");
    };
    if arguments.once {
        daemon::run_once(config, context.clock, &signals).await?;
    } else {
        daemon::run(config, context.clock, &signals, log::hangs_for).await?;
    }
    Ok(ExitCode::SUCCESS)
}
