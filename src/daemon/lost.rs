//! An archive that is gone while a backup of it is there is not begun anew: the start says so, and how it is put back.

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::archive::{NewestBackup, newest_whole};
use crate::config::Config;
use crate::panics;

/// The longest that a directory of backups is asked. A file server that is gone never answers.
const LONGEST_ASKED: Duration = Duration::from_secs(20);

/// Checks that the archive is there, or that there is no backup of it.
///
/// # Errors
/// It is gone or empty, and a backup of it is there, or the directory for backups does not answer.
pub async fn refuse_lost(config: &Config) -> Result<()> {
    let directory = config.archive_directory()?;
    let file = directory.join("nikkan.db");
    let is_there = fs::metadata(&file).is_ok_and(|there| there.len() > 0);
    let Some(backup) = config.archive.backup.clone().filter(|_| !is_there) else {
        return Ok(());
    };
    let asked = backup.clone();
    let asked = ask_slow_disk(move || newest_whole(&asked)).await;
    let (gone, shown) = (directory.display(), backup.display());
    let anew = "`nikkan restore --anew` begins a new one";
    match asked {
        Some(Ok(NewestBackup {
            whole: None,
            damaged,
        })) => {
            if damaged.is_empty() {
                return Ok(());
            }
            let why = damaged.first().map_or(String::new(), |(path, why)| {
                format!(", as {}: {why}", path.display())
            });
            bail!(
                "the archive in {gone} is gone, and of the backups in {shown} none can be read{why}; nothing is begun anew by itself: {anew}"
            )
        }
        Some(Ok(NewestBackup {
            whole: Some((newest, summary)),
            ..
        })) => bail!(
            "the archive in {gone} is gone, and there is a backup of it: {}, {}; `nikkan restore` puts it back, {anew}",
            newest.path.display(),
            summary.describe()
        ),
        Some(Err(cause)) => bail!(
            "the archive in {gone} is gone, and whether {shown} holds a backup of it cannot be seen: {cause}; make that directory readable, or change backup in [archive]"
        ),
        None => bail!(
            "the archive in {gone} is gone, and {shown}, which may hold a backup of it, does not answer; mend that disk, or change backup in [archive]"
        ),
    }
}

/// Asks something of a disk that may hang, on a thread of its own, which is left behind then; `None` when it did not answer in time.
pub async fn ask_slow_disk<T: Send + 'static>(
    question: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let asking = move || {
        if let Ok(found) = panics::caught(question) {
            let _ = answer.send(found);
        }
    };
    let thread = std::thread::Builder::new().name("backups".into());
    thread.spawn(asking).ok()?;
    tokio::time::timeout(LONGEST_ASKED, answered)
        .await
        .ok()?
        .ok()
}
