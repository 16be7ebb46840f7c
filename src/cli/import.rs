//! `nikkan import`: mails from files into the archive. Safe to repeat: what is there already is recognised.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::terminal::{ask, counted, exit, say};
use super::{CommandContext, files, progress};
use crate::announcement::Lists;
use crate::archive::{Archive, ImportCount, UntoldImports};
use crate::clock::Clock;
use crate::daemon;

/// Put mails from files into the archive
///
/// For history: what is announced in mails of earlier days is known to later digests, as earlier revisions and counts,
/// and is not reported as late. Of days that have a digest it asks: what is in none of them may be told in the next one.
/// Repeating an import changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan import ~/Mail/ietf-announce.mbox
  nikkan import ~/Maildir archive-2024.mbox
  ssh oldhost cat mail.mbox | nikkan import -")]
pub(super) struct Arguments {
    /// Files (.eml, mbox) and directories (Maildir); - for standard input
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Tell what is in no digest of its day, though that has one, as a late arrival of the next; without asking
    #[arg(long)]
    yes: bool,

    /// Take it for history: it is told in no digest
    #[arg(long, conflicts_with = "yes")]
    as_history: bool,
}

/// The messages, or the bytes of them, that go into the archive in one transaction: large enough that the disk
/// is not waited for at each message, small enough to stay in memory.
const BATCH: (usize, usize) = (500, 8 << 20);

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    daemon::refuse_lost(&config).await?;
    let archive = Archive::open(&config.archive_directory()?)?;
    let lists = Lists::new(&config.lists);
    let (count, failed) = import(&archive, &arguments.paths, &lists, &context.clock).await?;
    say(&summary(&count));
    settle(&archive, &arguments).await?;
    archive.close().await;
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

/// Decides what becomes of what is in no digest of its day, as the arguments say or the person at the terminal; says how it
/// stays otherwise.
async fn settle(archive: &Archive, arguments: &Arguments) -> Result<()> {
    let untold = archive.untold_imports().await?;
    if untold.count == 0 {
        return Ok(());
    }
    say(&in_no_digest(&untold));
    let tell = match (arguments.yes, arguments.as_history) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => ask("Tell them in the next digest, as late arrivals?")?,
    };
    match tell {
        Some(tell) => {
            archive.settle_untold(tell).await?;
            say(match tell {
                true => "they follow in the next digest, as late arrivals",
                false => "they are history: no digest tells them",
            });
        }
        None => say(
            "they are told once the mailbox brings them as new mail; the same import with --yes tells them in the next digest, with --as-history in none",
        ),
    }
    Ok(())
}

/// Says what was imported of days that have a digest, in which it is not.
fn in_no_digest(untold: &UntoldImports) -> String {
    let named: Vec<String> = untold
        .some
        .iter()
        .map(|(day, document)| format!("{document} of {day}"))
        .collect();
    let more = untold.count.saturating_sub(named.len() as u64);
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let count = counted(untold.count, "announcement");
    format!(
        "{count} of days that have a digest are in none: {}{more}",
        named.join(", ")
    )
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
    fn what_no_digest_told_is_named_as_far_as_a_line_allows() {
        let day = "2025-11-28".parse().unwrap();
        let untold = UntoldImports {
            count: 3,
            some: vec![(day, "draft-a-b".into()), (day, "rfc9737".into())],
        };
        assert_eq!(
            in_no_digest(&untold),
            "3 announcements of days that have a digest are in none: draft-a-b of 2025-11-28, rfc9737 of 2025-11-28 and 1 more"
        );
    }

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
