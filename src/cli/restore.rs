//! `nikkan restore`: a backup in the place of the archive, checked and marked, so that nothing is told twice.

use std::fs;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use super::terminal::{moment, say};
use super::{CommandContext, Usage};
use crate::archive::{
    self, Archive, ArchiveSummary, DaemonLock, PreparedRestore, generations, newest_whole,
};
use crate::config::Config;

/// Put a backup in the place of the archive
///
/// Checks the backup, shows what it holds, and asks. The archive that is there is set aside, not removed, and the backup is
/// copied, not moved. The archive then knows that it was restored: before the next digest is sealed or handed in,
/// sent_folder is asked what was told since.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  systemctl stop nikkan
  nikkan restore                                              the newest backup that is whole
  nikkan restore /var/backups/nikkan/nikkan-2025-11-28.db     this one
  nikkan restore --anew                                       no backup: begin an empty archive
  systemctl start nikkan")]
pub(super) struct Arguments {
    /// The backup [default: the newest whole one in the directory that backup in [archive] names]
    #[arg(value_name = "FILE", conflicts_with = "anew")]
    file: Option<PathBuf>,

    /// Do not ask
    #[arg(long)]
    yes: bool,

    /// Begin an empty archive instead: what is there, and the backups of it, are set aside
    #[arg(long)]
    anew: bool,
}

pub(super) fn run(arguments: &Arguments, context: &CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let directory = config.archive_directory()?;
    let _lock = DaemonLock::acquire(&directory, "restore")?;
    let now = context.clock.now();
    let done = if arguments.anew {
        begin_anew(&config, &directory, arguments.yes, now)?
    } else {
        restore(&config, &directory, arguments, now)?
    };
    Ok(match done {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Restores a backup. Returns false when that was not wanted after all.
fn restore(
    config: &Config,
    directory: &Path,
    arguments: &Arguments,
    now: Timestamp,
) -> Result<bool> {
    let file = match &arguments.file {
        Some(file) => file.clone(),
        None => newest(config)?,
    };
    let prepared = PreparedRestore::copy(&file, directory)?;
    say(&format!(
        "the backup {}: {}",
        file.display(),
        holds(&prepared.summary)
    ));
    if prepared.foreign_journal {
        say(&format!(
            "the journal beside it, {}-wal, does not belong to it, and is left out",
            file.display()
        ));
    }
    match present(directory) {
        Some(present) => say(&format!(
            "the archive in {}: {present}; it is set aside",
            directory.display()
        )),
        None => say(&format!("there is no archive in {}", directory.display())),
    }
    if !arguments.yes && !confirmed("put the backup in its place?")? {
        say("nothing was changed");
        return Ok(false);
    }
    let aside = prepared.put_in_place(now)?;
    if let Some(aside) = aside {
        say(&format!(
            "the archive that was there is now {}",
            aside.display()
        ));
    }
    let asked = match &config.mailbox.sent_folder {
        Some(folder) => format!("`{folder}` is asked what was told since, before the next digest"),
        None => "without sent_folder in [mailbox] only newer backups and the archive that was set aside tell what was sent since: where they do not, the digest of the last day may be told twice".into(),
    };
    say(&format!("restored; start nikkan again; {asked}"));
    Ok(true)
}

/// Finds the newest backup that is whole, and says of newer ones what is wrong with them.
fn newest(config: &Config) -> Result<PathBuf> {
    let Some(directory) = &config.archive.backup else {
        let words = "which backup? name its file, or set backup in [archive]";
        return Err(Usage(words.into()).into());
    };
    let newest = newest_whole(directory)
        .with_context(|| format!("cannot look into {}", directory.display()))?;
    for (path, why) in &newest.damaged {
        say(&format!("passed over: {}: {why}", path.display()));
    }
    match newest.whole {
        Some((generation, _)) => Ok(generation.path),
        None => bail!(
            "there is no backup in {} that can be read",
            directory.display()
        ),
    }
}

/// Begins an empty archive. Returns false when that was not wanted after all.
fn begin_anew(config: &Config, directory: &Path, yes: bool, now: Timestamp) -> Result<bool> {
    if let Some(present) = present(directory) {
        say(&format!(
            "the archive in {}: {present}; it is set aside",
            directory.display()
        ));
    }
    let backups = match &config.archive.backup {
        Some(backup) => {
            generations(backup).with_context(|| format!("cannot look into {}", backup.display()))?
        }
        None => Vec::new(),
    };
    let stamp = now.strftime("before-%Y%m%dT%H%M%SZ").to_string();
    if let (Some(newest), Some(backup)) = (backups.first(), &config.archive.backup) {
        let into = backup.join(&stamp);
        let (newest, into) = (newest.path.display(), into.display());
        say(&match backups.len() {
            1 => format!("the backup {newest} is moved into {into}"),
            count => format!("{count} backups, the newest {newest}, are moved into {into}"),
        });
    }
    if !yes && !confirmed("begin an empty archive?")? {
        say("nothing was changed");
        return Ok(false);
    }
    if let Some(backup) = config
        .archive
        .backup
        .as_ref()
        .filter(|_| !backups.is_empty())
    {
        archive::set_backups_aside(backup, &stamp)?;
    }
    archive::set_aside(directory, now)?;
    Archive::make_empty(directory)?;
    say("an empty archive is there; start nikkan again");
    Ok(true)
}

/// Says what lies in the archive's place; `None` where nothing does.
fn present(directory: &Path) -> Option<String> {
    let file = directory.join("nikkan.db");
    let size = fs::metadata(&file).ok()?.len();
    if size == 0 {
        return Some("a file of 0 bytes".into());
    }
    Some(match ArchiveSummary::read_with_journal(&file) {
        Ok(summary) => holds(&summary),
        Err(why) => format!("{size} bytes that cannot be read: {why}"),
    })
}

fn holds(summary: &ArchiveSummary) -> String {
    let mut said = summary.describe();
    if let Some(last) = summary.last_stored {
        said = format!("{said}, the last mail of {}", moment(last));
    }
    match summary.identity {
        Some(identity) => format!("{said}; archive {:.8}", identity.to_string()),
        None => format!("{said}; of version 0.1.0"),
    }
}

/// Asks at the terminal. Without one nothing is meant by silence.
fn confirmed(question: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("nothing was changed: there is no terminal to ask at; say --yes");
    }
    let _ = write!(io::stderr(), "nikkan: {question} [y/N] ");
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
