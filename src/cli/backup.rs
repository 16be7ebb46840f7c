//! `nikkan backup`: a backup of the archive now. The daemon has its own made by it, too: a directory that hangs then holds up
//! another process.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::terminal::{counted, print, say};
use super::{CommandContext, Usage};
use crate::archive::{self, BackupMade};
use crate::daemon::BackupReport;

/// Make a backup of the archive
///
/// Writes a whole copy into the directory, also while the daemon runs, checks it, and removes the oldest of more than
/// `keep` in [archive], but none that holds more. `nikkan restore` puts one back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan backup                     into the directory that backup in [archive] names
  nikkan backup /mnt/usb/nikkan     into another one")]
pub(super) struct Arguments {
    /// The directory [default: backup in [archive]]
    #[arg(value_name = "DIRECTORY")]
    directory: Option<PathBuf>,

    /// For the daemon: of the archive in this directory, with what becomes of it on standard output
    #[arg(long, value_name = "DIRECTORY", hide = true, requires = "keep")]
    of: Option<PathBuf>,

    /// For the daemon: how many are kept
    #[arg(long, value_name = "NUMBER", hide = true)]
    keep: Option<usize>,
}

/// The least time between two marks that a copy moves on.
const MARK_EVERY: Duration = Duration::from_secs(1);

pub(super) fn run(arguments: &Arguments, context: &CommandContext) -> Result<ExitCode> {
    let day = context.clock.today();
    if let (Some(of), Some(keep), Some(directory)) =
        (&arguments.of, arguments.keep, &arguments.directory)
    {
        let made = archive::write_backup(of, directory, keep, day, marks())?;
        let report = BackupReport {
            file: made.file,
            holds: made.summary.describe(),
            kept: made.kept,
            spared: made.spared,
        };
        print(serde_json::to_string(&report)? + "\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let config = context.config()?;
    let named = arguments.directory.as_ref();
    let Some(directory) = named.or(config.archive.backup.as_ref()) else {
        let words = "no directory for the backup: name one, or set backup in [archive]";
        return Err(Usage(words.into()).into());
    };
    let own = config.archive_directory()?;
    if !own.join("nikkan.db").exists() {
        bail!("there is no archive in {}", own.display());
    }
    let made = archive::write_backup(&own, directory, config.archive.keep, day, || {})?;
    tell(&made, directory);
    Ok(ExitCode::SUCCESS)
}

fn tell(made: &BackupMade, directory: &Path) {
    let kept = counted(made.kept as u64, "backup");
    say(&format!(
        "backup made: {}: {}; {kept} in {}",
        made.file.display(),
        made.summary.describe(),
        directory.display()
    ));
    for spared in &made.spared {
        say(&format!("not removed: {spared}"));
    }
}

/// Returns what marks on standard output that the copy moves on, by a line with a dot.
fn marks() -> impl Fn() + Clone + Send + 'static {
    let last: Arc<Mutex<Option<Instant>>> = Arc::default();
    move || {
        if let Ok(mut last) = last.lock()
            && last.is_none_or(|last| last.elapsed() >= MARK_EVERY)
        {
            *last = Some(Instant::now());
            // A daemon that has gone needs none.
            let _ = writeln!(std::io::stdout(), ".");
        }
    }
}
