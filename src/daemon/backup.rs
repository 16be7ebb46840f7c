//! The daily backup of the archive, if `backup` in `[archive]` asks for one. It is made when what was due at midnight is
//! sent, so that a restored one knows of it.
//!
//! Another process makes it, `nikkan backup`: of a directory that hangs, as that of a file server which is gone, no thread of
//! ours ever comes back, and a process that the system cannot end holds neither the archive's lock nor our end.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tracing::{error, info, warn};

use super::context::DaemonContext;
use super::liveness::DaemonPart;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The note's name in the archive.
const NOTE: &str = "backup";

/// Interval of checks whether a copy is due.
const CHECK_EVERY: Duration = Duration::from_secs(60);

/// Time after midnight at which the copy is made even if digests still wait.
const LATEST_START: SignedDuration = SignedDuration::from_hours(2);

/// Time after which a failed attempt is repeated: the disk may have space again.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// How long a copy may take.
const LIMITS: Limits = Limits {
    // A disk that has to write a few hundred megabytes at once may need as long as this.
    told: Duration::from_secs(60),
    still: Duration::from_secs(10 * 60),
    // An archive of twenty years, over a network of 1 MB/s.
    whole: Duration::from_secs(2 * 60 * 60),
};

/// The processes that may hang at once; with more no further attempt is begun, so that they never use up the service's tasks.
const MOST_HANGING: usize = 3;

/// Processes of copies that were given up or left, and that may not have ended so far: they wait for the disk.
static HANGING: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// The last attempt at a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When it was begun.
    pub at: Timestamp,
    /// Why there is none, or not yet; `None` when all went well, or goes well so far.
    pub error: Option<String>,
    /// True as long as it is being made.
    #[serde(default)]
    pub under_way: bool,
    /// The last one that was made.
    #[serde(default)]
    pub made: Option<BackupReport>,
    /// When that was.
    #[serde(default)]
    pub made_at: Option<Timestamp>,
}

/// A backup that was made, as the process that made it reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupReport {
    /// Its file.
    pub file: PathBuf,
    /// What it holds, in words.
    pub holds: String,
    /// The number of backups that lie in the directory now.
    pub kept: usize,
    /// Those that would have made room and did not, and why.
    pub spared: Vec<String>,
}

impl LastBackup {
    /// Reads the last attempt of this archive; `None` if there never was one.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn read(archive: &Archive) -> Result<Option<LastBackup>, ArchiveError> {
        let note = archive.daemon_note(NOTE).await?;
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
    }
}

/// Makes a copy a day until the round ends; returns at once if none is configured.
pub(super) async fn run(context: &DaemonContext) {
    let Some(directory) = &context.config.archive.backup else {
        return;
    };
    loop {
        // What is known of it is in the log and in the archive.
        let _ = make_if_due(context, directory).await;
        if !context.pause(CHECK_EVERY).await {
            return;
        }
    }
}

/// Makes a backup if one is due, also for `run --once`. A failure is logged and noted.
///
/// # Errors
/// Why none could be made.
pub(super) async fn make_if_due(context: &DaemonContext, directory: &Path) -> Result<(), String> {
    let archive = &context.archive;
    let last = match LastBackup::read(archive).await {
        Ok(last) => last,
        Err(why) => {
            warn!(%why, "whether a backup is due could not be read");
            return Ok(());
        }
    };
    let due = is_due(context, last.as_ref()).await.unwrap_or_else(|why| {
        warn!(%why, "whether a backup is due could not be read");
        false
    });
    if !due {
        return Ok(());
    }
    let shown = directory.display();
    let (made, made_at) = last.map_or((None, None), |last| (last.made, last.made_at));
    let mut note = LastBackup {
        at: context.clock.now(),
        error: None,
        under_way: true,
        made,
        made_at,
    };
    note_attempt(context, &note).await;
    let target = format!("the disk under {shown}");
    let waits =
        (context.liveness).waits_for(DaemonPart::Backup, target, LIMITS.whole + LIMITS.still);
    let attempt = make(context, directory, &note);
    let outcome = context.stop.run_until_cancelled(attempt).await;
    drop(waits);
    let Some(outcome) = outcome else {
        // The note says that it was not ended: it is made after the next start.
        return Ok(());
    };
    note.under_way = false;
    match outcome {
        Ok(report) => {
            info!(file = %report.file.display(), holds = report.holds, kept = report.kept, "backup made");
            for spared in &report.spared {
                warn!(spared, "an older backup was not removed");
            }
            note.made_at = Some(note.at);
            note.made = Some(report);
            note_attempt(context, &note).await;
            Ok(())
        }
        Err(why) => {
            error!(directory = %shown, why, "no backup could be made");
            note.error = Some(why.clone());
            note_attempt(context, &note).await;
            Err(why)
        }
    }
}

async fn note_attempt(context: &DaemonContext, note: &LastBackup) {
    let noted = match serde_json::to_string(note) {
        Ok(json) => context.archive.set_daemon_note(NOTE, json).await,
        Err(error) => Err(error.into()),
    };
    if let Err(why) = noted {
        warn!(%why, "the backup could not be noted");
    }
}

/// Has the backup made, and notes when it does not move on.
async fn make(
    context: &DaemonContext,
    directory: &Path,
    note: &LastBackup,
) -> Result<BackupReport, String> {
    let shown = directory.display();
    let archive = (context.config.archive_directory()).map_err(|error| error.to_string())?;
    let mut command = Command::new("/proc/self/exe");
    command
        .arg("--at")
        .arg(note.at.to_string())
        .arg("backup")
        .arg(directory)
        .arg("--of")
        .arg(archive)
        .arg("--keep")
        .arg(context.config.archive.keep.to_string())
        .env_remove("NOTIFY_SOCKET")
        // What it says is why it failed, and nothing else.
        .env("RUST_LOG", "off");
    let hangs = Notify::new();
    let mut copying = pin!(carry_out(command, &LIMITS, &hangs));
    loop {
        tokio::select! {
            ended = &mut copying => return ended,
            () = hangs.notified() => {
                let why = format!("the copy into {shown} does not move on; the disk or file server there does not answer");
                warn!("{why}");
                let note = LastBackup {
                    error: Some(why),
                    ..note.clone()
                };
                note_attempt(context, &note).await;
            }
        }
    }
}

/// How long a copy may take.
struct Limits {
    /// Without moving on, until that is told.
    told: Duration,
    /// Without moving on, until it is given up.
    still: Duration,
    /// In all.
    whole: Duration,
}

/// Runs the process that copies, and returns what it reports. `hangs` is notified once it has not moved on for a while.
async fn carry_out(
    mut command: Command,
    limits: &Limits,
    hangs: &Notify,
) -> Result<BackupReport, String> {
    let hanging = still_hanging();
    if hanging >= MOST_HANGING {
        return Err(format!(
            "{hanging} earlier attempts still hang in a disk or file server that does not answer"
        ));
    }
    // A group of its own: Ctrl-C is for the daemon, which then ends it.
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let child = command
        .spawn()
        .map_err(|cause| format!("the process that copies cannot be started: {cause}"))?;
    let mut copying = CopyingProcess(Some(child));
    let CopyingProcess(Some(child)) = &mut copying else {
        return Err("the process that copies is gone".to_owned());
    };
    let report = match follow(child, limits, hangs).await {
        Ok(report) => report,
        Err(why) => {
            let _ = child.start_kill();
            let _ = timeout(Duration::from_secs(2), child.wait()).await;
            return Err(why);
        }
    };
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let mut reading = stderr.take(64 << 10);
        let _ = timeout(Duration::from_secs(2), reading.read_to_end(&mut said)).await;
    }
    // One that was killed ends only when its last writes are on their way.
    let Ok(ended) = timeout(limits.told, child.wait()).await else {
        return Err(
            "the process that copies does not end; the disk or file server there does not answer"
                .to_owned(),
        );
    };
    let ended = ended.map_err(|cause| cause.to_string())?;
    let said = String::from_utf8_lossy(&said);
    let said = said.trim().trim_start_matches("nikkan: ");
    match report {
        Some(report) if ended.success() => Ok(report),
        _ if said.is_empty() => Err(format!("the process that copies ended with {ended}")),
        _ => Err(said.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// A process that copies. It is ended when this is dropped, wherever the attempt is left, and counted as hanging as long as it
/// does not end.
struct CopyingProcess(Option<Child>);

impl Drop for CopyingProcess {
    fn drop(&mut self) {
        let Some(mut child) = self.0.take() else {
            return;
        };
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let _ = child.start_kill();
        if let Ok(mut hanging) = HANGING.lock() {
            hanging.push(child);
        }
    }
}

/// Reads what the process tells until it closes its output: a dot a line as long as it moves on, then its report.
async fn follow(
    child: &mut Child,
    limits: &Limits,
    hangs: &Notify,
) -> Result<Option<BackupReport>, String> {
    let Some(output) = child.stdout.take() else {
        return Ok(None);
    };
    let mut lines = BufReader::new(output).lines();
    let (began, mut moved) = (Instant::now(), Instant::now());
    let (mut report, mut told) = (None, false);
    loop {
        let patience = if told { limits.still } else { limits.told };
        match timeout(patience.saturating_sub(moved.elapsed()), lines.next_line()).await {
            Ok(Ok(Some(line))) => {
                moved = Instant::now();
                if line.starts_with('{') {
                    report = serde_json::from_str(&line).ok();
                }
            }
            Ok(Ok(None) | Err(_)) => return Ok(report),
            Err(_) if !told => {
                told = true;
                hangs.notify_one();
            }
            Err(_) => {
                let minutes = limits.still.as_secs() / 60;
                return Err(format!(
                    "given up after {minutes} minutes in which the disk or file server there took nothing"
                ));
            }
        }
        if began.elapsed() > limits.whole {
            let hours = limits.whole.as_secs() / 3600;
            return Err(format!(
                "given up after {hours} hours: the disk there is too slow"
            ));
        }
    }
}

/// Counts the processes that still hang, and forgets those that ended meanwhile.
fn still_hanging() -> usize {
    let Ok(mut hanging) = HANGING.lock() else {
        return 0;
    };
    hanging.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
    hanging.len()
}

/// Returns true when today's copy is missing and nothing that was due is still open.
async fn is_due(context: &DaemonContext, last: Option<&LastBackup>) -> Result<bool, ArchiveError> {
    let archive = &context.archive;
    let (now, today) = (context.clock.now(), context.clock.today());
    if let Some(last) = last.filter(|last| !last.under_way) {
        let again = last.error.is_some() && now.duration_since(last.at).abs() >= AGAIN_AFTER;
        if Day::of(last.at) == today && !again {
            return Ok(false);
        }
    }
    if now.duration_since(today.start()) > LATEST_START {
        return Ok(true);
    }
    for edition in &context.config.editions {
        let open = archive.unsealed_days(&edition.name, today).await?;
        if !open.is_empty() {
            return Ok(false);
        }
    }
    Ok(archive.next_due().await?.is_none())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const SHORT: Limits = Limits {
        told: Duration::from_millis(100),
        still: Duration::from_millis(200),
        whole: Duration::from_secs(60),
    };

    fn script(text: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(text);
        command
    }

    /// What becomes of it, and true when it was told to hang.
    async fn outcome(text: &str, limits: &Limits) -> (Result<BackupReport, String>, bool) {
        let hangs = Notify::new();
        let outcome = carry_out(script(text), limits, &hangs).await;
        (outcome, hangs.notified().now_or_never().is_some())
    }

    #[tokio::test]
    async fn the_report_counts_only_with_status_0_and_a_failure_is_told_in_its_own_words() {
        let json = r#"{"file":"/b/x.db","holds":"7 messages","kept":2,"spared":[]}"#;
        let (made, told) = outcome(&format!("echo .; echo '{json}'"), &LIMITS).await;
        assert_eq!((made.unwrap().kept, told), (2, false));
        let failed = format!("echo '{json}'; echo 'nikkan: no space' >&2; exit 1");
        assert_eq!(outcome(&failed, &LIMITS).await.0.unwrap_err(), "no space");
        let silent = outcome("exit 0", &LIMITS).await.0.unwrap_err();
        assert!(silent.contains("exit status: 0"), "{silent}");
    }

    #[tokio::test]
    async fn one_that_hangs_is_told_and_then_given_up() {
        let (failed, told) = outcome("exec sleep 1000", &SHORT).await;
        let why = failed.unwrap_err();
        assert!(why.starts_with("given up after"), "{why}");
        assert!(told);
        let (failed, _) = outcome("exec >&- 2>&-; exec sleep 1000", &SHORT).await;
        let why = failed.unwrap_err();
        assert!(why.contains("does not end"), "{why}");
        let slow = Limits {
            whole: Duration::from_millis(100),
            ..LIMITS
        };
        let endless = "while :; do echo .; done";
        let why = outcome(endless, &slow).await.0.unwrap_err();
        assert!(why.contains("too slow"), "{why}");
    }
}
