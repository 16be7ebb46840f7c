//! `nikkan import`: mails from files into the archive. Safe to repeat: what is there already is recognised.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::terminal::{counted, exit, say};
use super::{CommandContext, files, progress};
use crate::announcement::Lists;
use crate::archive::{Archive, ImportCount};
use crate::clock::Clock;

/// Put mails from files into the archive
///
/// For history: what is announced in mails of earlier days is known to later digests, as earlier revisions and counts,
/// and is not reported as late. Repeating an import changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan import ~/Mail/ietf-announce.mbox
  nikkan import ~/Maildir archive-2024.mbox
  ssh oldhost cat mail.mbox | nikkan import -")]
pub(super) struct Arguments {
    /// Files (.eml, mbox) and directories (Maildir); - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

/// The messages, or the bytes of them, that go into the archive in one transaction: large enough that the disk
/// is not waited for at each message, small enough to stay in memory.
const BATCH: (usize, usize) = (500, 8 << 20);

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let archive = Archive::open(&config.archive_directory()?)?;
    let lists = Lists::new(&config.lists);
    let (count, failed) = import(&archive, &arguments.paths, &lists, &context.clock).await?;
    archive.close().await;
    say(&summary(&count));
    Ok(exit(!failed))
}

/// Imports all of `paths`, and returns what it came to, and true when some file could not be read.
pub(super) async fn import(
    archive: &Archive,
    paths: &[PathBuf],
    lists: &Lists,
    clock: &Clock,
) -> Result<(ImportCount, bool)> {
    let bar = progress::bar_over_files(paths, false);
    let mut total = ImportCount::default();
    let (mut batch, mut size, mut failed) = (Vec::new(), 0, false);
    for message in files::messages(paths) {
        let Some(message) = progress::readable(message, &bar) else {
            failed = true;
            continue;
        };
        size += message.bytes.len();
        batch.push(message.bytes);
        if batch.len() >= BATCH.0 || size >= BATCH.1 {
            store(archive, &mut batch, lists, clock, &mut total).await?;
            bar.inc(size as u64);
            bar.set_message(format!("{} messages", total.messages));
            size = 0;
        }
    }
    store(archive, &mut batch, lists, clock, &mut total).await?;
    bar.finish_and_clear();
    Ok((total, failed))
}

async fn store(
    archive: &Archive,
    batch: &mut Vec<Vec<u8>>,
    lists: &Lists,
    clock: &Clock,
    total: &mut ImportCount,
) -> Result<()> {
    let stored = archive
        .import(std::mem::take(batch), lists, clock.now())
        .await
        .context("the import stopped")?;
    total.messages += stored.messages;
    total.announcements += stored.announcements;
    total.others += stored.others;
    Ok(())
}

fn summary(count: &ImportCount) -> String {
    let messages = counted(count.messages, "message");
    let new = counted(count.announcements, "new announcement");
    let mut text = format!("{messages}, {new}");
    if count.others > 0 {
        text = format!("{text}; {} came over none of the lists", count.others);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_says_what_was_new_and_what_was_not_ours() {
        let count = ImportCount {
            messages: 20,
            announcements: 1,
            others: 3,
        };
        assert_eq!(
            summary(&count),
            "20 messages, 1 new announcement; 3 came over none of the lists"
        );
    }
}
