//! `nikkan reparse`: history, read again with the current parser.

use std::process::ExitCode;

use anyhow::{Context, Result};

use super::terminal::say;
use super::{CommandContext, open_archive, progress};
use crate::announcement::Lists;
use crate::archive::ReparseCount;

/// Read the archive's messages again with this version's parser
///
/// For after an upgrade: what a better parser sees in mails that are already there. Which digest an announcement was
/// in stays as it is, and sealed digests do not change. Safe to repeat, also while the daemon runs.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan reparse")]
pub(super) struct Arguments {}

pub(super) async fn run(_: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let archive = open_archive(&config)?;
    let lists = Lists::new(&config.lists);
    let status = archive.status(context.clock.today()).await?;
    let bar = progress::bar_over_messages(u64::try_from(status.messages).unwrap_or_default());
    let mut total = ReparseCount::default();
    let mut last = 0;
    while let Some((reached, count)) = archive
        .reparse_after(&lists, last)
        .await
        .context("the reading stopped; run it again")?
    {
        last = reached;
        total.add(count);
        bar.inc(count.messages);
    }
    bar.finish_and_clear();
    archive.close().await;
    say(&format!(
        "{} messages read again: {} announcements changed, {} added, {} removed",
        total.messages, total.changed, total.added, total.removed
    ));
    Ok(ExitCode::SUCCESS)
}
